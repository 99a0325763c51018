import CLinux
@unsafe @preconcurrency import Glibc
import Synchronization
import SystemPackage

/// What processes start and leave behind.
extension Posix {
  private static let hasAdopted = Mutex(false)
  /// The children that were there before this process began to end orphans, by name; nil where it ends none.
  private static let strangers = Mutex<Set<String>?>(nil)
  private static let sweeping = Mutex(())

  /// Whether this process gets the children of its descendants that end before them.
  static var adoptsOrphans: Bool { hasAdopted.withLock { $0 } }

  /// Makes this process the parent of whatever its descendants leave behind, so that it can be found: a daemon in a
  /// session of its own too.
  ///
  /// Linux only (`PR_SET_CHILD_SUBREAPER`). Out of reach stays what another program starts for a descendant (a
  /// container, a `systemd` unit, an `at` job), and what left the process group where runner and worker are killed in
  /// one moment.
  ///
  /// - Parameter isRunner: Whether `endOrphans` is to end them; it spares the children that are there now.
  package static func adoptOrphans(endingThem isRunner: Bool = false) throws {
    guard lb_adopt_orphans() == 0 else { throw SystemError("adopt orphans in", "this process") }
    hasAdopted.withLock { $0 = true }
    // What a shell had in the background when it became this program. All of a machine's or container's orphans come
    // to process 1: what is ours among them cannot be told.
    guard isRunner, processIdentifier != 1 else { return }
    let children = Set((families()[processIdentifier] ?? []).map(\.name))
    strangers.withLock { $0 = $0 ?? children }
  }

  /// Kills everything that descends from a process, and returns when it is gone.
  ///
  /// Where the process adopts orphans, nothing escapes by starting others meanwhile: what it started has a new parent
  /// here, and is found the next time. Reads `/proc`, some milliseconds.
  ///
  /// - Parameter patience: Seconds to wait for the dead to be gone.
  /// - Returns: How many lived and are gone, and how many could not be killed.
  static func endDescendants(of process: Int32, patience: Double = 10) -> (ended: Int, left: Int) {
    end(patience: patience) { below([process], in: families()) }
  }

  /// Kills what dead workers have left to this process: every child that is no worker and was not there before.
  ///
  /// Living workers adopt their own. Nothing happens where `adoptOrphans` was not told so. What a child that
  /// was there before leaves to this process later is taken for a worker's.
  package static func endOrphans() {
    guard let strangers = strangers.withLock({ $0 }) else { return }
    // One at a time: what one has collected, another must not kill by its number.
    sweeping.withLock { _ in
      _ = end(patience: 10) {
        workers.withLock { workers in
          let families = families()
          let orphans = (families[processIdentifier] ?? []).filter {
            !workers.contains($0.process) && !strangers.contains($0.name)
          }
          return orphans + below(orphans.map(\.process), in: families)
        }
      }
    }
  }

  private static func end(patience: Double, _ find: () -> [Life]) -> (ended: Int, left: Int) {
    var lived: Set<String> = []
    var quiet = 0
    let deadline = ContinuousClock.now + .seconds(patience)
    while true {
      let found = find()
      let living = found.filter(\.isAlive)
      lived.formUnion(living.map(\.name))
      // Those that only wait to be collected too: other threads of theirs may live.
      for life in found { _ = kill(life.process, SIGKILL) }
      for life in found where !life.isAlive && life.parent == processIdentifier { collect(life.process) }
      // A process may change its parent while we look: nothing twice is nothing.
      quiet = living.isEmpty ? quiet + 1 : 0
      if quiet == 2 || ContinuousClock.now > deadline {
        return (lived.subtracting(living.map(\.name)).count, living.count)
      }
      if !living.isEmpty { usleep(1000) }
    }
  }

  /// A process at a moment.
  private struct Life {
    let process: Int32
    let parent: Int32
    let began: String
    let isAlive: Bool

    /// Its number may be another's later, with its beginning it is one.
    var name: String { "\(process) \(began)" }
  }

  /// The children of every process of this machine.
  private static func families() -> [Int32: [Life]] {
    var children: [Int32: [Life]] = [:]
    // Without `/proc` there is nothing that could be found.
    for name in (try? names(in: "/proc")) ?? [] {
      guard let number = Int32(name) else { continue }
      let fields = processFields(number)
      guard fields.count > 19, let parent = Int32(fields[1]) else { continue }
      let isAlive = fields[0] != "Z" && fields[0] != "X"
      children[parent, default: []].append(
        Life(process: number, parent: parent, began: fields[19], isAlive: isAlive))
    }
    return children
  }

  private static func below(_ processes: [Int32], in families: [Int32: [Life]]) -> [Life] {
    var children = families
    var found: [Life] = []
    var open = processes
    while let next = open.popLast() {
      let own = children.removeValue(forKey: next) ?? []
      found += own
      open += own.map(\.process)
    }
    return found
  }

  private static func collect(_ process: Int32) {
    var status: Int32 = 0
    unsafe _ = waitpid(process, &status, WNOHANG)
  }
}
