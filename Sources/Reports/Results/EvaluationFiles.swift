import Imaging
import Pipeline

/// What the results of a matrix say beyond its cells: gap, intervals, regions, sensitivity.
struct EvaluationFiles {
  let matrix: Matrix
  let study: MatrixStudy
  let stem: String
  let title: String

  /// Tables as CSV, what holds of them in `STEM.evaluation.md`, and the figure of rule and tolerance.
  func files() throws -> [ResultsFolder.File] {
    let sensitivity = try MatrixSensitivity(study)
    let tables: [(String, String, Grid)] =
      [
        ("evaluation", "each cell in full", try study.cellGrid(title: title)),
        ("regions", "each cell by region", study.regionGrid(title: title)),
        ("curve", "precision and recall by threshold", try study.curveGrid(title: title)),
        ("calibration", "scores of models as probabilities", try study.calibrationGrid(title: title)),
        ("sensitivity", "F1 by matching rule and tolerance", sensitivity.grid(title: title)),
      ] + gaps()
    let filled = tables.filter { !$0.2.rows.isEmpty }
    let figure = SensitivityFigure(sensitivity, matrix: matrix, title: "\(title): F1 by matching rule and tolerance")
    return filled.map { name, _, grid in ResultsFolder.File(name: "\(stem).\(name).csv", text: grid.csv()) } + [
      ResultsFolder.File(name: "\(stem)-sensitivity.svg", text: figure.svg()),
      ResultsFolder.File(name: "\(stem).evaluation.md", text: notes(of: filled)),
    ]
  }

  /// The gap by test marker and by model, and so for each kind of row a marker: `gap`, `gap.models`, `gap.tuned`,
  /// `gap.tuned.models`.
  private func gaps() -> [(String, String, Grid)] {
    let matrices =
      [("gap", matrix)]
      + matrix.markerVariants.map { name, matrix in
        ("gap." + name.replacing(" ", with: "-"), matrix)
      }
    return matrices.flatMap { name, matrix -> [(String, String, Grid)] in
      guard let gap = GeneralizationGap(matrix) else { return [] }
      return [
        (name, "the gap by test marker", gap.testGrid(title: title)),
        (name + ".models", "the gap by model", gap.modelGrid(title: title)),
      ]
    }
  }

  /// CSV has no place for the notes of a table: they stand here.
  private func notes(of tables: [(String, String, Grid)]) -> String {
    var lines = ["# \(title): the tables in full", ""]
    for (name, words, grid) in tables {
      lines.append("- `\(stem).\(name).csv`: \(words)")
      lines += grid.notes.map { "  - \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Matrix {
  /// The gap as Markdown: one sentence, a table by test marker, one by model, and what a threshold chosen again
  /// changes; nothing where no cell scores a model on its own marker.
  func gapMarkdown() -> String {
    guard let gap = GeneralizationGap(self) else { return "" }
    var parts = ["## Generalization gap"] + gapSentences
    parts.append(gap.testGrid(title: "By test marker").markdown(level: 3))
    parts.append(gap.modelGrid(title: "By model").markdown(level: 3))
    return parts.joined(separator: "\n\n")
  }

  /// The gap in one sentence, and that of each other kind of row, such as a threshold chosen again.
  var gapSentences: [String] {
    guard let gap = GeneralizationGap(self) else { return [] }
    let changes = markerVariants.compactMap { variant -> String? in
      guard let other = GeneralizationGap(variant.matrix) else { return nil }
      let change = gap.gap.flatMap { own in other.gap.map { own - $0 } }.map { change in
        ", \(fixed(abs(change), decimals: 2)) \(change < 0 ? "more" : "less") than that of the models above"
      }
      return "Rows '\(variant.name)': \(other.sentence())\(change ?? "")."
    }
    return [gap.sentence() + "."] + changes
  }

  /// Matrices of the variants that have a row a marker, such as `cfos tuned`, each as if its rows were the models.
  public var markerVariants: [(name: String, matrix: Matrix)] {
    let labels = Set(columns.map(\.label))
    var names: [String] = []
    var rows: [String: [Row]] = [:]
    for row in variantRows {
      let words = row.label.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2, labels.contains(words[0]) else { continue }
      if rows[words[1]] == nil { names.append(words[1]) }
      rows[words[1], default: []].append(
        Row(label: words[0], name: row.name, values: row.values, spreads: row.spreads, intervals: row.intervals))
    }
    return names.map { name in
      (
        name,
        Matrix(
          title: "\(title), \(name)", metric: metric, columns: columns, rows: rows[name] ?? [], notes: notes,
          rowAxis: rowAxis, columnAxis: columnAxis, isLowerBetter: isLowerBetter)
      )
    }
  }
}
