import Foundation
import SystemPackage

/// Where the bytes of a store come from, by key: the one door of the readers.
///
/// A folder today; a store over HTTP answers the same three questions.
struct ByteSource: Sendable {
  let root: FilePath

  /// The path of a key; keys are made of checked names only.
  func path(_ key: String) -> FilePath {
    key.isEmpty ? root : root.appending(key)
  }

  /// The number of bytes of a key; nil when there is no such key.
  ///
  /// - Throws: `io_error` for anything but a file that is absent, so that a folder, a missing
  ///   permission or a broken disk is never taken for a missing chunk.
  func size(_ key: String) throws -> Int? {
    try withFile(key) { file in try Self.size(of: file) }
  }

  /// Bytes of a key; nil when there is no such key.
  ///
  /// - Throws: `chunk_truncated` when the range reaches beyond the end, `io_error` as in `size(_:)`.
  func read(_ key: String, _ range: Range<Int>) throws -> [UInt8]? {
    try withFile(key) { file in try Self.read(file, range) }
  }

  /// All bytes of a key, at most `limit`; nil when there is no such key.
  func read(_ key: String, limit: Int) throws -> [UInt8]? {
    try withFile(key) { file in
      let size = try Self.size(of: file)
      guard size <= limit else {
        throw ArrayStoreError(.sizeLimit, "'\(key)' has \(size) bytes, the limit is \(limit)")
      }
      return try Self.read(file, 0..<size)
    }
  }

  /// Whether a folder stands at the root.
  var exists: Bool {
    FileManager.default.fileExists(atPath: root.string)
  }

  // MARK: -

  private func withFile<Result>(_ key: String, _ body: (FileDescriptor) throws -> Result) throws -> Result? {
    let path = path(key)
    do {
      // Without blocking, or a named pipe in the place of a chunk would wait for ever.
      let file = try FileDescriptor.open(path, .readOnly, options: [.nonBlocking, .closeOnExec])
      return try file.closeAfter { try body(file) }
    } catch let errno as Errno where errno == .noSuchFileOrDirectory {
      return nil
    } catch let errno as Errno {
      throw ArrayStoreError(.inputOutput, "cannot read '\(path)': \(errno)")
    }
  }

  private static func size(of file: FileDescriptor) throws -> Int {
    let status = try file.stat()
    guard status.type == .regular else {
      throw ArrayStoreError(.inputOutput, "something that is no file stands in its place")
    }
    return Int(status.size)
  }

  private static func read(_ file: FileDescriptor, _ range: Range<Int>) throws -> [UInt8] {
    let size = try Self.size(of: file)
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw ArrayStoreError(.chunkTruncated, "bytes \(range) lie beyond the \(size) bytes of the file")
    }
    var filled = 0
    let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while filled < range.count {
        let rest = unsafe UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<range.count])
        let read = try unsafe file.read(fromAbsoluteOffset: Int64(range.lowerBound + filled), into: rest)
        if read == 0 { break }
        filled += read
      }
      count = filled
    }
    guard filled == range.count else {
      throw ArrayStoreError(.chunkTruncated, "the file ends after \(range.lowerBound + filled) bytes")
    }
    return bytes
  }
}

/// Where a store is written: a folder that the writer owns until it is done.
struct FolderWriter {
  let root: FilePath

  /// Creates the folder and those above it.
  init(creating root: FilePath) throws {
    self.root = root
    try Self.makeFolder(root)
  }

  /// Writes a new file; folders in its key are made as needed.
  func write(_ bytes: [UInt8], to key: String) throws {
    let path = root.appending(key)
    try Self.makeFolder(path.removingLastComponent())
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      _ = try file.closeAfter { try file.writeAll(bytes) }
    } catch let errno as Errno where errno == .fileExists {
      throw ArrayStoreError(.alreadyExists, "'\(path)' exists already")
    } catch let errno as Errno {
      throw ArrayStoreError(.inputOutput, "cannot write '\(path)': \(errno)")
    }
  }

  private static func makeFolder(_ path: FilePath) throws {
    do {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot make folder '\(path)': \(error.localizedDescription)")
    }
  }
}
