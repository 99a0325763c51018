import Imaging

/// By which rules the cells of a study were scored, in words: every table states them.
extension MatrixStudy {
  /// Rule and unit, the tolerances, and what was left out: one line each where all cells are alike.
  var settingsNotes: [String] {
    let rules = cells.map { cell in
      let settings = cell.study.settings
      return "matching: \(settings.rule.words) within the test marker's tolerance, \(settings.unit.words)"
    }
    return distinct(rules) + [toleranceNote, areaNote] + sizeNotes
  }

  /// The same where rule and tolerance are varied.
  var variedNotes: [String] {
    let units = cells.map { "pooled F1; multiples of the test marker's tolerance, \($0.study.settings.unit.words)" }
    return distinct(units) + [toleranceNote, areaNote]
  }

  /// `tolerance by test: neun 6 px, th 8 px`.
  private var toleranceNote: String {
    let found = cells.flatMap { cell in
      cell.study.regions.map { "\(cell.column) \(short($0.tolerance * cell.study.settings.toleranceFactor)) px" }
    }
    return "tolerance by test: " + distinct(found).joined(separator: ", ")
  }

  /// Border and ignore boxes: `left out: a border of 4 px, 2 ignore boxes`.
  var areaNote: String {
    let borders = Set(cells.flatMap { $0.study.regions.map(\.area.border) }).sorted()
    // The regions of a test stand in the cells of every model.
    var boxes: [[String]: Int] = [:]
    for cell in cells {
      for region in cell.study.regions { boxes[[cell.column, region.id]] = region.area.ignore.count }
    }
    let count = boxes.values.reduce(0, +)
    let border =
      borders.allSatisfy { $0 == 0 }
      ? "no border" : "a border of \(borders.map(String.init).joined(separator: " or ")) px"
    return
      "left out: \(border), \(count == 0 ? "no ignore boxes" : count == 1 ? "1 ignore box" : "\(count) ignore boxes")"
  }

  private var sizeNotes: [String] {
    guard cells.contains(where: \.intervals.isTooLarge) else { return [] }
    return ["no intervals in cells of more than \(BlockBootstrap.mostBlocks) blocks"]
  }

  private func distinct(_ texts: [String]) -> [String] {
    var found: [String] = []
    for text in texts where !found.contains(text) { found.append(text) }
    return found
  }
}
