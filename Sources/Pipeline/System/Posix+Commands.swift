import Foundation
@unsafe @preconcurrency import Glibc
import Synchronization
package import SystemPackage

/// Programs of the user's own, in the process group of the worker that runs them.
extension Posix {
  /// Runs a program to its end in a folder; what it prints goes where this process's output goes.
  ///
  /// The child stays in our process group, so that who kills the group kills it and all that it started. It gets
  /// nothing to read, and no descriptor but those three.
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
    var process: pid_t = 0
    let code = unsafe posix_spawn(&process, "/usr/bin/env", &actions, &attributes, arguments, variables)
    guard code == 0 else { throw SystemError("start", "/usr/bin/env", code: code) }
    isRunningCommand.withLock { $0 = true }
    defer { isRunningCommand.withLock { $0 = false } }
    return wait(for: process)
  }

  private static let isRunningCommand = Mutex(false)

  private static func isProgram(_ name: String, from folder: FilePath, path: String) -> Bool {
    func isExecutable(_ path: FilePath) -> Bool { unsafe access(path.string, X_OK) == 0 }
    if name.contains("/") { return isExecutable(folder.pushing(FilePath(name))) }
    return path.split(separator: ":").contains { isExecutable(FilePath(String($0)).appending(name)) }
  }

  /// Ends this process at once; while a command runs, with all of the process group that it heads.
  package static func endGroup() -> Never {
    if isRunningCommand.withLock({ $0 }), getpgrp() == getpid() { kill(0, SIGKILL) }
    exitAtOnce(0)
  }

  /// Kills a process that heads a group, and all of the group; one that is gone is no error.
  package static func killGroup(of process: Int32) { _ = kill(-process, SIGKILL) }

  /// An empty folder below the folder for temporary files.
  package static func makeTemporaryFolder() throws -> FilePath {
    let path = FilePath(FileManager.default.temporaryDirectory.path)
      .appending("lightbench.\(processIdentifier).\(UUID().uuidString.lowercased())")
    try makeFolder(path)
    return path
  }
}
