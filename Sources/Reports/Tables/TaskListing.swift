import Fingerprints
import Pipeline
import Recipes

/// The tasks of a stage, a line each: labels, parameters, metrics.
struct TaskListing {
  private let tasks: [TaskResult]
  private let title: String

  init(_ tasks: [TaskResult], title: String) {
    self.tasks = tasks
    self.title = title
  }

  var grid: Grid {
    let axes = tasks.first?.coordinate.axes ?? []
    let parameters = tasks.map { Self.leaves(of: .map($0.parameters), at: "") }
    let names = parameters.flatMap { $0.map(\.name) }.uniqued().sorted()
    let metrics = tasks.flatMap { $0.manifest?.metrics.map(\.name) ?? [] }.uniqued()
    let hasStopped = tasks.contains { $0.stopped != nil }
    let rows = zip(tasks, parameters).map { task, parameters -> [Grid.Cell] in
      let labels = axes.isEmpty ? [task.address] : axes.map { task.coordinate[$0] ?? "" }
      return labels.map { Grid.Cell(label: $0) }
        + names.map { name in
          let value = parameters.first { $0.name == name }?.value
          return Grid.Cell(value.map(Self.shown) ?? "-", value ?? .null)
        }
        + metrics.map { name in
          let value = task.manifest?.metrics.first { $0.name == name }?.value
          return Grid.Cell(value.map(short) ?? (task.manifest == nil ? "-" : "n/a"), value.map { .number($0) } ?? .null)
        } + (hasStopped ? [Grid.Cell(label: task.stopped ?? "-")] : [])
    }
    let missing = tasks.count { $0.manifest == nil && $0.stopped == nil }
    return Grid(
      title: title,
      header: (axes.isEmpty ? ["task"] : axes) + names + metrics + (hasStopped ? ["stopped"] : []), rows: rows,
      labels: max(axes.count, 1),
      notes: missing > 0 ? ["\(missing) task\(missing == 1 ? " has" : "s have") no result yet"] : [])
  }

  private static func shown(_ value: CanonicalValue) -> String {
    switch value {
    case .text(let text): text
    case .null: "-"
    case .bytes(let bytes): Digest(bytes: bytes)?.short ?? "\(bytes.count) bytes"
    default: String(value.description.prefix(40))
    }
  }

  private static func leaves(of value: CanonicalValue, at path: String) -> [(name: String, value: CanonicalValue)] {
    guard case .map(let entries) = value, !entries.isEmpty else { return path.isEmpty ? [] : [(path, value)] }
    return entries.sorted { $0.key < $1.key }.flatMap {
      leaves(of: $0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)")
    }
  }
}
