import Foundation
import Synchronization
import SystemPackage

/// The draft of a running task, taken when its stage first asks for it.
final class TaskDraft: Sendable {
  /// Another process published the task while this one waited for its draft.
  struct PublishedElsewhere: Error { let manifest: Manifest }

  private let order: TaskOrder
  private let store: Store
  private let warn: @Sendable (String) -> Void
  private let held = Mutex<DraftFolder?>(nil)

  /// - Parameter warn: Hears what the user should know.
  init(of order: TaskOrder, in store: Store, warn: @escaping @Sendable (String) -> Void) {
    (self.order, self.store, self.warn) = (order, store, warn)
  }

  /// The folder; whoever asks again hears whether it is still this task's.
  ///
  /// Waits while another process has it.
  ///
  /// - Throws: `PublishedElsewhere` where there is nothing to do any more, `TaskFailure` where the folder was taken.
  func folder() throws -> FilePath {
    if let draft = held.withLock({ $0 }) {
      try draft.check()
      return draft.path
    }
    let draft = try take()
    if order.isFresh { for name in try Posix.names(in: draft.path) { try Posix.remove(draft.path.appending(name)) } }
    if !draft.isShared {
      warn("the disk of the store has no locks: what this attempt writes is not taken up by the next")
    }
    held.withLock { $0 = draft }
    return draft.path
  }

  /// Removes the folder, once the task is published.
  func remove() throws { try held.withLock { $0 }?.remove() }

  /// Gives the folder back as it is, for the next attempt.
  func release() {
    let draft = held.withLock { held in
      defer { held = nil }
      return held
    }
    // Nobody could take up one without a lock; where it cannot be removed, `cache gc` finds it.
    if let draft, !draft.isShared { try? draft.remove() }
  }

  private func take() throws -> DraftFolder {
    var hasWaited = false
    while true {
      switch try store.takeDraft(of: order.key) {
      case .held(let draft):
        guard hasWaited, let manifest = try published() else { return draft }
        try draft.remove()
        throw PublishedElsewhere(manifest: manifest)
      case .taken(let owner):
        if let manifest = try published() { throw PublishedElsewhere(manifest: manifest) }
        if !hasWaited {
          let holder = owner.map { "process \($0.process) on \($0.host)" } ?? "another process"
          warn("\(holder) is at this task already: waits until it ends")
        }
        hasWaited = true
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }

  private func published() throws -> Manifest? { order.isFresh ? nil : try store.lookup(order.key.digest()) }
}
