@unsafe @preconcurrency import Glibc
import Synchronization
package import SystemPackage

/// Starting programs, and how they end.
extension Posix {
  /// The processes that `spawn` started and `wait` has not collected; held while one is started, collected or looked
  /// for, so that a number means one process.
  static let workers = Mutex<Set<Int32>>([])

  /// Starts a program with a channel to its standard input and one from its standard output.
  ///
  /// The child is the head of a process group of its own (an interrupt from the keyboard reaches us alone), with all
  /// signals as they are by default, and inherits no other descriptor.
  package static func spawn(
    _ program: FilePath, _ arguments: [String], environment: [String: String]
  ) throws -> (process: Int32, input: Int32, output: Int32) {
    let input = try channelPair()
    let output = try channelPair()
    defer {
      close(input.child)
      close(output.child)
    }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input.child, STDIN_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.child, STDOUT_FILENO)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    useDefaultSignals(&attributes)
    let words = unsafe ([program.string] + arguments).map { unsafe strdup($0) } + [nil]
    let variables = unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    let texts = unsafe words + variables
    defer { for index in unsafe 0..<texts.count { unsafe free(texts[index]) } }
    var process: pid_t = 0
    let code = workers.withLock { workers in
      let code = unsafe posix_spawn(&process, program.string, &actions, &attributes, words, variables)
      if code == 0 { workers.insert(process) }
      return code
    }
    guard code == 0 else {
      close(input.parent)
      close(output.parent)
      throw SystemError("start", program, code: code)
    }
    return (process, input.parent, output.parent)
  }

  private static func useDefaultSignals(_ attributes: inout posix_spawnattr_t) {
    var all = sigset_t()
    unsafe sigfillset(&all)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  private static func channelPair() throws -> (parent: Int32, child: Int32) {
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw SystemError("open a channel to", "worker") }
    return (pair[0], pair[1])
  }

  /// How a process ended.
  package enum Ending: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// Waits for the end of a child and collects it: from then on its number may be another's.
  package static func wait(for process: Int32) -> Ending {
    var information = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    var status: Int32 = 0
    let isCollected = workers.withLock { workers in
      workers.remove(process)
      return unsafe waitpid(process, &status, 0) == process
    }
    guard isCollected else { return .exited(-1) }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
  }

  /// The name of a signal for people: `SIGKILL`.
  package static func name(ofSignal signal: Int32) -> String {
    let names = [
      SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT",
      SIGBUS: "SIGBUS", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGPIPE: "SIGPIPE", SIGFPE: "SIGFPE",
    ]
    return names[signal] ?? "signal \(signal)"
  }
}
