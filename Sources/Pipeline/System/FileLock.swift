import Glibc
package import SystemPackage

/// A file that one holder at a time has; the system takes it from a process that ends, however it ends.
///
/// On NFS the server keeps the lock, so that it holds between machines; of a machine that is gone it is taken after
/// the server's patience, some ninety seconds. A mount that asks for no locks keeps it on one machine.
package final class FileLock: Sendable {
  /// The file.
  package let path: FilePath
  private let file: Int32

  private init(path: FilePath, file: Int32) {
    self.path = path
    self.file = file
  }

  deinit { close(file) }

  /// Takes the lock, making the file where there is none.
  ///
  /// - Returns: Nil where another holder has it, in this process or another.
  /// - Throws: `SystemError`; `isWithoutLocks` where the file system has none.
  package static func take(_ path: FilePath) throws -> FileLock? {
    while true {
      let file = unsafe open(path.string, O_RDWR | O_CLOEXEC | O_CREAT, 0o644)
      guard file >= 0 else { throw SystemError("create", path) }
      let lock = FileLock(path: path, file: file)
      guard try lock.isTaken() else { return nil }
      // Its last holder may have removed it in between: then nobody else would find this one.
      if try lock.isNamed() { return lock }
    }
  }

  /// Whether a file is there and somebody holds it.
  package static func isHeld(_ path: FilePath) throws -> Bool {
    guard try Posix.status(of: path) != nil else { return false }
    return try take(path) == nil
  }

  /// Replaces what the file says.
  package func write(_ bytes: [UInt8]) throws {
    guard ftruncate(file, 0) == 0, lseek(file, 0, SEEK_SET) == 0 else { throw SystemError("write", path) }
    try Posix.write(bytes, to: file, path)
  }

  private func isTaken() throws -> Bool {
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw SystemError("lock", path) }
    }
    return true
  }

  private func isNamed() throws -> Bool {
    var mine = stat()
    guard unsafe fstat(file, &mine) == 0 else { throw SystemError("look at", path) }
    return try Posix.status(of: path)?.inode == UInt64(mine.st_ino)
  }
}

extension SystemError {
  /// Whether a lock failed because the file system has none.
  var isWithoutLocks: Bool { operation == "lock" && [ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL].contains(code) }
}
