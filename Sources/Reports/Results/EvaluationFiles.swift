import Imaging
import Pipeline

/// What the results of a matrix say beyond its cells: gap, intervals, regions, sensitivity.
struct EvaluationFiles {
  let matrix: Matrix
  let study: MatrixStudy
  let stem: String
  let title: String

  /// Tables as CSV, and the figure of rule and tolerance.
  func files() throws -> [ResultsFolder.File] {
    let sensitivity = try MatrixSensitivity(study)
    var files = [
      ResultsFolder.File(name: "\(stem).evaluation.csv", text: try study.cellGrid(title: title).csv()),
      ResultsFolder.File(name: "\(stem).regions.csv", text: study.regionGrid(title: title).csv()),
      ResultsFolder.File(name: "\(stem).sensitivity.csv", text: sensitivity.grid(title: title).csv()),
      ResultsFolder.File(
        name: "\(stem)-sensitivity.svg",
        text: SensitivityFigure(
          sensitivity, matrix: matrix, title: "\(title): F1 by matching rule and tolerance"
        ).svg()),
    ]
    if let gap = GeneralizationGap(matrix) {
      files.append(ResultsFolder.File(name: "\(stem).gap.csv", text: gap.testGrid(title: title).csv()))
    }
    return files
  }
}

extension Matrix {
  /// The gap as Markdown: one sentence, a table by test marker, one by model, and what a threshold chosen again
  /// changes; nothing where no cell scores a model on its own marker.
  func gapMarkdown() -> String {
    guard let gap = GeneralizationGap(self) else { return "" }
    var parts = ["## Generalization gap", gap.sentence() + "."]
    for variant in markerVariants {
      guard let other = GeneralizationGap(variant.matrix) else { continue }
      let share = gap.gap.flatMap { own in other.gap.map { own - $0 } }
      parts.append(
        "Rows '\(variant.name)': \(other.sentence()); so \(fixed(share, decimals: 2)) of the gap goes with that change alone."
      )
    }
    parts.append(gap.testGrid(title: "By test marker").markdown(level: 3))
    parts.append(gap.modelGrid(title: "By model").markdown(level: 3))
    return parts.joined(separator: "\n\n")
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
          rowAxis: rowAxis, columnAxis: columnAxis)
      )
    }
  }
}
