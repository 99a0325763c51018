import Foundation

/// Seconds that all threads of this process have run, user and system.
enum ProcessorTime {
  /// POSIX counts a million of them a second, whatever the resolution.
  static var now: Double { Double(clock()) / 1e6 }
}
