/// Where the bytes of a store come from, by key: the one door of the readers.
///
/// A folder and memory conform; a store behind a network answers the same questions. Keys are
/// names joined by `/`, checked by the caller; the empty key is the root itself.
public protocol ByteSource: Sendable {
  /// What the store is called in messages.
  var name: String { get }

  /// The object of a key; nil when, and only when, there is no such key.
  ///
  /// - Throws: `io_error` for anything else that keeps it from being read, so that a folder, a missing
  ///   permission or a broken disk is never taken for a missing chunk.
  func object(_ key: String) throws -> (any ByteObject)?

  /// Whether anything stands at a key or below it.
  func exists(_ key: String) throws -> Bool

  /// The names of what stands directly below a key, in any order.
  func members(of key: String) throws -> [String]
}

/// The bytes of one key, which can be read in parts and by many threads.
public protocol ByteObject: Sendable {
  /// The number of bytes.
  var size: Int { get }

  /// Differs when the object was replaced; nil when that cannot be told.
  var version: ByteVersion? { get }

  /// Reads bytes from `offset` on until the target is full.
  ///
  /// - Throws: `chunk_truncated` when the object ends before, `io_error`.
  func read(at offset: Int, into target: inout MutableRawSpan) throws
}

/// What tells two states of a file apart without reading it.
public struct ByteVersion: Hashable, Sendable {
  private let numbers: [Int64]

  /// A version from any numbers that change with the content, as size, time and inode do.
  public init(_ numbers: [Int64]) { self.numbers = numbers }
}

extension ByteSource {
  /// All bytes of a key, at most `limit`; nil when there is no such key.
  func read(_ key: String, limit: Int) throws -> [UInt8]? {
    guard let object = try object(key) else { return nil }
    guard object.size <= limit else {
      throw ArrayStoreError(.sizeLimit, "'\(key)' has \(object.size) bytes, the limit is \(limit)")
    }
    return try object.read(0..<object.size)
  }
}

extension ByteObject {
  /// Bytes as an array.
  func read(_ range: Range<Int>) throws -> [UInt8] {
    try check(range)
    return try unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      let memory = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
      if range.count > 0 {
        var span = unsafe memory.mutableBytes
        try read(at: range.lowerBound, into: &span)
      }
      count = range.count
    }
  }

  /// Bytes as the content of a buffer.
  func read(_ range: Range<Int>, into buffer: ByteBuffer) throws {
    try check(range)
    try unsafe buffer.fill(capacity: range.count) { memory in
      if range.count > 0 {
        var span = unsafe memory.mutableBytes
        try read(at: range.lowerBound, into: &span)
      }
      return range.count
    }
  }

  private func check(_ range: Range<Int>) throws {
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw ArrayStoreError(.chunkTruncated, "bytes \(range) lie beyond the \(size) bytes of the file")
    }
  }
}
