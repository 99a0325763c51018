import Fingerprints
import Foundation
import Pipeline
import Recipes

/// One metric of many tasks by row and column; several values of a cell become their mean.
struct Pivot {
  let metric: String
  let down: [String]
  let across: [String]
  /// The metric's unit; nil before a task measured it.
  private(set) var unit: String?
  private var better = Metric.Direction.neither
  private var rows: [String] = []
  private var columns: [String] = []
  private var numbers: [[String]: [Double]] = [:]
  private var absent: [[String]: Int] = [:]
  private var missing = 0
  /// Why tasks of a cell have no result, where others did better.
  private var stopped: [[String]: [String]] = [:]
  /// The labels on the axes that are neither down nor across, of each cell's values.
  private var others: [[String]: Set<[String]>] = [:]
  private let averaged: Set<String>

  /// - Parameter averaged: The axes averaged over.
  init(metric: String, down: [String], across: [String], averaged: [String] = []) {
    self.metric = metric
    self.down = down
    self.across = across
    self.averaged = Set(averaged)
  }

  /// Takes a task in; false where its cell has a value already that it is not averaged with.
  mutating func add(_ task: TaskResult) -> Bool {
    func label(_ axes: [String], _ none: String) -> String {
      axes.isEmpty ? none : axes.map { task.coordinate[$0] ?? "" }.joined(separator: " ")
    }
    let cell = [label(down, task.stage), label(across, metric)]
    if !rows.contains(cell[0]) { rows.append(cell[0]) }
    if !columns.contains(cell[1]) { columns.append(cell[1]) }
    let rest = task.coordinate.entries.filter { !(down + across).contains($0.axis) && !averaged.contains($0.axis) }
      .map(\.label)
    others[cell, default: []].insert(rest)
    guard others[cell]?.count == 1 else { return false }
    guard let manifest = task.manifest else {
      if let words = task.stopped { stopped[cell, default: []].append(words) } else { missing += 1 }
      return true
    }
    guard let found = manifest.metrics.first(where: { $0.name == metric }) else { return true }
    unit = found.unit
    better = found.better
    if let value = found.value { numbers[cell, default: []].append(value) } else { absent[cell, default: 0] += 1 }
    return true
  }

  // MARK: - The table

  func grid(title: String, best: TableRequest.Best) -> Grid {
    let means = rows.map { row in columns.map { mean(numbers[[row, $0]] ?? []) } }
    let lines = rows.indices.map { row in
      [Grid.Cell(label: rows[row])]
        + columns.indices.map { column in
          let own = means[row][column]
          let rivals = best == .row ? means[row] : means.map { $0[column] }
          return cell(row, column, own, isBest: best != .none && isBest(own, among: rivals.compactMap(\.self)))
        }
    }
    let corner = down.joined(separator: ", ") + (across.isEmpty ? "" : " \\ " + across.joined(separator: ", "))
    return Grid(
      title: title, header: [corner] + columns, rows: lines, labels: 1,
      notes: notes(best, hasBest: lines.joined().contains(where: \.isBest)))
  }

  private func cell(_ row: Int, _ column: Int, _ mean: Double?, isBest: Bool) -> Grid.Cell {
    let values = numbers[[rows[row], columns[column]]] ?? []
    let deviation = Self.deviation(values)
    let spread = deviation.map { " ± " + short($0) } ?? ""
    let gone = absent[[rows[row], columns[column]]] ?? 0
    let stops = stopped[[rows[row], columns[column]]] ?? []
    if mean == nil, gone == 0, let words = stops.first { return Grid.Cell(words, .null) }
    let remark =
      (gone > 0 && mean != nil ? " (\(gone) n/a)" : "") + (stops.isEmpty ? "" : " (\(stops.count) stopped)")
    return Grid.Cell((mean.map(short) ?? "n/a") + spread + remark, mean.map { .number($0) } ?? .null, isBest: isBest)
  }

  private func isBest(_ value: Double?, among rivals: [Double]) -> Bool {
    guard let value, rivals.count > 1 else { return false }
    switch better {
    case .higher: return rivals.allSatisfy { $0 <= value } && rivals.contains { $0 < value }
    case .lower: return rivals.allSatisfy { $0 >= value } && rivals.contains { $0 > value }
    case .neither: return false
    }
  }

  private func notes(_ best: TableRequest.Best, hasBest: Bool) -> [String] {
    var notes: [String] = []
    if hasBest { notes.append("*: the best of its \(best.rawValue); \(better.rawValue) is better") }
    if numbers.values.contains(where: { $0.count > 1 }) {
      let over = averaged.isEmpty ? "" : " over \(averaged.sorted().joined(separator: ", "))"
      notes.append("means\(over), with the standard deviation of a sample; n/a is in no mean")
    }
    if missing > 0 { notes.append("\(missing) task\(missing == 1 ? " has" : "s have") no result yet") }
    return notes
  }

  private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The standard deviation of a sample, divided by count - 1.
  static func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}

/// A number for a table: whole ones as they are, large ones with one decimal, others with three; where that says
/// nothing, three digits and a power of ten.
func short(_ value: Double) -> String {
  if value == value.rounded(), value.magnitude < 1e9 { return "\(Int(value))" }
  if value.magnitude >= 1e9 || (value.magnitude < 0.0005) { return String(format: "%.2e", value) }
  return fixed(value, decimals: value.magnitude >= 100 ? 1 : 3)
}
