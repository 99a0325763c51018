import Glibc
package import SystemPackage

/// Files of lines, of which a part is enough.
extension Posix {
  /// Adds lines at the end of a file that nobody else writes: all of them, or none where the disk is full.
  package static func appendWhole(_ bytes: [UInt8], to path: FilePath) throws {
    let file = unsafe open(path.string, O_WRONLY | O_CLOEXEC | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else { throw SystemError("create", path) }
    defer { close(file) }
    let size = lseek(file, 0, SEEK_END)
    guard size >= 0 else { throw SystemError("write", path) }
    do {
      try write(bytes, to: file, path)
    } catch {
      _ = ftruncate(file, size)  // where this fails too, readers leave the torn line out
      throw error
    }
  }

  /// The first line of a file, without its end; nil where it has not ended yet.
  package static func firstLine(of path: FilePath) throws -> [UInt8]? {
    let file = unsafe open(path.string, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemError("open", path) }
    defer { close(file) }
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read", path) }
      if count == 0 { return nil }
      if let end = buffer[..<count].firstIndex(of: UInt8(ascii: "\n")) { return line + buffer[..<end] }
      line += buffer[..<count]
    }
  }
}
