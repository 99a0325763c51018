import Dispatch
import Glibc
package import Synchronization
package import SystemPackage

/// Waiting for the disk.
extension Posix {
  /// How often, and how many seconds, this process waited for the disk.
  package struct DiskWaits: Sendable {
    package var count = 0
    package var seconds = 0.0
  }

  /// Kept for the benchmark of the runner.
  package static let diskWaits = Mutex(DiskWaits())

  /// Waits until a file's bytes, or a folder's entries, are on the disk.
  package static func synchronise(_ path: FilePath) throws { try synchroniseTogether([path]) }

  /// Waits until all these files and folders are on the disk; the disk's journal is written once for many.
  package static func synchroniseTogether(_ paths: [FilePath]) throws {
    let start = ContinuousClock.now
    defer {
      diskWaits.withLock { waits in
        waits.count += paths.count
        waits.seconds += (ContinuousClock.now - start) / .seconds(1)
      }
    }
    if paths.count == 1 { return try flush(paths[0]) }
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: paths.count) { index in
      do {
        try flush(paths[index])
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private static func flush(_ path: FilePath) throws {
    let file = unsafe open(path.string, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemError("open", path) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw SystemError("write to disk", path) }
  }
}
