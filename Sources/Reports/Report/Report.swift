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
  /// From top to bottom; the files of their figures and tables have names of their own.
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
    var names = FileNames()
    self.sections = sections.map { section in
      ReportSection(section.anchor, section.title, section.blocks.map { names.name($0) })
    }
  }

  /// The same under another name.
  func named(_ name: String) -> Report {
    Report(
      name: name, title: title, sentence: sentence, notices: notices, progress: progress, sections: sections)
  }

  /// The same as the last page of a run, which does not read itself again.
  ///
  /// - Parameter notice: What a reader must know of it; nil for nothing.
  public func ended(saying notice: String? = nil) -> Report {
    Report(
      name: name, title: title, sentence: sentence, notices: (notice.map { [$0] } ?? []) + notices, sections: sections)
  }

  /// The folder of its figures and tables, beside the page.
  public static func filesFolder(of name: String) -> String { "\(name)-files" }
}
