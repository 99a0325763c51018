import Fingerprints
import Pipeline

/// What has no result: by stage, and each failure of the latest run with its log.
struct MissingSection {
  let source: ReportSource

  /// Nil where everything is there.
  var section: ReportSection? {
    guard !source.missing.isEmpty else { return nil }
    let grid = Grid(
      title: "Tasks without a result, by stage", header: ["stage", "tasks", "done", "missing"],
      rows: source.stages.compactMap { stage, tasks in
        let missing = tasks.count { $0.manifest == nil }
        guard missing > 0 else { return nil }
        return [Grid.Cell(label: stage)]
          + [tasks.count, tasks.count - missing, missing].map { Grid.Cell("\($0)", .integer(Int64($0))) }
      }, labels: 1)
    return ReportSection(
      "missing", "What is missing",
      [.table(ReportTable("missing", grid))] + failures + [
        .paragraph("What is missing is computed, and nothing else, by:"),
        .code("lightbench run \(source.arguments)", name: "The command that goes on"),
      ])
  }

  private var failures: [ReportBlock] {
    guard let run = source.runs.last else { return [.paragraph("The experiment never ran against this store.")] }
    let missing = Set(source.missing.map(\.address))
    let failed = run.tasks.filter { $0.state == .failed && missing.contains($0.address) }
    guard !failed.isEmpty else { return [] }
    let grid = Grid(
      title: "What failed in run \(run.id)", header: ["task", "phase", "message", "log"],
      rows: failed.map { task in
        [task.address, task.failure?.phase ?? "", task.failure?.message ?? "", task.log ?? "-"].map {
          Grid.Cell(label: $0)
        }
      }, labels: 4)
    return [.table(ReportTable("failures", grid))]
  }
}
