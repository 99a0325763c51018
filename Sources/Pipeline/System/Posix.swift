import Glibc
public import SystemPackage

/// Calls of the operating system that a store needs: the one place of this module with unsafe code.
///
/// Every function throws `SystemError` with the path and the system's own words.
package enum Posix {
  // MARK: - Reading

  /// Size, times and identity of a file or folder (links are not followed); nil where there is none.
  package static func status(of path: FilePath) throws -> FileStatus? {
    var information = stat()
    guard unsafe lstat(path.string, &information) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw SystemError("look at", path)
    }
    return FileStatus(information)
  }

  /// The status of the file that a path leads to, links followed.
  package static func target(of path: FilePath) throws -> FileStatus? {
    var information = stat()
    guard unsafe stat(path.string, &information) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw SystemError("look at", path)
    }
    return FileStatus(information)
  }

  /// All bytes of a file.
  package static func read(_ path: FilePath) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try read(path, chunk: 1 << 20) { bytes += $0 }
    return bytes
  }

  /// Hands over a file piece by piece.
  package static func read(_ path: FilePath, chunk: Int, _ use: (ArraySlice<UInt8>) throws -> Void) throws {
    let file = unsafe open(path.string, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemError("open", path) }
    defer { close(file) }
    // A small file, the usual case, gets a buffer of its own size and one byte, which shows the end in one call.
    var information = stat()
    guard unsafe fstat(file, &information) == 0 else { throw SystemError("look at", path) }
    var buffer = [UInt8](repeating: 0, count: min(chunk, max(512, Int(information.st_size) + 1)))
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read", path) }
      if count == 0 { return }
      try use(buffer[..<count])
    }
  }

  /// The names in a folder, sorted; empty where there is no folder.
  package static func names(in folder: FilePath) throws -> [String] { try names(in: folder.string) }

  /// All files below a folder with their sizes, as paths from there, sorted; empty where there is no folder.
  package static func files(below folder: FilePath) throws -> [(path: String, size: Int)] {
    // Plain texts: a store looks at thousands of folders, and `FilePath` checks itself at every step.
    let root = folder.string + "/"
    var found: [(path: String, size: Int)] = []
    var open = [""]
    while let prefix = open.popLast() {
      for name in try names(in: root + prefix) {
        var information = stat()
        guard unsafe lstat(root + prefix + name, &information) == 0 else {
          if errno == ENOENT { continue }
          throw SystemError("look at", FilePath(root + prefix + name))
        }
        if information.st_mode & S_IFMT == S_IFDIR {
          open.append(prefix + name + "/")
        } else {
          found.append((prefix + name, Int(information.st_size)))
        }
      }
    }
    return found.sorted { $0.path < $1.path }
  }

  private static func names(in folder: String) throws -> [String] {
    guard let stream = unsafe opendir(folder) else {
      if errno == ENOENT { return [] }
      throw SystemError("list", FilePath(folder))
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The disk of a path: bytes that a user without privileges may still write, and bytes in all.
  package static func room(at path: FilePath) throws -> (free: Int, size: Int) {
    var information = statvfs()
    guard unsafe statvfs(path.string, &information) == 0 else { throw SystemError("measure the disk of", path) }
    let block = Int(information.f_frsize)
    return (Int(information.f_bavail) * block, Int(information.f_blocks) * block)
  }

  // MARK: - Writing

  /// Writes a file that is new, or replaces its content in place.
  package static func write(_ bytes: [UInt8], to path: FilePath) throws {
    guard try write(bytes, to: path, flags: O_CREAT | O_TRUNC) else { throw SystemError("create", path, code: EEXIST) }
  }

  /// Creates a file, or returns false if the name is taken: only one of many processes succeeds.
  package static func create(_ path: FilePath, _ bytes: [UInt8]) throws -> Bool {
    try write(bytes, to: path, flags: O_CREAT | O_EXCL)
  }

  /// Adds bytes at the end of a file with a single call, so that lines of many writers do not mix.
  package static func append(_ bytes: [UInt8], to path: FilePath) throws {
    guard try write(bytes, to: path, flags: O_CREAT | O_APPEND) else {
      throw SystemError("create", path, code: EEXIST)
    }
  }

  private static func write(_ bytes: [UInt8], to path: FilePath, flags: Int32) throws -> Bool {
    let file = unsafe open(path.string, O_WRONLY | O_CLOEXEC | flags, 0o644)
    guard file >= 0 else {
      if errno == EEXIST, flags & O_EXCL != 0 { return false }
      throw SystemError("create", path)
    }
    defer { close(file) }
    try write(bytes, to: file, path)
    return true
  }

  static func write(_ bytes: [UInt8], to file: Int32, _ path: FilePath) throws {
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(file, $0.baseAddress?.advanced(by: start), $0.count - start)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("write", path) }
      start += count
    }
  }

  /// Makes a folder and those above it; it may exist.
  package static func makeFolder(_ path: FilePath) throws {
    if unsafe mkdir(path.string, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path.components.count > 1 else { throw SystemError("create", path) }
    try makeFolder(path.removingLastComponent())
    guard unsafe mkdir(path.string, 0o755) == 0 || errno == EEXIST else { throw SystemError("create", path) }
  }

  /// Takes the right to write from everybody.
  package static func makeReadOnly(_ path: FilePath) throws {
    guard unsafe chmod(path.string, 0o444) == 0 else { throw SystemError("protect", path) }
  }

  /// Sets a file's times to now; false where it is gone.
  package static func touch(_ path: FilePath) throws -> Bool {
    if unsafe utimensat(AT_FDCWD, path.string, nil, 0) == 0 { return true }
    if errno == ENOENT { return false }
    throw SystemError("touch", path)
  }

  // MARK: - Names

  /// Gives a file a second name, or returns false if that name is taken.
  package static func link(_ path: FilePath, as name: FilePath) throws -> Bool {
    if unsafe Glibc.link(path.string, name.string) == 0 { return true }
    if errno == EEXIST { return false }
    throw SystemError("publish", name)
  }

  /// Moves a file over another.
  package static func rename(_ path: FilePath, to name: FilePath) throws {
    guard unsafe Glibc.rename(path.string, name.string) == 0 else { throw SystemError("move to", name) }
  }

  /// Moves a folder to a free name, or returns false if a folder with content is there already.
  package static func moveFolder(_ path: FilePath, to name: FilePath) throws -> Bool {
    if unsafe Glibc.rename(path.string, name.string) == 0 { return true }
    if errno == EEXIST || errno == ENOTEMPTY { return false }
    throw SystemError("move to", name)
  }

  /// Removes a file or a folder with all that is in it; nothing there is no error.
  package static func remove(_ path: FilePath) throws {
    guard let status = try status(of: path) else { return }
    if status.isFolder {
      for name in try names(in: path) { try remove(path.appending(name)) }
    }
    let result = unsafe status.isFolder ? rmdir(path.string) : unlink(path.string)
    guard result == 0 || errno == ENOENT else { throw SystemError("remove", path) }
  }
}

/// What the operating system knows of a file.
package struct FileStatus: Sendable, Hashable {
  package let device: UInt64
  package let inode: UInt64
  package let size: Int
  /// Nanoseconds since 1970.
  package let modified: Int64
  /// Nanoseconds since 1970: the last change of content, name or rights.
  package let changed: Int64
  package let isFolder: Bool
  /// Whether it is a plain file: no folder, link, pipe or device.
  package let isRegular: Bool

  init(_ information: stat) {
    device = UInt64(information.st_dev)
    inode = UInt64(information.st_ino)
    size = Int(information.st_size)
    modified = Int64(information.st_mtim.tv_sec) * 1_000_000_000 + Int64(information.st_mtim.tv_nsec)
    changed = Int64(information.st_ctim.tv_sec) * 1_000_000_000 + Int64(information.st_ctim.tv_nsec)
    isFolder = information.st_mode & S_IFMT == S_IFDIR
    isRegular = information.st_mode & S_IFMT == S_IFREG
  }
}

/// A call of the operating system that failed.
public struct SystemError: Error, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `write`.
  public let operation: String
  /// On what.
  public let path: FilePath
  /// The system's number of the error.
  public let code: Int32

  package init(_ operation: String, _ path: FilePath, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// Whether nothing is there.
  var isMissing: Bool { code == ENOENT }

  public var description: String {
    "cannot \(operation) '\(path)': \(unsafe String(cString: strerror(code)).lowercased())"
  }
}
