import Fingerprints
import Foundation
public import Pipeline
import Recipes
public import SystemPackage

/// What an experiment leaves under version control: tables, figures, the resolved recipe, provenance; no times.
public struct ResultsFolder: Sendable {
  /// One file of the folder.
  public struct File: Sendable, Equatable {
    /// The name in the folder.
    public let name: String
    /// The content.
    public let bytes: [UInt8]

    /// The content of a file of text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }

    init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }
  }

  /// The name of the folder: `phantom-matrix.no-contrast`.
  public let name: String
  /// The folder.
  public let path: FilePath
  /// In the order of their names.
  public let files: [File]

  /// Draws the results of an experiment that has run.
  ///
  /// - Parameters:
  ///   - repeats: A plan of cells of the same sweeps with several seeds, for the noise of the seed.
  ///   - results: The folder that holds all results.
  /// - Throws: `StoreError` if something is not in the store yet.
  public init(_ experiment: OpenExperiment, plan: Plan, repeats: Plan? = nil, below results: FilePath) throws {
    if let pending = plan.pending.first {
      throw StoreError("'\(pending.task.address)' has no result yet; run the experiment first")
    }
    name = experiment.name
    path = results.appending(name)
    let reader = PivotReader(plan, store: experiment.store)
    let noise = try repeats.flatMap { try PivotReader($0, store: experiment.store).noise }
    var files = [
      File(name: "recipe.yaml", text: experiment.resolvedRecipe(in: path)),
      File(name: "provenance.json", text: Self.provenance(plan, repeats: repeats)),
    ]
    for pivot in reader.pivots {
      let study = try MatrixStudy(of: pivot, in: plan, store: experiment.store)
      let title = Self.title(experiment, pivot: pivot)
      let refinement = study.flatMap { RefinementStudy(of: pivot, in: plan, study: $0) }
      let isMatrix = study != nil && refinement == nil
      let pictures = try Self.pictures(of: pivot, reader: reader, title: title, isMatrix: isMatrix)
      files += try Self.files(of: pivot, study, refinement, pictures, reader: reader, title: title, noise: noise)
    }
    self.files = files.sorted { $0.name < $1.name }
  }

  /// Writes the folder; a file that is already as it should be is not touched.
  ///
  /// - Returns: The files that were written.
  public func write() throws -> [FilePath] {
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    return try files.compactMap { file in
      let path = path.appending(file.name)
      if Self.content(of: path) == file.bytes { return nil }
      try Data(file.bytes).write(to: URL(filePath: path.string), options: .atomic)
      return path
    }
  }

  /// The files that differ from what is written in the folder.
  public func differences() -> [FilePath] {
    files.map { (path.appending($0.name), $0.bytes) }
      .filter { path, bytes in Self.content(of: path) != bytes }.map(\.0)
  }

  private static func content(of path: FilePath) -> [UInt8]? {
    FileManager.default.contents(atPath: path.string).map { Array($0) }
  }

  // MARK: - Files

  private static func title(_ experiment: OpenExperiment, pivot: Plan.Entry) -> String {
    experiment.name + (pivot.task.stage == "matrix" ? "" : ", \(pivot.task.address)")
  }

  /// One picture of detections of a matrix of markers, or a picture a data set of what autoencoders make of crops.
  private static func pictures(
    of pivot: Plan.Entry, reader: PivotReader, title: String, isMatrix: Bool
  ) throws -> ResultsPictures {
    let stem = pivot.task.stage
    if isMatrix {
      let matrix = try reader.matrix(of: pivot, title: title)
      let set = DetectionPictures(of: pivot, in: reader.plan, store: reader.store, matrix: matrix).median()
      return ResultsPictures(set, stem: stem, heading: "What was found and missed")
    }
    let isSweep = pivot.task.inputs.contains { reader.plan.entries[$0.producer].task.prepared.kind == "train.mae" }
    let set = isSweep ? ReconstructionPictures(of: reader.plan, store: reader.store).set() : FigureSet()
    return ResultsPictures(set, stem: stem, heading: "What the autoencoders make of crops")
  }

  private static func files(
    of pivot: Plan.Entry, _ study: MatrixStudy?, _ refinement: RefinementStudy?, _ pictures: ResultsPictures,
    reader: PivotReader, title: String, noise: Sweep.Noise?
  ) throws -> [File] {
    let matrix = try reader.matrix(of: pivot, title: title, study: study)
    let stem = pivot.task.stage
    var markdown = matrix.markdown() + "\n"
    if let study, matrix.hasDiagonal {
      let regions = study.ownRegionGrid(of: matrix, title: "By region: F1 of each model on its own marker")
      markdown += matrix.gapMarkdown() + "\n" + regions.markdown(level: 2) + "\n"
    }
    var files: [File] = []
    if let refinement {
      let tables = try RefinementFiles(study: refinement, stem: stem)
      markdown += tables.markdown
      files += tables.files
    }
    let sweep = try reader.sweep(of: pivot, title: title)
    if let sweep { markdown += sweep.sections(noise: noise) + "\n" }
    markdown += pictures.markdown + cellsMarkdown(reader.cells(of: pivot))
    files +=
      pictures.files + [
        File(name: "\(stem).csv", text: matrix.csv()),
        File(name: "\(stem).svg", text: Heatmap(matrix).svg()),
        File(name: "\(stem).cells.csv", text: cellsCSV(reader.cells(of: pivot))),
      ]
    if let sweep, sweep.numbers.count > 1 {
      files.append(File(name: "\(stem)-curves.svg", text: SweepCurves(sweep).svg()))
      if sweep.relativeMetric != sweep.metric {
        files.append(File(name: "\(stem)-loss-curves.svg", text: SweepCurves(sweep, of: .metric).svg()))
      }
    } else if PaperMatrix.isComparable(with: matrix) {
      let comparison = MatrixComparison.withPaper(matrix)
      markdown += "\n" + comparison.markdown()
      files.append(
        File(name: "\(stem)-and-paper.svg", text: SideBySide(comparison, title: "\(title) beside the paper").svg()))
    }
    if let study { files += try EvaluationFiles(matrix: matrix, study: study, stem: stem, title: title).files() }
    return files + [File(name: "\(stem).md", text: markdown)]
  }

  /// What stands beside each cell: for F1 the mean over regions, precision and recall, and what the scores could give.
  private static func cellsMarkdown(_ cells: [PivotReader.Cell]) -> String {
    let there = cells.first?.metrics.map(\.name) ?? []
    let scores = [
      "f1.pooled", "f1.mean", "precision.pooled", "recall.pooled", "average_precision", "f1.best", "detections",
      "annotations",
    ]
    let areScores = there.contains("f1.pooled")
    let names = areScores ? scores : Array(there.prefix(8))
    let hasGroups = cells.contains { !$0.group.isEmpty }
    let decimals =
      areScores
      ? ["detections": 0, "annotations": 0]
      : Dictionary(uniqueKeysWithValues: names.map { ($0, Self.decimals(of: $0, in: cells)) })
    var lines = ["## Cell by cell", ""]
    if areScores {
      lines.append(
        "`f1.best` is the F1 at the threshold that is best on the test regions themselves: what the scores could give,"
      )
      lines.append("not what a user gets. Every metric is in the file beside this one that ends in `.cells.csv`.")
    } else {
      lines.append("Every metric is in the file beside this one that ends in `.cells.csv`.")
    }
    let labels = (areScores ? ["model", "test"] : ["row", "column"]) + (hasGroups ? ["one of"] : [])
    lines += [
      "", "| " + (labels + names).joined(separator: " | ") + " |",
      "|" + String(repeating: ":--|", count: labels.count) + String(repeating: "--:|", count: names.count),
    ]
    for cell in cells {
      let values = names.map { name in
        let value = cell.metrics.first { $0.name == name }?.value
        return fixed(value, decimals: decimals[name] ?? 3)
      }
      let place = [cell.row, cell.column] + (hasGroups ? [cell.group] : [])
      lines.append("| \((place + values).joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// None for whole numbers, five for small ones.
  private static func decimals(of metric: String, in cells: [PivotReader.Cell]) -> Int {
    let numbers = cells.compactMap { cell in cell.metrics.first { $0.name == metric }?.value }
    if numbers.allSatisfy({ $0 == $0.rounded() }) { return 0 }
    return numbers.allSatisfy { $0.magnitude < 0.1 } ? 5 : 3
  }

  /// Every metric of every gathered task, a line each: what stands behind the table.
  private static func cellsCSV(_ cells: [PivotReader.Cell]) -> String {
    // A tuned cell has a metric more than the others; of all of them none is left out.
    var names: [String] = []
    for metric in cells.flatMap(\.metrics) where !names.contains(metric.name) { names.append(metric.name) }
    let hasGroups = cells.contains { !$0.group.isEmpty }
    let lines = cells.map { cell in
      let values = names.map { name in cell.metrics.first { $0.name == name }?.value.map { "\($0)" } ?? "n/a" }
      return ([cell.row, cell.column] + (hasGroups ? [cell.group] : []) + values).joined(separator: ",")
    }
    let header = ["row", "column"] + (hasGroups ? ["group"] : []) + names
    return ([header.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  /// Which computation every task was: fingerprints and revisions, never a commit, host, path or date.
  ///
  /// - Parameter repeats: Where the noise of the seed comes from; its tasks stand apart, under the variant's name.
  private static func provenance(_ plan: Plan, repeats: Plan?) -> String {
    let noise = repeats.map { repeats in
      """
      ,
        "noise": {"variant": "\(repeats.graph.recipe.variant ?? "")", "tasks": [
      \(tasks(of: repeats))
        ]}
      """
    }
    return """
      {
        "schema": 1,
        "numerics": \(plan.graph.numerics),
        "tasks": [
      \(tasks(of: plan))
        ]\(noise ?? "")
      }

      """
  }

  /// A line a task.
  private static func tasks(of plan: Plan) -> String {
    plan.entries.map { entry -> String in
      let outputs = (entry.manifest?.outputs ?? [:]).sorted { $0.key < $1.key }
        .map { "\"\($0.key)\": \"\($0.value.digest)\"" }.joined(separator: ", ")
      let stopped = entry.stoppedWords.map { ", \"stopped\": \"\($0)\"" } ?? ""
      return """
            {"task": "\(entry.task.address)", "kind": "\(entry.task.prepared.kind)", \
        "revision": \(entry.task.prepared.revision), \
        "fingerprint": "\(entry.manifest?.fingerprint.hex ?? "")", "outputs": {\(outputs)}\(stopped)}
        """
    }.joined(separator: ",\n")
  }
}
