/// A table of one metric by row and column label, as a report shows it: models down, test markers across.
///
/// A cell is a number or `nil`, which reports show as `n/a` (for example 0/0 in a precision).
public struct Matrix: Sendable, Equatable {
  /// What a row stands for.
  public enum RowKind: String, Sendable, Equatable {
    /// A trained model; takes part in the diagonal and in the means.
    case model
    /// A trained model that has no marker of its own or is scored otherwise, such as `joint` or a threshold chosen
    /// again; shown apart, in no mean.
    case variant
    /// A reference without training, such as `dog` or `chance`; shown apart, in no mean.
    case baseline
  }

  /// What lies behind a cell that is a mean.
  public struct Spread: Sendable, Equatable {
    /// The standard deviation; nil with fewer than two numbers.
    public let deviation: Double?
    /// How many numbers the mean is of.
    public let count: Int
    /// How many values were n/a.
    public let absent: Int

    /// A spread from its parts.
    public init(deviation: Double?, count: Int, absent: Int = 0) {
      self.deviation = deviation
      self.count = count
      self.absent = absent
    }
  }

  /// The range in which a cell would fall again.
  public struct Range: Sendable, Equatable {
    public let low: Double
    public let high: Double

    /// A range from its ends.
    public init(low: Double, high: Double) {
      self.low = low
      self.high = high
    }
  }

  /// One row: its label in recipes, the name readers see, its kind and its cells from left to right.
  public struct Row: Sendable, Equatable {
    /// The label in recipes.
    public let label: String
    /// The name readers see.
    public let name: String
    /// Whether it is a model or a baseline.
    public let kind: RowKind
    /// The cells from left to right; `nil` is n/a.
    public let values: [Double?]
    /// What lies behind each cell; nil for a row whose cells are one value each.
    public let spreads: [Spread]?
    /// A word about single cells, such as `not converged`; nil for a row without any.
    public let marks: [String?]?
    /// The 95% interval of each cell, where somebody computed it.
    public let intervals: [Range?]?

    /// Creates a row.
    ///
    /// - Parameters:
    ///   - label: The label in recipes, `neun`.
    ///   - name: The display name, `NeuN`; the label where absent.
    ///   - values: One cell for each column, in the order of the columns.
    ///   - spreads: As many, where cells are means.
    ///   - intervals: As many, where they are known.
    ///   - marks: As many, where there is something to say of a cell.
    public init(
      label: String, name: String? = nil, kind: RowKind = .model, values: [Double?], spreads: [Spread]? = nil,
      intervals: [Range?]? = nil, marks: [String?]? = nil
    ) {
      self.label = label
      self.name = name ?? label
      self.kind = kind
      self.values = values
      self.spreads = spreads
      self.intervals = intervals
      self.marks = marks
    }

    /// A cell as readers see it: `0.81`, `0.81 ± 0.02`, `0.81 ± 0.02 (1 n/a)`, `0.81 (0.78–0.84)`, `n/a`,
    /// `0.81 (not converged)`.
    package func text(_ place: Int, decimals: Int) -> String {
      let range = intervalText(place, decimals: decimals)
      return [
        fixed(values[place], decimals: decimals), spreadText(place, decimals: decimals),
        range.isEmpty ? "" : "(\(range))",
      ].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The 95% interval: `0.78–0.84`, or nothing.
    package func intervalText(_ place: Int, decimals: Int) -> String {
      guard let interval = intervals?[place], values[place] != nil else { return "" }
      return "\(fixed(interval.low, decimals: decimals))\u{2013}\(fixed(interval.high, decimals: decimals))"
    }

    /// What stands below the value in a figure: the spread of a mean, or the interval.
    package func detailText(_ place: Int, decimals: Int) -> String {
      let spread = spreadText(place, decimals: decimals)
      return spread.isEmpty ? intervalText(place, decimals: decimals) : spread
    }

    /// What follows the mean: `± 0.02 (1 n/a)`, the cell's mark, or nothing.
    package func spreadText(_ place: Int, decimals: Int) -> String {
      let mark = marks?[place].map { "(\($0))" }
      guard let spread = spreads?[place], values[place] != nil else { return mark ?? "" }
      let deviation = spread.deviation.map { "± " + fixed($0, decimals: decimals) }
      let absent = spread.absent > 0 ? "(\(spread.absent) n/a)" : nil
      return [deviation, absent, mark].compactMap(\.self).joined(separator: " ")
    }
  }

  /// One column: its label in recipes, the name readers see, and a remark under it.
  public struct Column: Sendable, Equatable {
    /// The label in recipes.
    public let label: String
    /// The name readers see.
    public let name: String
    /// A short remark shown with the name.
    public let detail: String?

    /// Creates a column.
    ///
    /// - Parameters:
    ///   - label: The label in recipes, `neun`.
    ///   - name: The display name, `NeuN`; the label where absent.
    ///   - detail: A short remark shown with the name, such as the tolerance `6 px`.
    public init(label: String, name: String? = nil, detail: String? = nil) {
      self.label = label
      self.name = name ?? label
      self.detail = detail
    }
  }

  /// The heading of the table.
  public let title: String
  /// The name of the metric in the cells, with its averaging: `f1.pooled`.
  public let metric: String
  /// From left to right.
  public let columns: [Column]
  /// From top to bottom.
  public let rows: [Row]
  /// Sentences for the caption: matching rule, tolerance and unit, sources, cautions.
  public let notes: [String]
  /// What the rows are, for the axis: `trained on`.
  public let rowAxis: String
  /// What the columns are, for the axis: `tested on`.
  public let columnAxis: String
  /// Whether small numbers are the good ones, as of losses.
  public let isLowerBetter: Bool

  /// Creates a matrix from its columns and rows.
  ///
  /// - Precondition: Each row has as many values as there are columns; values are finite.
  public init(
    title: String, metric: String, columns: [Column], rows: [Row], notes: [String] = [],
    rowAxis: String = "trained on", columnAxis: String = "tested on", isLowerBetter: Bool = false
  ) {
    for row in rows {
      precondition(
        row.values.count == columns.count,
        "matrix: row '\(row.label)' has \(row.values.count) values for \(columns.count) columns")
      precondition(
        row.spreads.map { $0.count == columns.count } ?? true,
        "matrix: row '\(row.label)' has \(row.spreads?.count ?? 0) spreads for \(columns.count) columns")
      precondition(
        row.intervals.map { $0.count == columns.count } ?? true,
        "matrix: row '\(row.label)' has \(row.intervals?.count ?? 0) intervals for \(columns.count) columns")
      precondition(
        row.values.allSatisfy { $0?.isFinite ?? true }, "matrix: row '\(row.label)' holds a value that is not finite")
    }
    self.title = title
    self.metric = metric
    self.columns = columns
    self.rows = rows
    self.notes = notes
    self.rowAxis = rowAxis
    self.columnAxis = columnAxis
    self.isLowerBetter = isLowerBetter
  }

  // MARK: - Cells

  /// How many decimals tell the cells apart: 2, or 4 where most are below 0.1, as losses are; of scores, which span 0 to
  /// 1, where all are.
  public var decimals: Int {
    let numbers = rows.flatMap(\.values).compactMap { $0?.magnitude }.sorted()
    let isScore = ["f1", "precision", "recall", "average_precision"].contains { metric.hasPrefix($0) }
    guard let largest = numbers.last, largest > 0 else { return 2 }
    return (isScore ? largest : numbers[numbers.count / 2]) < 0.1 ? 4 : 2
  }

  /// What colours span: 0 to 1, or to the largest of small numbers.
  var range: ClosedRange<Double> {
    let largest = rows.flatMap(\.values).compactMap(\.self).max() ?? 1
    return decimals == 4 && largest > 0 ? 0...largest : 0...1
  }

  /// The rows of trained models, in order.
  public var modelRows: [Row] { rows.filter { $0.kind == .model } }

  /// The rows of models shown apart, in order.
  public var variantRows: [Row] { rows.filter { $0.kind == .variant } }

  /// The rows without training, in order.
  public var baselineRows: [Row] { rows.filter { $0.kind == .baseline } }

  /// Whether a cell scores a model on the marker that it was trained on.
  public func isDiagonal(_ row: Row, _ column: Column) -> Bool {
    row.kind == .model && row.label == column.label
  }

  /// Whether any cell scores a model on the marker that it was trained on.
  public var hasDiagonal: Bool { rows.contains { row in columns.contains { isDiagonal(row, $0) } } }

  /// Whether one mean over all models says something: there is no diagonal, and there are no models of another kind.
  var hasOneMean: Bool { !hasDiagonal && variantRows.isEmpty }

  /// The mean of each row, in words; n/a cells are skipped.
  func rowMeans(decimals: Int) -> String {
    rows.map { row in "\(row.name) \(fixed(mean { other, _ in other.label == row.label }, decimals: decimals))" }
      .joined(separator: ", ")
  }

  /// The value at two labels; `nil` where the cell is n/a or does not exist.
  public func value(row: String, column: String) -> Double? {
    guard
      let line = rows.first(where: { $0.label == row }),
      let place = columns.firstIndex(where: { $0.label == column })
    else { return nil }
    return line.values[place]
  }

  /// The mean of the diagonal; n/a cells are skipped, `nil` if none is left.
  public var diagonalMean: Double? { mean { isDiagonal($0, $1) } }

  /// The mean of the models' cells beside the diagonal; n/a cells are skipped, `nil` if none is left.
  public var offDiagonalMean: Double? { mean { $0.kind == .model && !isDiagonal($0, $1) } }

  private func mean(where isCounted: (Row, Column) -> Bool) -> Double? {
    var sum = 0.0
    var count = 0
    for row in rows {
      for (column, value) in zip(columns, row.values) {
        guard let value, isCounted(row, column) else { continue }
        sum += value
        count += 1
      }
    }
    return count == 0 ? nil : sum / Double(count)
  }
}
