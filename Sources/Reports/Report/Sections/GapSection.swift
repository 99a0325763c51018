/// How far models fall from their own marker to others, as numbers.
struct GapSection {
  let tables: [ReportedTable]

  /// Nil where no table scores models on their own marker and on others.
  var section: ReportSection? {
    let blocks = tables.flatMap(blocks)
    return blocks.isEmpty ? nil : ReportSection("gap", "The generalization gap in numbers", blocks)
  }

  private func blocks(of table: ReportedTable) -> [ReportBlock] {
    guard let matrix = table.matrix, let gap = GeneralizationGap(matrix) else { return [] }
    var blocks: [ReportBlock] = tables.count > 1 ? [.heading(table.title)] : []
    if !table.coverage.isWhole {
      blocks.append(.notice("\(table.coverage.soFar): the numbers below are of these, and will change."))
    }
    blocks += matrix.gapSentences.map { .paragraph($0) }
    blocks.append(.table(ReportTable("\(table.stem).gap", gap.testGrid(title: "The gap by test marker"))))
    blocks.append(.table(ReportTable("\(table.stem).gap.models", gap.modelGrid(title: "The gap by model"))))
    for variant in matrix.markerVariants {
      guard let other = GeneralizationGap(variant.matrix) else { continue }
      let name = "\(table.stem).gap.\(variant.name.asFileName)"
      blocks.append(
        .details(
          "The gap of the rows '\(variant.name)'",
          [
            .table(ReportTable(name, other.testGrid(title: "By test marker, rows '\(variant.name)'"))),
            .table(ReportTable("\(name).models", other.modelGrid(title: "By model, rows '\(variant.name)'"))),
          ]))
    }
    if let study = table.study {
      let regions = study.ownRegionGrid(of: matrix, title: "F1 of each model on each region of its own marker")
      if !regions.rows.isEmpty { blocks.append(.table(ReportTable("\(table.stem).own-regions", regions))) }
    }
    return blocks
  }
}
