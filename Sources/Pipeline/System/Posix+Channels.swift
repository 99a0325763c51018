import Glibc

/// Sockets and pipes between processes.
extension Posix {
  /// Sends bytes into a socket or pipe; false where nobody reads any more.
  package static func send(_ bytes: [UInt8], into channel: Int32) -> Bool {
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        // A socket, so that a reader's death is an error here and not a signal that ends us.
        let sent = unsafe Glibc.send(
          channel, buffer.baseAddress?.advanced(by: start), buffer.count - start, Int32(MSG_NOSIGNAL))
        if sent >= 0 || errno != ENOTSOCK { return sent }
        return unsafe Glibc.write(channel, buffer.baseAddress?.advanced(by: start), buffer.count - start)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return false }
      start += count
    }
    return true
  }

  /// Hands over each line of a channel, without its end, until the channel ends.
  package static func lines(of channel: Int32, _ use: ([UInt8]) -> Void) {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(channel, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      var rest = buffer[..<count]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        use(line + rest[rest.startIndex..<end])
        line = []
        rest = rest[(end + 1)...]
      }
      line += rest
    }
  }

  /// Closes a descriptor.
  package static func closeChannel(_ channel: Int32) { close(channel) }
}
