/// One part of a report: a heading and what stands below it.
///
/// Sections are values: who adds one makes blocks, and never touches the page.
public struct ReportSection: Sendable, Equatable {
  /// Its name in links, only of `a-z 0-9 -`: `answer`.
  public let anchor: String
  /// Its heading.
  public let title: String
  /// From top to bottom.
  public var blocks: [ReportBlock]

  /// A section from its parts.
  public init(_ anchor: String, _ title: String, _ blocks: [ReportBlock]) {
    (self.anchor, self.title, self.blocks) = (anchor, title, blocks)
  }
}

/// What a section is made of. All texts are plain: the page escapes them.
public indirect enum ReportBlock: Sendable, Equatable {
  /// A heading below the section's.
  case heading(String)
  case paragraph(String)
  case list([String])
  /// What a reader must know first: what is missing, what failed.
  case notice(String)
  case table(ReportTable)
  /// Tables that are only written beside the page, for they are long.
  case files([ReportTable])
  case figure(ReportFigure)
  /// Pictures side by side where there is room.
  case pictures([ReportFigure])
  /// Lines to copy, with the name that a screen reader says.
  case code(String, name: String)
  /// What is folded away at first, under a line that says what it is.
  case details(String, [ReportBlock])
}

/// A table of a report, on the page and as CSV beside it.
public struct ReportTable: Sendable, Equatable {
  /// The name of its file without the ending, only of `A-Z a-z 0-9 . _ -`.
  public let name: String
  /// What the page shows; its title is the caption.
  public let grid: Grid
  /// What the file holds.
  public let csv: String

  /// What a marked cell is, for those who do not see it.
  public let mark: String

  /// A table from its parts.
  ///
  /// - Parameters:
  ///   - csv: The content of its file; nil for the grid's own.
  ///   - mark: What a marked cell is, in a word or two.
  public init(_ name: String, _ grid: Grid, csv: String? = nil, mark: String = "best") {
    (self.name, self.grid, self.csv, self.mark) = (name, grid, csv ?? grid.csv(), mark)
  }
}

extension [ReportBlock] {
  /// All tables, those that are only files too, in order.
  var tables: [ReportTable] {
    flatMap { block -> [ReportTable] in
      switch block {
      case .table(let table): [table]
      case .files(let tables): tables
      case .details(_, let blocks): blocks.tables
      default: []
      }
    }
  }

  /// All figures and pictures, in order.
  var figures: [ReportFigure] {
    flatMap { block -> [ReportFigure] in
      switch block {
      case .figure(let figure): [figure]
      case .pictures(let figures): figures
      case .details(_, let blocks): blocks.figures
      default: []
      }
    }
  }
}
