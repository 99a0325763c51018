import Crypto

/// A SHA-256 value: the name of content, equal only for equal bytes.
public struct Digest: Hashable, Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// A digest from its 32 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    func word(_ index: Int) -> UInt64 {
      bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// A digest from 64 hexadecimal digits in lower case; nil for anything else.
  public init?(hex: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in hex.utf8 {
      let digit: UInt8
      switch character {
      case 0x30...0x39: digit = character - 0x30
      case 0x61...0x66: digit = character - 0x61 + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard high == nil else { return nil }
    self.init(bytes: bytes)
  }

  init(_ value: SHA256Digest) {
    var iterator = value.makeIterator()
    func word() -> UInt64 {
      (0..<8).reduce(0) { partial, _ in partial << 8 | UInt64(iterator.next() ?? 0) }
    }
    let first = word()
    let second = word()
    let third = word()
    words = (first, second, third, word())
  }

  /// The SHA-256 of bytes, without any domain.
  public static func of(_ bytes: [UInt8]) -> Digest {
    Digest(SHA256.hash(data: bytes))
  }

  /// The SHA-256 of the UTF-8 bytes of a text, without any domain.
  public static func of(_ text: String) -> Digest {
    of(Array(text.utf8))
  }

  // MARK: -

  /// The 32 bytes.
  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }

  /// The 64 hexadecimal digits, in lower case.
  public var hex: String {
    Hexadecimal.text(bytes)
  }

  /// Equal bytes.
  public static func == (lhs: Digest, rhs: Digest) -> Bool {
    lhs.words == rhs.words
  }

  /// Feeds the first bytes, which are as random as all of them.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}

extension Digest: Comparable {
  /// The order of the bytes, which is that of `hex`.
  public static func < (lhs: Digest, rhs: Digest) -> Bool {
    lhs.words < rhs.words
  }
}

extension Digest: CustomStringConvertible {
  /// The same as `hex`.
  public var description: String { hex }
}

extension Digest: Codable {
  /// Reads the hexadecimal text that `encode(to:)` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = Digest(hex: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not a digest of 64 hexadecimal digits")
    }
    self = digest
  }

  /// Writes `hex` as one text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}

/// Bytes as lower-case hexadecimal text.
enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
