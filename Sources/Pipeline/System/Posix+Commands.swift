import Foundation
@unsafe @preconcurrency import Glibc
import Synchronization
package import SystemPackage

/// Programs of the user's own, below the worker that runs them and in its process group.
extension Posix {
  /// Runs a program to its end in a folder; what it prints goes where this process's output goes.
  ///
  /// The child stays in our process group, so that who kills the group kills it and what it started. It gets nothing
  /// to read, and no descriptor but those three. In a process that adopts orphans nothing that it started outlives it,
  /// however it ended; elsewhere what it left in the background stays.
  ///
  /// - Parameter words: The program, looked up in the `PATH` of `environment` unless it holds a `/`, and its arguments.
  /// - Throws: `SystemError` where it cannot be started.
  package static func run(_ words: [String], in folder: FilePath, environment: [String: String]) throws -> Ending {
    precondition(!words.isEmpty, "run: no program")
    guard isProgram(words[0], from: folder, path: environment["PATH"] ?? "") else {
      throw SystemError("start", FilePath(words[0]), code: ENOENT)
    }
    flushOutput()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var every = sigset_t()
    unsafe sigfillset(&every)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &every)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    // `env` goes to the folder and becomes the program: the call that does so here is not in every header.
    let all = ["env", "-C", folder.string] + words
    let arguments = unsafe all.map { unsafe strdup($0) } + [nil]
    let variables = unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    let texts = unsafe arguments + variables
    defer { for index in unsafe 0..<texts.count { unsafe free(texts[index]) } }
    // Before it starts: an end of this process in between would leave it.
    isRunningCommand.withLock { $0 = true }
    defer { isRunningCommand.withLock { $0 = false } }
    var process: pid_t = 0
    let code = unsafe posix_spawn(&process, "/usr/bin/env", &actions, &attributes, arguments, variables)
    guard code == 0 else { throw SystemError("start", "/usr/bin/env", code: code) }
    let ending = wait(for: process)
    // This process is about to end: nothing may be told of a command that was killed for that.
    if isEnding.withLock({ $0 }) { while true { pause() } }
    sweep(after: words[0])
    return ending
  }

  private static let isRunningCommand = Mutex(false)
  private static let isEnding = Mutex(false)

  /// Kills what a command left in the background, and says so in the log.
  private static func sweep(after command: String) {
    guard adoptsOrphans else { return }
    let (ended, left) = endDescendants(of: processIdentifier)
    if ended > 0 { print("'\(command)' left \(ended == 1 ? "a process" : "\(ended) processes") behind, now killed") }
    if left > 0 { print("warning: \(left) of what '\(command)' started cannot be killed and may still run") }
  }

  private static func isProgram(_ name: String, from folder: FilePath, path: String) -> Bool {
    func isExecutable(_ path: FilePath) -> Bool { unsafe access(path.string, X_OK) == 0 }
    if name.contains("/") { return isExecutable(folder.pushing(FilePath(name))) }
    return path.split(separator: ":").contains { isExecutable(FilePath(String($0)).appending(name)) }
  }

  /// Ends this process at once; while a command runs, with all that it started and the process group that we head.
  package static func endGroup() -> Never {
    if isRunningCommand.withLock({ $0 }) {
      isEnding.withLock { $0 = true }
      if adoptsOrphans { _ = endDescendants(of: processIdentifier) }
      if getpgrp() == getpid() { kill(0, SIGKILL) }
    }
    exitAtOnce(0)
  }

  /// Kills a process that heads a group, all of the group, and all that descends from it, in other groups too; one
  /// that is gone is no error.
  package static func killGroup(of process: Int32) {
    // Stopped, it cannot tell of the deaths below it, and still adopts what they leave.
    if processState(process) != "Z", kill(process, SIGSTOP) == 0 { _ = endDescendants(of: process) }
    _ = kill(-process, SIGKILL)
  }

  /// An empty folder below the folder for temporary files.
  package static func makeTemporaryFolder() throws -> FilePath {
    let path = FilePath(FileManager.default.temporaryDirectory.path)
      .appending("lightbench.\(processIdentifier).\(UUID().uuidString.lowercased())")
    try makeFolder(path)
    return path
  }
}
