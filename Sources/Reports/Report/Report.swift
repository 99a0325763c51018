/// All that a reader of an experiment wants in one place: the answer, the evidence, the cost and the way to repeat it.
public struct Report: Sendable, Equatable {
  /// The name of its file without the ending: `phantom-matrix.smoke`.
  public let name: String
  /// What it is of.
  public let title: String
  /// What was found, in one sentence.
  public let sentence: String
  /// What stands above everything else: what is missing.
  public let notices: [String]
  /// How far the run is that writes it; nil once it is over.
  public let progress: ReportProgress?
  /// From top to bottom.
  public let sections: [ReportSection]

  /// A report from its parts.
  public init(
    name: String, title: String, sentence: String, notices: [String] = [], progress: ReportProgress? = nil,
    sections: [ReportSection]
  ) {
    self.name = name
    self.title = title
    self.sentence = sentence
    self.notices = notices
    self.progress = progress
    self.sections = sections
  }

  /// The folder of its figures and tables, beside the page.
  public static func filesFolder(of name: String) -> String { "\(name)-files" }
}

/// How far a run is, for a page that is open beside it.
public struct ReportProgress: Sendable, Equatable {
  /// How many tasks are done, failed or skipped, and how many there are.
  public let settled: Int
  public let all: Int
  /// `40s gone, about 2m left`.
  public let words: String
  /// What runs now, a line a task.
  public let running: [String]

  /// Progress from its parts.
  public init(settled: Int, all: Int, words: String, running: [String]) {
    (self.settled, self.all, self.words, self.running) = (settled, all, words, running)
  }

  /// What a board would show.
  ///
  /// - Parameter now: Seconds since 1970.
  public init(_ progress: RunProgress, at now: Double) {
    let left = progress.secondsLeft(at: now).map { ", about \(spoken(seconds: $0)) left" } ?? ""
    self.init(
      settled: progress.settled, all: progress.tasks.count,
      words: "\(spoken(seconds: (now - progress.start).rounded())) gone\(left)",
      running: progress.tasks.indices.filter { progress.tasks[$0].state == .running }.map {
        "\(progress.tasks[$0].address): \(progress.sentence($0, at: now))"
      })
  }
}
