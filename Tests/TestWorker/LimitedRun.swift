import Glibc
import SystemPackage

/// A program under limits of time and of address space, with what it took of memory.
///
/// A process of its own, because the largest resident size that the system counts for a child begins with that of
/// the parent which started it: this one is small, a process of tests is not.
struct LimitedRun {
  private let seconds: Double
  private let bytes: UInt
  private let command: [String]

  /// - Parameter words: Seconds, bytes of address space, program, arguments.
  init(_ words: ArraySlice<String>) throws {
    guard let seconds = words.first.flatMap(Double.init), let bytes = words.dropFirst().first.flatMap(UInt.init) else {
      throw Failure(what: "limit takes seconds and bytes, not \(words.prefix(2))")
    }
    (self.seconds, self.bytes, command) = (seconds, bytes, Array(words.dropFirst(2)))
  }

  struct Failure: Error { let what: String }

  /// Runs the program, whose output is this one's, and then writes a line to standard error:
  /// `limited: exit CODE, signal NUMBER, late 0|1, rss KIBIBYTES, microseconds NUMBER`.
  func run() throws -> Int32 {
    var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
      throw Failure(what: "cannot limit the address space: \(errno)")
    }
    let begun = ContinuousClock.now
    let process = try start(command)
    var (status, usage, isLate) = (Int32(0), rusage(), false)
    while unsafe wait4(process, &status, WNOHANG, &usage) == 0 {
      if !isLate, ContinuousClock.now - begun > .seconds(seconds) {
        isLate = true
        kill(process, SIGKILL)
      }
      usleep(1_000)
    }
    let signal = status & 0x7f
    let micros = Int((ContinuousClock.now - begun) / .microseconds(1))
    let code = signal == 0 ? status >> 8 & 0xff : 0
    let line =
      "limited: exit \(code), signal \(signal), late \(isLate ? 1 : 0), rss \(usage.ru_maxrss), microseconds \(micros)\n"
    _ = try FileDescriptor.standardError.writeAll(line.utf8)
    return 0
  }

  private func start(_ command: [String]) throws -> pid_t {
    var process: pid_t = 0
    var words: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for place in unsafe words.indices { unsafe free(words[place]) } }
    let result = unsafe posix_spawn(&process, command[0], nil, nil, &words, environ)
    guard result == 0 else { throw Failure(what: "cannot start '\(command[0])': \(result)") }
    return process
  }
}
