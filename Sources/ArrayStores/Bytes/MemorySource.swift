/// Objects in memory.
public struct MemorySource: ByteSource {
  /// What the store is called in messages.
  public let name: String
  private let objects: [String: [UInt8]]

  /// A store of objects by their keys.
  public init(_ objects: [String: [UInt8]], name: String = "memory") {
    (self.objects, self.name) = (objects, name)
  }

  /// The object of a key; nil where there is none.
  public func object(_ key: String) -> (any ByteObject)? {
    objects[key].map(MemoryObject.init)
  }

  /// Whether a key is there, as an object or as a folder of some.
  public func exists(_ key: String) -> Bool {
    key.isEmpty || objects[key] != nil || objects.keys.contains { $0.hasPrefix(key + "/") }
  }

  /// The names directly below a key, in any order.
  public func members(of key: String) -> [String] {
    let prefix = key.isEmpty ? "" : key + "/"
    let names = objects.keys.filter { $0.hasPrefix(prefix) && $0 != key }
      .map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }
    return Array(Set(names))
  }
}

/// Bytes in memory.
struct MemoryObject: ByteObject {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var size: Int { bytes.count }
  var version: ByteVersion? { nil }

  func read(at offset: Int, into target: inout MutableRawSpan) throws {
    let count = target.byteCount
    guard offset >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      throw ArrayStoreError(.chunkTruncated, "the object ends after \(bytes.count) bytes")
    }
    unsafe target.withUnsafeMutableBytes { memory in
      unsafe bytes.withUnsafeBytes {
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
      }
    }
  }
}

/// Part of another object.
struct PartialObject: ByteObject {
  private let whole: any ByteObject
  private let range: Range<Int>

  /// - Parameter range: Bytes inside the whole; checked by the caller.
  init(_ whole: any ByteObject, _ range: Range<Int>) { (self.whole, self.range) = (whole, range) }

  var size: Int { range.count }
  var version: ByteVersion? { nil }

  func read(at offset: Int, into target: inout MutableRawSpan) throws {
    guard offset >= 0, offset <= size, target.byteCount <= size - offset else {
      throw ArrayStoreError(.chunkTruncated, "the part ends after \(size) bytes")
    }
    try whole.read(at: range.lowerBound + offset, into: &target)
  }
}
