import Foundation
import SystemPackage

/// The folder in which an attempt at a task leaves what the next one goes on with; one process holds it at a time.
///
/// Claims can fail to keep two processes apart, as where the clocks of two machines differ or one of them slept; here
/// both would write the same files. A lock on a file beside the folder keeps them apart. Where that does not reach, on
/// NFS that is mounted without locks, the later one writes its name into the file, and the earlier one finds it there
/// at its next `check`.
final class DraftFolder: Sendable {
  let path: FilePath
  private let owner: Claim.Owner
  /// Nil where the file system has no locks: then the folder is this attempt's alone.
  private let lock: FileLock?

  fileprivate init(path: FilePath, owner: Claim.Owner, lock: FileLock?) throws {
    (self.path, self.owner, self.lock) = (path, owner, lock)
    try lock?.write(try JSONLine.encode(owner))
    try Posix.makeFolder(path)
    try StreamedImage.restoreAll(in: path)
  }

  /// Whether the next attempt can take it up.
  var isShared: Bool { lock != nil }

  /// - Throws: `TaskFailure` where another process has taken the folder.
  func check() throws {
    guard let lock else { return }
    let now = try Store.owner(of: lock.path)
    guard now == owner else {
      let taker = now.map { "process \($0.process) on \($0.host)" } ?? "another process"
      throw TaskFailure(
        code: .store,
        message: "\(taker) took the draft '\(path)' while this one wrote it: the disk of the store does not keep "
          + "locks between machines; let one machine at a time run this task")
    }
  }

  /// Removes the folder, if it is still ours.
  func remove() throws {
    if let lock {
      guard try Store.owner(of: lock.path) == owner else { return }
      try Posix.remove(path)
      try Posix.remove(lock.path)
    } else {
      try Posix.remove(path)
    }
  }
}

extension Store {
  /// What came of an attempt to have a task's draft.
  enum DraftAttempt {
    case held(DraftFolder)
    /// Another process has it; nil where it has not said who it is yet.
    case taken(by: Claim.Owner?)
  }

  /// Takes the draft of a task for this process; it is given back when the last reference goes, or the process ends.
  ///
  /// - Parameter lock: Takes a lock; nil where another holder has it.
  func takeDraft(
    of key: TaskKey, lock: (FilePath) throws -> FileLock? = { try FileLock.take($0) }
  ) throws -> DraftAttempt {
    let path = try draftFolder(of: key)
    let owner = Claim.Owner.this()
    do {
      let file = Self.draftLock(of: path)
      guard let lock = try lock(file) else { return .taken(by: try Self.owner(of: file)) }
      return .held(try DraftFolder(path: path, owner: owner, lock: lock))
    } catch let error as SystemError where error.isWithoutLocks {
      let own = FilePath("\(path).\(owner.host).\(owner.process).\(owner.token)")
      return .held(try DraftFolder(path: own, owner: owner, lock: nil))
    }
  }

  /// The file beside a draft that says who holds it.
  static func draftLock(of draft: FilePath) -> FilePath { FilePath(draft.string + ".lock") }

  /// Whether a process is at a draft, or at the draft that a lock is of.
  func isHeld(draft entry: FilePath) throws -> Bool {
    let name = entry.lastComponent?.string ?? ""
    if name.hasSuffix(".draft") { return try FileLock.isHeld(Self.draftLock(of: entry)) }
    return try name.hasSuffix(".draft.lock") && FileLock.isHeld(entry)
  }
}
