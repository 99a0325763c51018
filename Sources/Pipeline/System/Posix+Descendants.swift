import CLinux
@unsafe @preconcurrency import Glibc
import Synchronization
import SystemPackage

/// What processes start and leave behind.
extension Posix {
  private static let hasAdopted = Mutex(false)

  /// Whether this process gets the children of its descendants that end before them.
  static var adoptsOrphans: Bool { hasAdopted.withLock { $0 } }

  /// Makes this process the parent of whatever its descendants leave behind, so that it can be found: a daemon in a
  /// session of its own too.
  ///
  /// Linux only (`PR_SET_CHILD_SUBREAPER`). Out of reach stays what another program starts for a descendant (a
  /// container, a `systemd` unit, an `at` job), and what left the process group where this process itself was killed
  /// from outside, as by the kernel for want of memory.
  package static func adoptOrphans() throws {
    guard lb_adopt_orphans() == 0 else { throw SystemError("adopt orphans in", "this process") }
    hasAdopted.withLock { $0 = true }
  }

  /// Kills everything that descends from a process, and returns when it is gone.
  ///
  /// Where the process adopts orphans, nothing escapes by starting others meanwhile: what it started has a new parent
  /// here, and is found the next time. Reads `/proc`, some milliseconds.
  ///
  /// - Parameter patience: Seconds to wait for the dead to be gone.
  /// - Returns: How many lived and are gone, and how many could not be killed.
  static func endDescendants(of process: Int32, patience: Double = 10) -> (ended: Int, left: Int) {
    var lived: Set<Life> = []
    var quiet = 0
    let deadline = ContinuousClock.now + .seconds(patience)
    while true {
      let found = descendants(of: process)
      let living = found.filter(\.isAlive)
      lived.formUnion(living)
      // Those that only wait to be collected too: other threads of theirs may live.
      for life in found { _ = kill(life.process, SIGKILL) }
      if process == processIdentifier { for life in found where !life.isAlive { collect(life.process) } }
      // A process may change its parent while we look: nothing twice is nothing.
      quiet = living.isEmpty ? quiet + 1 : 0
      if quiet == 2 || ContinuousClock.now > deadline {
        return (lived.subtracting(living).count, living.count)
      }
      if !living.isEmpty { usleep(1000) }
    }
  }

  /// A process at a moment; its number may be another's later, its beginning not.
  private struct Life: Hashable {
    let process: Int32
    let began: String
    let isAlive: Bool
  }

  private static func descendants(of process: Int32) -> [Life] {
    var children: [Int32: [Life]] = [:]
    // Without `/proc` there is nothing that could be found.
    for name in (try? names(in: "/proc")) ?? [] {
      guard let number = Int32(name) else { continue }
      let fields = processFields(number)
      guard fields.count > 19, let parent = Int32(fields[1]) else { continue }
      let isAlive = fields[0] != "Z" && fields[0] != "X"
      children[parent, default: []].append(Life(process: number, began: fields[19], isAlive: isAlive))
    }
    var found: [Life] = []
    var open = [process]
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
