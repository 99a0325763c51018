import Glibc

extension TaskFailure {
  /// A call of the operating system that failed: no memory, the machine's fault (disk, permissions), or the store's.
  init(_ error: SystemError, phase: String) {
    let code: Code =
      switch error.code {
      case ENOMEM: .outOfMemory
      case ENOSPC, EDQUOT, EROFS, EACCES, EPERM, EIO, EMFILE, ENFILE: .environment
      default: .store
      }
    self.init(code: code, message: error.description, phase: phase)
  }
}
