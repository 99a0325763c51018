@unsafe @preconcurrency import Dispatch
@unsafe @preconcurrency import Glibc
package import SystemPackage

/// Processes and signals.
extension Posix {
  /// The name of this machine, without a domain.
  package static let hostName: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    let bytes = name.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: ".")) }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }()

  /// The number of this process.
  package static var processIdentifier: Int32 { getpid() }

  /// Whether a process of this machine lives; one that only waits to be collected does not.
  package static func isAlive(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 || errno == EPERM else { return false }
    return processState(process) != "Z"
  }

  /// When a process began, in ticks since the machine started: tells apart two processes of one number.
  package static func startTime(of process: Int32) -> String? {
    let fields = processFields(process)
    return fields.count > 19 ? fields[19] : nil
  }

  static func processState(_ process: Int32) -> String? { processFields(process).first }

  /// The fields of `/proc/N/stat` after the name in parentheses, which may hold spaces itself.
  static func processFields(_ process: Int32) -> [String] {
    // A process that is gone has no such file: no fields are the answer.
    guard let bytes = try? read(FilePath("/proc/\(process)/stat")) else { return [] }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return [] }
    return text[text.index(after: end)...].split(separator: " ").map(String.init)
  }

  /// Bytes of memory that new work may use now.
  package static func availableMemory() throws -> Int {
    let text = String(decoding: try read("/proc/meminfo"), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw SystemError("read", "/proc/meminfo", code: EINVAL)
    }
    return kibibytes << 10
  }

  /// Bytes that this process held at most, since it began or since `forgetPeakMemory`; nil where the system does not say.
  package static func peakMemory() -> Int? {
    guard let bytes = try? read(FilePath("/proc/self/status")) else { return nil }  // a number less, nothing else
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }

  /// Lets the count of `peakMemory` begin anew.
  package static func forgetPeakMemory() {
    // Where the system forbids it, the peak is that of all the process did so far: too much rather than too little.
    let file = unsafe open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    unsafe _ = Glibc.write(file, "5", 1)
  }

  /// The width and height of a terminal in characters; nil for what is no terminal.
  package static func terminalSize(of channel: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard unsafe ioctl(channel, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Ends this process at once, as `kill -9` would: nothing is written, nothing is cleaned up.
  package static func killSelf() {
    kill(getpid(), SIGKILL)
    while true { pause() }
  }

  /// Ends this process at once with a status; buffers are not written.
  package static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

  /// Sends a signal to a process; one that is gone is no error.
  package static func send(_ signal: Int32, to process: Int32) { _ = kill(process, signal) }

  /// What ends a process without asking it.
  package static let killSignal = SIGKILL

  /// What a program does to itself: a trap, a wrong address, an abort.
  package static let faultSignals = [SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGSYS]

  /// How many processes of this machine were killed so far because there was no memory; 0 where nobody counts.
  package static func outOfMemoryKills() -> Int {
    // Two files may count: that of the whole machine, and that of our share of it. Either rises.
    ["/proc/vmstat", "/sys/fs/cgroup/memory.events"].map { outOfMemoryKills(in: (try? read(FilePath($0))) ?? []) }
      .reduce(0, +)
  }

  static func outOfMemoryKills(in bytes: [UInt8]) -> Int {
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
    return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
  }

  /// What asks a program to end: Ctrl-C, and `kill` without a number.
  package static let endingSignals = [SIGINT, SIGTERM]

  /// Signals sent to this process, instead of what they do otherwise.
  package static func signals(_ numbers: [Int32]) -> AsyncStream<Int32> {
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
    let sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
    continuation.onTermination = { _ in
      for source in sources { source.cancel() }
      for number in numbers { signal(number, SIG_DFL) }
    }
    return stream
  }

  /// Lets every printed line reach its file at once, so that a process that dies leaves its last words.
  package static func writeOutputByLine() { unsafe _ = setvbuf(stdout, nil, _IOLBF, 0) }

  /// Writes what printing has left in memory.
  package static func flushOutput() { _ = fflush(nil) }

  /// Lets standard output and standard error go to a file from now on.
  package static func redirectOutput(to path: FilePath) throws {
    let file = unsafe open(path.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw SystemError("create", path) }
    defer { close(file) }
    guard dup2(file, STDOUT_FILENO) >= 0, dup2(file, STDERR_FILENO) >= 0 else { throw SystemError("redirect to", path) }
  }

  /// Another descriptor of standard output, which children do not inherit.
  package static func keepOutput() throws -> Int32 {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw SystemError("copy", "standard output") }
    return copy
  }
}
