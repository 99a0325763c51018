import Foundation
public import SystemPackage

/// A folder whose files are the objects.
public struct FolderSource: ByteSource {
  /// The folder.
  public let root: FilePath

  /// The store of a folder, which need not be there.
  public init(_ root: FilePath) { self.root = root }

  /// What the store is called in messages.
  public var name: String { root.string }

  /// The object of a key; nil where there is none.
  public func object(_ key: String) throws -> (any ByteObject)? {
    try FileObject(opening: path(key))
  }

  /// Whether a key is there, as an object or as a folder of some.
  public func exists(_ key: String) throws -> Bool {
    FileManager.default.fileExists(atPath: path(key).string)
  }

  /// The names directly below a key, in any order.
  public func members(of key: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path(key).string)
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot list '\(path(key))': \(error.localizedDescription)")
    }
  }

  private func path(_ key: String) -> FilePath { key.isEmpty ? root : root.appending(key) }
}

/// An open file.
final class FileObject: ByteObject {
  let size: Int
  let version: ByteVersion?
  private let file: FileDescriptor

  /// Nil when there is no such file.
  init?(opening path: FilePath) throws {
    do {
      // Without blocking, or a named pipe in the place of a chunk would wait for ever.
      file = try FileDescriptor.open(path, .readOnly, options: [.nonBlocking, .closeOnExec])
    } catch let errno as Errno where errno == .noSuchFileOrDirectory {
      // A link whose target was not fetched, as git-annex leaves them, is a loss and no absence.
      guard !Self.isLink(path) else {
        throw ArrayStoreError(.inputOutput, "cannot read '\(path)': the link leads nowhere")
      }
      return nil
    } catch let errno as Errno {
      throw ArrayStoreError(.inputOutput, "cannot read '\(path)': \(errno)")
    }
    let status: Stat
    do {
      status = try file.stat()
      guard status.type == .regular else { throw Errno.isDirectory }
    } catch {
      try? file.close()  // the failure before is the one to tell
      throw ArrayStoreError(.inputOutput, "cannot read '\(path)': no file stands in its place")
    }
    size = Int(status.size)
    let (modified, changed) = (status.st_mtim, status.st_ctim)
    version = ByteVersion([
      Int64(truncatingIfNeeded: status.deviceID.rawValue), Int64(truncatingIfNeeded: status.inode.rawValue),
      Int64(status.size), Int64(modified.tv_sec), Int64(modified.tv_nsec), Int64(changed.tv_sec),
      Int64(changed.tv_nsec),
    ])
  }

  /// Makes sure that a library may open a file: it is there, and no named pipe that would be waited for.
  static func check(_ path: FilePath) throws {
    guard try FileObject(opening: path) != nil else { throw ArrayStoreError(.notFound, "there is no such file") }
  }

  private static func isLink(_ path: FilePath) -> Bool {
    var status = Foundation.stat()
    return unsafe path.withPlatformString { unsafe lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  deinit { try? file.close() }  // nothing was written, so that nothing can be lost

  func read(at offset: Int, into target: inout MutableRawSpan) throws {
    let count = target.byteCount
    let filled = try unsafe target.withUnsafeMutableBytes { memory in
      var filled = 0
      while filled < count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
        let read: Int
        do {
          read = try unsafe file.read(fromAbsoluteOffset: Int64(offset + filled), into: rest)
        } catch {
          throw ArrayStoreError(.inputOutput, "cannot read: \(error)", offset: offset + filled)
        }
        if read == 0 { break }
        filled += read
      }
      return filled
    }
    guard filled == count else {
      throw ArrayStoreError(
        .chunkTruncated, "the file ends after \(offset + filled) bytes", offset: offset + filled)
    }
  }
}
