import Artifacts
import Imaging
public import Pipeline

/// Pictures of what detectors found, false and missed: a picture a test marker.
///
/// What a reader wants to see first is what the number on the diagonal looks like, and what goes wrong off it. So a
/// picture shows the marker's own model, the best foreign one and the worst, all on the same window: of the region on which
/// the own model's F1 is the median, which is neither the best nor the worst of it, the window with the most annotations.
/// Where there is no foreign model, the best baseline stands in. That keeps a 6x6 at six pictures below a megabyte.
///
/// For a report: `DetectionPictures(of: pivot, in: plan, store: store, matrix: matrix).set()`.
public struct DetectionPictures {
  private let cells: [[String]: Plan.Entry]
  let matrix: Matrix
  private let reader: StudyReader

  /// - Parameters:
  ///   - pivot: The table, whose gathered evaluations are looked at; those not computed yet are left out.
  ///   - matrix: The same table for readers.
  public init(of pivot: Plan.Entry, in plan: Plan, store: Store, matrix: Matrix) {
    var cells: [[String]: Plan.Entry] = [:]
    for input in pivot.task.inputs where input.port == "metrics" {
      let entry = plan.entries[input.producer]
      guard entry.isCached, StudyReader.isEvaluation(entry) else { continue }
      let place = [input.labels["row"] ?? "", input.labels["column"] ?? ""]
      // Of replicates the first.
      cells[place] = cells[place] ?? entry
    }
    self.cells = cells
    self.matrix = matrix
    reader = StudyReader(plan, store: store)
  }

  // MARK: -

  /// `detections-MARKER` for each column of the matrix; what cannot be read is named.
  public func set() -> FigureSet {
    matrix.columns.reduce(FigureSet()) { $0 + set(of: $1) }
  }

  /// The same of one column.
  func set(of column: Matrix.Column) -> FigureSet {
    let rows = rows(on: column)
    guard !rows.isEmpty else {
      return FigureSet(missing: ["no picture of detections on \(column.name): no detector was scored there"])
    }
    do {
      return try figures(of: column, rows)
    } catch {
      return FigureSet(missing: ["no picture of detections on \(column.name): \(error)"])
    }
  }

  /// The rows shown of a column: its own model, the best foreign one, the worst; else the best baseline.
  func rows(on column: Matrix.Column) -> [Matrix.Row] {
    let place = matrix.columns.firstIndex(of: column) ?? 0
    let known = matrix.rows.filter { cells[[$0.label, column.label]] != nil }
    func score(_ row: Matrix.Row) -> Double { row.values[place] ?? -1 }
    /// The best first, of equals the upper one.
    func ranked(_ rows: [Matrix.Row]) -> [Matrix.Row] {
      rows.enumerated().sorted { (score($1.element), $0.offset) < (score($0.element), $1.offset) }.map(\.element)
    }
    let own = known.filter { matrix.isDiagonal($0, column) }
    let foreign = ranked(known.filter { $0.kind == .model && !matrix.isDiagonal($0, column) })
    if let best = foreign.first { return own + [best] + (foreign.count > 1 ? foreign.suffix(1) : []) }
    return own + ranked(known.filter { $0.kind != .model }).prefix(1)
  }

  // MARK: - One picture

  /// A detector on the region that is shown.
  private struct Shown {
    let row: Matrix.Row
    let title: String
    let settings: ScoringSettings
    let outcome: RegionOutcome
  }

  private func figures(of column: Matrix.Column, _ rows: [Matrix.Row]) throws -> FigureSet {
    guard let entry = cells[[rows[0].label, column.label]] else { throw StoreError("there is no evaluation") }
    let study = try reader.study(of: entry)
    let region = study.regions[try Self.medianRegion(study)]
    guard let image = try reader.images(of: entry).regions.first(where: { $0.id == region.id }) else {
      throw StoreError("region '\(region.id)' has no image")
    }
    // A row may gather evaluations of other regions, whose points lie in other images.
    let digest = try reader.regionsDigest(of: entry)
    var (shown, missing): ([Shown], [String]) = ([], [])
    for row in rows {
      guard let entry = cells[[row.label, column.label]] else { continue }
      let study = try reader.study(of: entry)
      guard try reader.regionsDigest(of: entry) == digest, let own = study.regions.first(where: { $0.id == region.id })
      else {
        missing.append(
          "no picture of \(row.name) on \(column.name): it was scored on other regions than \(rows[0].name)")
        continue
      }
      shown.append(
        Shown(
          row: row, title: title(of: row, on: column), settings: study.settings,
          outcome: try own.outcome(study.settings)))
    }
    return FigureSet([try figure(of: column, region, image, shown)], missing: missing)
  }

  private func figure(
    of column: Matrix.Column, _ region: ScoredRegion, _ image: StreamedRegions.Region, _ shown: [Shown]
  ) throws -> ReportFigure {
    let window = PictureWindow(
      of: image.size, voxelSize: image.voxelSize, tolerance: region.tolerance, annotations: region.annotations)
    let sheet = OutcomeSheet(
      volume: Volume(size: window.box.size, values: try image.voxels(in: window.box), voxelSize: image.voxelSize),
      window: window, area: region.area, rows: shown.map { OutcomeSheet.Row(title: $0.title, outcome: $0.outcome) })
    let counts = shown.map {
      "\($0.title): F1 \(fixed($0.outcome.counts.scores.f1, decimals: 2)), \($0.outcome.words)"
    }
    return ReportFigure(
      name: "detections-\(Self.fileName(column.label))", title: "Detections on \(column.name)",
      caption: caption(column, region, image, window, shown),
      alt: "Region \(region.id) of \(column.name). \(counts.joined(separator: "; ")).", content: .png(try sheet.png()))
  }

  /// The region with the median F1, the lower one of two in the middle; n/a counts as none.
  static func medianRegion(_ study: DetectionStudy) throws -> Int {
    let scores = try study.evaluation().regions.map { $0.scores.f1 ?? -1 }
    let ranked = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    guard !ranked.isEmpty else { throw StoreError("there are no regions") }
    return ranked[(ranked.count - 1) / 2]
  }

  private func title(of row: Matrix.Row, on column: Matrix.Column) -> String {
    switch row.kind {
    case .model: "\(row.name) model\(matrix.isDiagonal(row, column) ? " (its own)" : "")"
    case .variant, .baseline: row.name
    }
  }

  private func caption(
    _ column: Matrix.Column, _ region: ScoredRegion, _ image: StreamedRegions.Region, _ window: PictureWindow,
    _ shown: [Shown]
  ) -> String {
    let (low, high) = (window.box.lower, window.box.upper)
    let voxel = image.voxelSize.map { "\($0.product) \u{b5}m (z, y, x)" }
    let depth = image.voxelSize.map { voxel in
      " (z from \(trimmed(Double(low.z) * voxel.z)) to \(trimmed(Double(high.z) * voxel.z)) \u{b5}m)"
    }
    let settings = shown[0].settings
    let tolerance = trimmed(region.tolerance * settings.toleranceFactor)
    let left = region.area.ignore.isEmpty && region.area.border == 0 ? "" : " Hatched: what does not count."
    let choice =
      matrix.isDiagonal(shown[0].row, column)
      ? "median F1 of the marker's own model" : "median F1 of \(shown[0].row.name)"
    let thresholds = shown.map { shown in
      "\(shown.row.name) \(shown.settings.tau.map { fixed(min($0, 1e9), decimals: 3) } ?? "none")"
    }
    return
      "Circle: found; cross: false; square: missed. Region '\(region.id)', that of the \(choice); the window "
      + "with the most annotations: planes \(low.z)-\(high.z - 1) of \(image.size.z)\(depth ?? ""), rows "
      + "\(low.y)-\(high.y - 1) of \(image.size.y), columns \(low.x)-\(high.x - 1) of \(image.size.x). Numbers are of "
      + "the whole region. At left the maximum of these planes with the cells whose centres lie in them, at right one "
      + "plane with cells at most one plane away: what is bright without a mark there has its centre in other "
      + "planes.\(left) "
      + "Detections at or above the threshold (\(thresholds.joined(separator: ", "))); \(settings.rule.words) within "
      + "\(tolerance) px, \(settings.unit.words). Voxels: \(voxel ?? "of unknown size"). Black and white are percentiles "
      + "\(trimmed(OutcomeSheet.percents.low)) and \(trimmed(OutcomeSheet.percents.high)) of the window."
  }

  /// Only of letters, digits, `.`, `_` and `-`.
  static func fileName(_ label: String) -> String {
    String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
  }
}
