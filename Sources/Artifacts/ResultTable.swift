import ArrayStores
import Fingerprints
public import Pipeline

extension ArtifactType {
  /// Numbers by row and column.
  public static let table = ArtifactType("table")
}

/// Numbers by row and column: what a pivot gives.
public struct ResultTable: Sendable, Equatable {
  /// The metric in the cells.
  public var metric: String
  /// Row labels, in order.
  public var rows: [String]
  /// Column labels, in order.
  public var columns: [String]
  /// The cells; nil is n/a.
  public var values: [[Double?]]

  public init(metric: String, rows: [String], columns: [String], values: [[Double?]]) {
    self.metric = metric
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// The cell of two labels; nil is n/a or absent.
  public subscript(row: String, column: String) -> Double? {
    guard let r = rows.firstIndex(of: row), let c = columns.firstIndex(of: column) else { return nil }
    return values[r][c]
  }

  // MARK: - In the store

  /// As an artifact; n/a is kept as the one quiet NaN.
  public func bundle() throws -> Bundle {
    try Bundle(
      .table,
      facts: [
        "metric": .text(metric), "rows": .list(rows.map { .text($0) }), "columns": .list(columns.map { .text($0) }),
      ],
      tables: [.init("values", NDArray(values.flatMap { $0.map { $0 ?? .nan } }, shape: [rows.count, columns.count]))])
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    metric = try facts.text("metric")
    rows = try facts.texts("rows")
    columns = try facts.texts("columns")
    let numbers = try bundle.table("values").values(as: Double.self)
    guard numbers.count == rows.count * columns.count else {
      throw TaskFailure(code: .store, message: "a table of \(rows.count) x \(columns.count) has \(numbers.count) cells")
    }
    let width = columns.count
    values = rows.indices.map { row in numbers[row * width..<(row + 1) * width].map { $0.isNaN ? nil : $0 } }
  }
}
