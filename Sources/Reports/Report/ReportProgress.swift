import Foundation

/// How far a run is, for a page that is open beside it.
public struct ReportProgress: Sendable, Equatable {
  /// How many tasks are done, failed or skipped, and how many there are.
  public let settled: Int
  public let all: Int
  /// How many of the settled ones failed, and how many were skipped for that.
  public let failed: Int
  public let skipped: Int
  /// `40s gone, about 2m left`.
  public let words: String
  /// What runs now, a line a task.
  public let running: [String]
  /// Seconds since 1970.
  public let time: Double
  /// Whether the run is over, and only the rest of its report is awaited.
  public let isOver: Bool

  /// Progress from its parts.
  public init(
    settled: Int, all: Int, failed: Int = 0, skipped: Int = 0, words: String, running: [String], time: Double,
    isOver: Bool = false
  ) {
    (self.settled, self.all, self.failed, self.skipped) = (settled, all, failed, skipped)
    (self.words, self.running, self.time, self.isOver) = (words, running, time, isOver)
  }

  /// What a board would show.
  ///
  /// - Parameter now: Seconds since 1970.
  public init(_ progress: RunProgress, at now: Double, isOver: Bool = false) {
    let left = progress.secondsLeft(at: now).map { ", about \(spoken(seconds: $0)) left" } ?? ""
    self.init(
      settled: progress.settled, all: progress.tasks.count, failed: progress.tasks.count { $0.state == .failed },
      skipped: progress.tasks.count { $0.state == .skipped },
      words: "\(spoken(seconds: (now - progress.start).rounded())) gone\(isOver ? "" : left)",
      running: progress.tasks.indices.filter { progress.tasks[$0].state == .running }.map {
        "\(progress.tasks[$0].address): \(progress.sentence($0, at: now))"
      }, time: now, isOver: isOver)
  }

  /// `4 of 9 tasks, 1 failed, 40s gone, about 2m left, as of 20:12:05 UTC`.
  var sentence: String {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).time(includingFractionalSeconds: false)
    let clock = Date(timeIntervalSince1970: time).formatted(style)
    return
      (["\(settled) of \(counted(all, "task"))"] + (failed > 0 ? ["\(failed) failed"] : [])
      + (skipped > 0 ? ["\(skipped) skipped"] : []) + [words, "as of \(clock.prefix(8)) UTC"]).joined(separator: ", ")
  }
}
