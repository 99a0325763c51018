import Pipeline

/// Pictures of the data: what detectors found, invented and missed, and what masked autoencoders make of crops.
struct PicturesSection {
  let source: ReportSource
  let tables: [ReportedTable]

  /// Nil where there is nothing to look at.
  var section: ReportSection? {
    guard let plan = source.plan else { return nil }
    let detections = tables.reduce(FigureSet()) { set, table in
      guard let pivot = table.pivot, let matrix = table.matrix, table.sweep == nil else { return set }
      let found = DetectionPictures(of: pivot, in: plan, store: source.store, matrix: matrix).set()
      return set + (found.figures.isEmpty ? FigureSet() : found.named(under: tables.count > 1 ? table.stem : nil))
    }
    let all = detections + ReconstructionPictures(of: plan, store: source.store).set()
    guard !all.figures.isEmpty else { return nil }
    return ReportSection(
      "pictures", "Pictures of the data", [.pictures(all.figures), .list(all.missing)].filter { $0 != .list([]) })
  }
}

extension FigureSet {
  /// The figures one below the other, then what is missing.
  ///
  /// - Parameter stem: What their names begin with, where several tables have figures of one name.
  func blocks(under stem: String?) -> [ReportBlock] {
    named(under: stem).figures.map { .figure($0) } + (missing.isEmpty ? [] : [.list(missing)])
      + gaps.map { .details($0.sentence, [.list($0.names)]) }
  }

  /// The same with names that begin with a stem.
  func named(under stem: String?) -> FigureSet {
    guard let stem else { return self }
    return FigureSet(
      figures.map {
        ReportFigure(
          name: "\(stem)-\($0.name)", title: $0.title, caption: $0.caption, alt: $0.alt, content: $0.content)
      }, missing: missing, gaps: gaps)
  }
}
