import Glibc
package import SystemPackage

/// Files of lines, of which a part is enough.
extension Posix {
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
