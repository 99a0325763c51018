/// What was measured over a number (a mask ratio), for several series (geometries) in several panels (data sets).
public struct Sweep: Sendable, Equatable {
  /// What is known of one cell, over its replicates.
  public struct Cell: Sendable, Equatable {
    /// The metric of each replicate; nil is n/a.
    public let values: [Double?]
    /// What the figure shows of each replicate: the metric against what needs no model.
    public let relative: [Double?]
    /// How many replicates had converged; nil where tasks do not say.
    public let converged: Int?
    /// How many replicates diverged.
    public let diverged: Int
    /// Why replicates had not converged, in words; nothing where nobody says.
    public let reason: String?

    /// A cell from its parts.
    public init(
      values: [Double?], relative: [Double?], converged: Int?, diverged: Int = 0, reason: String? = nil
    ) {
      (self.values, self.relative, self.converged) = (values, relative, converged)
      (self.diverged, self.reason) = (diverged, reason)
    }

    /// The mean of the metric; nil where nothing is a number.
    public var mean: Double? { Self.mean(values) }
    /// The mean of what the figure shows.
    public var relativeMean: Double? { Self.mean(relative) }
    /// Whether every replicate had converged.
    public var hasConverged: Bool { converged.map { $0 == values.count } ?? true }

    /// Whether every replicate diverged.
    var hasDiverged: Bool { diverged > 0 && diverged == values.count }
    /// How many replicates had converged; all where tasks do not say.
    var convergedCount: Int { converged ?? values.count }

    /// A word for a table: nothing, `not converged` or `diverged`; of several replicates how many, as `1 of 3 diverged`.
    public var remark: String? {
      let all = values.count
      if diverged > 0 { return diverged < all ? "\(diverged) of \(all) diverged" : "diverged" }
      if hasConverged { return nil }
      return convergedCount > 0 ? "\(all - convergedCount) of \(all) not converged" : "not converged"
    }

    private static func mean(_ values: [Double?]) -> Double? {
      let numbers = values.compactMap(\.self)
      return numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
    }
  }

  /// A label of recipes and the name that readers see.
  public struct Label: Sendable, Equatable {
    /// In recipes.
    public let label: String
    /// For readers.
    public let name: String

    /// A label from its parts.
    public init(_ label: String, name: String? = nil) { (self.label, self.name) = (label, name ?? label) }
  }

  /// The heading.
  public let title: String
  /// The metric, of which less is better.
  public let metric: String
  /// What the figure shows: another metric, relative to what needs no model.
  public let relativeMetric: String
  /// The names of the axes: of series, number and panels.
  public let axes: (series: String, number: String, panel: String)
  /// From the first to the last.
  public let series: [Label]
  /// The numbers as recipes write them, with their values.
  public let numbers: [(label: String, value: Double)]
  /// From the first to the last.
  public let panels: [Label]
  private let cells: [String: Cell]

  /// A sweep without cells yet.
  ///
  /// - Parameter cells: By series, number and panel, their labels joined by a space.
  public init(
    title: String, metric: String, relativeMetric: String, axes: (series: String, number: String, panel: String),
    series: [Label], numbers: [(label: String, value: Double)], panels: [Label], cells: [String: Cell]
  ) {
    self.title = title
    self.metric = metric
    self.relativeMetric = relativeMetric
    self.axes = axes
    self.series = series
    self.numbers = numbers
    self.panels = panels
    self.cells = cells
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.title == right.title && left.metric == right.metric && left.relativeMetric == right.relativeMetric
      && left.axes == right.axes && left.series == right.series && left.panels == right.panels
      && left.numbers.map(\.label) == right.numbers.map(\.label) && left.cells == right.cells
  }

  // MARK: -

  /// The cell of three labels; nil where the sweep leaves it out.
  public func cell(series: String, number: String, panel: String) -> Cell? {
    cells[Self.key(series, number, panel)]
  }

  static func key(_ series: String, _ number: String, _ panel: String) -> String { "\(series) \(number) \(panel)" }

  /// Everything there is, series by series.
  var all: [(series: Label, number: String, panel: Label, cell: Cell)] {
    series.flatMap { line in
      numbers.flatMap { number in
        panels.compactMap { panel in
          cell(series: line.label, number: number.label, panel: panel.label).map { (line, number.label, panel, $0) }
        }
      }
    }
  }

}
