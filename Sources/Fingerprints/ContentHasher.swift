import Crypto

/// Hashes content piece by piece under a domain, so that equal bytes of different meaning differ.
///
/// The hash covers the length of the domain's UTF-8 (8 bytes, big-endian), the domain, then the
/// updates joined without separators: a caller whose pieces vary in length hashes the lengths too.
public struct ContentHasher {
  private var state = SHA256()

  /// A hasher of bytes without any domain: what `sha256sum` says of a file of them.
  public init() {}

  /// A hasher for one kind of content; `domain` carries a version, as in `lightbench.array.1`.
  public init(domain: String) {
    let name = Array(domain.utf8)
    update(UInt64(name.count))
    update(name)
  }

  /// Adds bytes.
  public mutating func update(_ bytes: [UInt8]) {
    state.update(data: bytes)
  }

  /// Adds part of an array of bytes.
  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    update(bytes.span)
  }

  /// Adds bytes without a copy.
  public mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
  }

  /// Adds the bytes of any memory without a copy.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
  }

  /// Adds an integer as 8 bytes, big-endian.
  public mutating func update(_ value: UInt64) {
    update(stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) })
  }

  /// Adds the 32 bytes of a digest.
  public mutating func update(_ digest: Digest) {
    update(digest.bytes)
  }

  /// Adds the length and then the canonical bytes of a value.
  public mutating func update(_ value: CanonicalValue) throws {
    let bytes = try value.encoded()
    update(UInt64(bytes.count))
    update(bytes)
  }

  /// The digest of everything added so far.
  public func finalise() -> Digest {
    Digest(state.finalize())
  }
}
