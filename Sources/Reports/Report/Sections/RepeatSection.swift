import Fingerprints
import Pipeline

/// How to repeat it: the commands, the versions, what outside data was, and the fingerprint of every task.
struct RepeatSection {
  let source: ReportSource

  var section: ReportSection {
    let recorded = source.run.map { " --run \($0)" } ?? ""
    let commands = [
      "lightbench run \(source.arguments)", "lightbench report \(source.arguments)\(recorded)",
      "lightbench table \(source.arguments)\(recorded)",
    ]
    return ReportSection(
      "repeat", "How to repeat it",
      [
        .code(commands.joined(separator: "\n"), name: "Commands"),
        .paragraph(
          "\(versions). Equal keys give equal bytes: two stores that name the same fingerprints hold the same results, "
            + "and 'lightbench cache verify --rerun' computes one again and compares."),
        .table(ReportTable("revisions", revisions)),
      ] + outside + [
        .details("The fingerprint of every task", [.table(ReportTable("fingerprints", fingerprints))])
      ])
  }

  private var versions: String {
    let numerics = source.results.compactMap { $0.key?.numerics }.uniqued().sorted().map(String.init)
    let builds = source.results.compactMap { $0.manifest?.provenance.build }.uniqued().sorted()
    let made = builds.isEmpty ? "" : ", results made by \(builds.joined(separator: ", "))"
    let engine = numerics.isEmpty ? "" : ", numerics of revision \(numerics.joined(separator: ", "))"
    return "This page was made by Lightbench \(source.version)\(made)\(engine)"
  }

  private var revisions: Grid {
    Grid(
      title: "Stages, their kinds and revisions", header: ["stage", "kind", "revision", "seed"],
      rows: source.stages.map { stage, tasks in
        let keys = tasks.compactMap(\.key)
        let seeds = keys.map { "\($0.seed)" }.uniqued()
        return [
          stage, tasks.first?.kind ?? "", keys.map { "\($0.revision)" }.uniqued().joined(separator: ", "),
          seeds.count > 3 ? "\(seeds.count) different ones" : seeds.joined(separator: ", "),
        ].map { Grid.Cell(label: $0) }
      }, labels: 4)
  }

  /// What was read from outside of the store: its digests stand in the keys of the tasks that read it.
  private var outside: [ReportBlock] {
    guard let plan = source.plan else { return [] }
    let rows = plan.entries.flatMap { entry in
      entry.parameters.filter { entry.task.prepared.parameters[$0.key] != $0.value }.sorted { $0.key < $1.key }
        .map { name, value in
          [entry.task.address, name, Self.words(for: value)].map { Grid.Cell(label: $0) }
        }
    }
    guard !rows.isEmpty else { return [] }
    return [
      .table(
        ReportTable(
          "outside-data",
          Grid(
            title: "Data from outside of the store", header: ["task", "parameter", "content"], rows: rows, labels: 3)))
    ]
  }

  private static func words(for value: CanonicalValue) -> String {
    switch value {
    case .bytes(let bytes): Digest(bytes: bytes)?.hex ?? "\(bytes.count) bytes"
    case .text(let text): text
    default: value.description
    }
  }

  private var fingerprints: Grid {
    Grid(
      title: "Tasks and their fingerprints", header: ["task", "state", "fingerprint"],
      rows: source.results.map { result in
        let name = result.manifest?.fingerprint.hex
        let state = name == nil ? result.stopped ?? "missing" : "done"
        return [result.address, state, name ?? "-"].map { Grid.Cell(label: $0) }
      }, labels: 3)
  }
}
