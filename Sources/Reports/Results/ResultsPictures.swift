/// Pictures among results: PNG files, and what the Markdown says of them.
struct ResultsPictures {
  let files: [ResultsFolder.File]
  /// A heading and each picture with its caption; empty where there is nothing to say.
  let markdown: String

  /// - Parameters:
  ///   - stem: What the names of files begin with.
  ///   - heading: What the pictures show.
  init(_ set: FigureSet, stem: String, heading: String) {
    let pictures = set.figures.compactMap { figure -> (figure: ReportFigure, bytes: [UInt8])? in
      guard case .png(let bytes) = figure.content else { return nil }
      return (figure, bytes)
    }
    files = pictures.map { ResultsFolder.File(name: "\(stem)-\($0.figure.name).png", bytes: $0.bytes) }
    let parts =
      pictures.map { figure, _ in
        let alt = figure.alt.replacing("[", with: "(").replacing("]", with: ")")
        return "### \(figure.title)\n\n![\(alt)](\(stem)-\(figure.name).png)\n\n\(figure.caption)"
      } + (set.missing.isEmpty ? [] : [set.missing.map { "- \($0)" }.joined(separator: "\n")])
    markdown = parts.isEmpty ? "" : (["## \(heading)"] + parts).joined(separator: "\n\n") + "\n\n"
  }
}

extension DetectionPictures {
  /// The picture of one marker, named `detections`: that on which F1 of the own model is the median of all, the lower
  /// one of two in the middle; nothing where no model was scored on its own marker.
  ///
  /// One is enough to see what a number on the diagonal looks like; a report has them all.
  func median() -> FigureSet {
    let scores = matrix.columns.compactMap { column in
      matrix.value(row: column.label, column: column.label).map { (column: column, score: $0) }
    }
    let ranked = scores.enumerated().sorted { ($0.element.score, $0.offset) < ($1.element.score, $1.offset) }
    guard matrix.hasDiagonal, !ranked.isEmpty else { return FigureSet() }
    let set = set(of: ranked[(ranked.count - 1) / 2].element.column)
    return FigureSet(set.figures.map { $0.named("detections") }, missing: set.missing)
  }
}
