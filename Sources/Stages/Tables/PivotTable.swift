import Artifacts
public import Pipeline
public import Recipes

/// `table.pivot`: one metric of many tasks as a table of rows and columns.
///
/// Where `mean` or replicates bring several values into a cell, it holds their mean, and beside it the standard
/// deviation and how many were numbers and how many n/a.
public struct PivotTable: Stage {
  /// What goes into the cells.
  public struct Parameters: Sendable {
    var metric = ""

    public init() {}
  }

  public static let kind = "table.pivot"
  public static let revision = 1
  public static let summary = "sets one metric of the gathered tasks out in rows and columns"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [.value("metric", \.metric, required: true, "the metric in the cells, such as f1.pooled")])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(outputs: [Port("table", .table)], gathers: true)
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func estimate() -> Cost { Cost(memory: 50 << 20, seconds: 0.1) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let gathered = try inputs.all("metrics").map { artifact, bundle in
      (row: artifact.labels["row"] ?? "", column: artifact.labels["column"] ?? "", metrics: try Metric.list(of: bundle))
    }
    let rows = gathered.map(\.row).uniqued()
    let columns = gathered.map(\.column).uniqued()
    var cells = rows.map { _ in columns.map { _ in Cell() } }
    for task in gathered {
      guard let metric = task.metrics.first(where: { $0.name == parameters.metric }) else {
        let names = task.metrics.map { "'\($0.name)'" }.joined(separator: ", ")
        throw TaskFailure(
          code: .badData,
          message: "there is no metric '\(parameters.metric)' in (\(task.row), \(task.column)); there are \(names)")
      }
      if let row = rows.firstIndex(of: task.row), let column = columns.firstIndex(of: task.column) {
        cells[row][column].add(metric.value)
      }
    }
    let hasSpread = cells.joined().contains { $0.values.count + $0.absent > 1 }
    let table = ResultTable(
      metric: parameters.metric, rows: rows, columns: columns, values: cells.map { $0.map(\.mean) },
      spreads: hasSpread ? cells.map { $0.map(\.spread) } : nil)
    try context.write("table", table.bundle())
    return [Metric("cells", Double(gathered.count))]
  }
}

/// The values of one cell.
private struct Cell {
  var values: [Double] = []
  var absent = 0

  mutating func add(_ value: Double?) {
    if let value { values.append(value) } else { absent += 1 }
  }

  var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }

  var spread: CellSpread {
    guard let mean, values.count > 1 else { return CellSpread(deviation: nil, count: values.count, absent: absent) }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return CellSpread(
      deviation: (squares / Double(values.count - 1)).squareRoot(), count: values.count, absent: absent)
  }
}

extension Sequence where Element: Hashable {
  /// The elements without repetitions, in the order of their first appearance.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
