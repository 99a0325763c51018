import ArrayStores
import Fingerprints
public import Pipeline

extension ArtifactType {
  /// Numbers by row and column.
  public static let table = ArtifactType("table")
}

/// How far the values behind one cell lie apart.
public struct CellSpread: Sendable, Hashable {
  /// The standard deviation of a sample (divided by count - 1); nil with fewer than two numbers.
  public var deviation: Double?
  /// How many numbers the mean is of.
  public var count: Int
  /// How many values were n/a.
  public var absent: Int

  /// The spread of `count` values beside `absent` that were n/a.
  public init(deviation: Double?, count: Int, absent: Int) {
    self.deviation = deviation
    self.count = count
    self.absent = absent
  }
}

/// Numbers by row and column: what a pivot gives.
public struct ResultTable: Sendable, Equatable {
  /// The metric in the cells.
  public var metric: String
  /// Row labels, in order.
  public var rows: [String]
  /// Column labels, in order.
  public var columns: [String]
  /// The cells; nil is n/a. Means, where several values came into a cell.
  public var values: [[Double?]]
  /// What lies behind each cell; nil where no cell has more than one value.
  public var spreads: [[CellSpread]]?

  /// A table of `values[row][column]`; nil is n/a.
  public init(
    metric: String, rows: [String], columns: [String], values: [[Double?]], spreads: [[CellSpread]]? = nil
  ) {
    self.metric = metric
    self.rows = rows
    self.columns = columns
    self.values = values
    self.spreads = spreads
  }

  /// The cell of two labels; nil is n/a or absent.
  public subscript(row: String, column: String) -> Double? {
    guard let r = rows.firstIndex(of: row), let c = columns.firstIndex(of: column) else { return nil }
    return values[r][c]
  }

  // MARK: - In the store

  /// As an artifact; n/a is kept as the one quiet NaN.
  public func bundle() throws -> Bundle {
    let shape = [rows.count, columns.count]
    var tables = [
      Bundle.Entry(
        "values", try NDArray(values.flatMap { $0.map { $0 ?? .nan } }, shape: shape), mayLackNumbers: true)
    ]
    if let spreads {
      tables.append(
        Bundle.Entry(
          "deviations", try NDArray(spreads.flatMap { $0.map { $0.deviation ?? .nan } }, shape: shape),
          mayLackNumbers: true))
      tables.append(
        Bundle.Entry(
          "counts",
          try NDArray(spreads.joined().flatMap { [Int64($0.count), Int64($0.absent)] }, shape: shape + [2])))
    }
    return Bundle(
      .table,
      facts: [
        "metric": .text(metric), "rows": .list(rows.map { .text($0) }), "columns": .list(columns.map { .text($0) }),
      ], tables: tables)
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    metric = try facts.text("metric")
    rows = try facts.texts("rows")
    columns = try facts.texts("columns")
    let numbers = try bundle.table("values").values(as: Double.self)
    guard numbers.count == rows.count * columns.count else {
      throw TaskFailure(
        code: .store, message: "a table of \(rows.count) x \(columns.count) has \(numbers.count) cells",
        phase: "read")
    }
    let width = columns.count
    values = rows.indices.map { row in numbers[row * width..<(row + 1) * width].map { $0.isNaN ? nil : $0 } }
    spreads = try Self.spreads(bundle, rows: rows.count, columns: width)
  }

  private static func spreads(_ bundle: Bundle, rows: Int, columns: Int) throws -> [[CellSpread]]? {
    guard bundle.tables.contains(where: { $0.name == "deviations" }) else { return nil }
    let deviations = try bundle.table("deviations").values(as: Double.self)
    let counts = try bundle.table("counts").values(as: Int64.self)
    guard deviations.count == rows * columns, counts.count == 2 * deviations.count else {
      throw TaskFailure(
        code: .store, message: "a table of \(rows) x \(columns) has \(deviations.count) deviations", phase: "read")
    }
    let all = deviations.indices.map { cell in
      CellSpread(
        deviation: deviations[cell].isNaN ? nil : deviations[cell], count: Int(counts[2 * cell]),
        absent: Int(counts[2 * cell + 1]))
    }
    return (0..<rows).map { Array(all[$0 * columns..<($0 + 1) * columns]) }
  }
}
