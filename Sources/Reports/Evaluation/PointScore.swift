public import Artifacts
import Fingerprints
public import Imaging
import Pipeline

/// Anybody's points scored against annotations, region by region, outside of any recipe.
public struct PointScore: Sendable {
  /// What is counted where, and what a match is.
  public struct Rules: Sendable {
    public var settings = ScoringSettings()
    /// In pixels of the plane; in micrometres where the unit is.
    public var tolerance = 6.0
    /// The voxel size, which micrometres need.
    public var voxelSize: VoxelSize?
    /// Where nothing counts, in every region.
    public var ignore: [Imaging.Box] = []
    /// Pixels along each face that do not count; needs `size`.
    public var border = 0
    /// The size of every region; nil for the smallest box from 0 that holds all points.
    public var size: Extent?

    /// Greedy, 6 px, everything counts.
    public init() {}
  }

  public let study: DetectionStudy
  public let rules: Rules
  private let bootstrap = BlockBootstrap()

  /// Pairs regions by their names, or one with one where a file names none, and scores them.
  ///
  /// - Parameters:
  ///   - predictions: Those of a region that the annotations lack are an error; a region without any has none.
  ///   - annotations: Which regions there are; where there is no point at all, those of the predictions.
  /// - Throws: `TaskFailure` for regions that do not pair, and for rules that lack something.
  public init(_ predictions: PointFile, against annotations: PointFile, _ rules: Rules) throws {
    guard rules.border == 0 || rules.size != nil else {
      throw Self.failure("a border of \(rules.border) pixels needs the size of the volume; say it with --size z,y,x")
    }
    if rules.settings.unit == .um, rules.voxelSize == nil {
      throw Self.failure("a tolerance in micrometres needs the voxel size; say it with --voxel z,y,x")
    }
    if let tau = rules.settings.tau, !predictions.hasScores, predictions.regions.contains(where: \.isFilled) {
      throw Self.failure(
        "a threshold of \(short(tau)) needs scores, and the predictions have none; leave --tau out")
    }
    self.rules = rules
    // A tolerance in micrometres is one of pixels in the plane: the settings multiply it back.
    let pixels = rules.settings.unit == .um ? rules.tolerance / (rules.voxelSize?.inPlane ?? 1) : rules.tolerance
    study = DetectionStudy(
      regions: try Self.pairs(predictions, annotations).map { name, detections, cells in
        ScoredRegion(
          id: name.isEmpty ? "all" : name, detections: detections, annotations: cells,
          area: EvaluationArea(
            size: rules.size ?? Self.hull(detections.points + cells), ignore: rules.ignore, border: rules.border),
          voxelSize: rules.voxelSize, tolerance: pixels)
      }, settings: rules.settings)
  }

  /// What was found and what is there, by region; a file without any point has no regions of its own.
  private static func pairs(
    _ predictions: PointFile, _ annotations: PointFile
  ) throws -> [(name: String, found: Detections, cells: [Point])] {
    let found = predictions.regions.filter(\.isFilled)
    guard annotations.regions.contains(where: \.isFilled) else {
      let names = found.isEmpty ? [annotations.regions.first?.name ?? ""] : found.map(\.name)
      return names.enumerated().map { place, name in
        (name, found.isEmpty ? Detections() : found[place].detections, [])
      }
    }
    if found.count == 1, annotations.regions.count == 1 {
      let (one, other) = (found[0], annotations.regions[0])
      if one.name == other.name || one.name.isEmpty || other.name.isEmpty {
        return [(other.name.isEmpty ? one.name : other.name, one.detections, other.detections.points)]
      }
    }
    if let stray = found.first(where: { region in !annotations.regions.contains { $0.name == region.name } }) {
      let known = annotations.regions.map { $0.name.isEmpty ? "one without a name" : "'\($0.name)'" }
      throw failure(
        "the predictions have \(stray.name.isEmpty ? "points without a region" : "a region '\(stray.name)'"), the "
          + "annotations have \(known.joined(separator: ", ")); regions pair by their names")
    }
    return annotations.regions.map { region in
      let match = found.first { $0.name == region.name }
      return (region.name, match?.detections ?? Detections(), region.detections.points)
    }
  }

  /// The smallest size of a volume that holds some points.
  private static func hull(_ points: [Point]) -> Extent {
    func side(_ axis: (Point) -> Float) -> Int { 1 + Int(min(1e9, max(0, points.map(axis).max() ?? 0)).rounded()) }
    return Extent(side { $0.z }, side { $0.y }, side { $0.x })
  }

  private static func failure(_ message: String) -> TaskFailure { TaskFailure(code: .badData, message: message) }

  // MARK: - The table

  /// A line a region, then pooled, then the mean over regions; the 95% interval of the pooled F1 is in the notes.
  ///
  /// - Throws: `TaskFailure` where there is too much for the rule.
  public func grid(title: String) throws -> Grid {
    do {
      return try scored(title: title)
    } catch let error as MatchingError {
      throw Self.failure(error.description)
    }
  }

  private func scored(title: String) throws -> Grid {
    let evaluation = try study.evaluation()
    let intervals = try study.intervals(bootstrap)
    var rows = evaluation.regions.map { line($0.id, $0.scores, $0.counts) }
    if rows.count > 1 {
      rows.append(line("pooled", evaluation.pooled, evaluation.pooledCounts))
      rows.append(line("mean", evaluation.mean, nil))
    }
    return Grid(
      title: title,
      header: ["region", "F1", "precision", "recall", "localisation", "detections", "annotations", "matches"],
      rows: rows, labels: 1, notes: notes(evaluation, intervals))
  }

  private func line(_ name: String, _ scores: Scores, _ counts: MatchCounts?) -> [Grid.Cell] {
    let measures = [scores.f1, scores.precision, scores.recall, scores.localisationError]
    let numbers = [counts?.detections, counts?.annotations, counts?.matchedDetections]
    return [Grid.Cell(label: name)]
      + measures.map { Grid.Cell(fixed($0, decimals: 3), $0.map { .number($0) } ?? .null) }
      + numbers.map { number in
        Grid.Cell(number.map { "\($0)" } ?? "", number.map { .number(Double($0)) } ?? .null)
      }
  }

  private func notes(_ evaluation: Evaluation, _ intervals: BlockBootstrap.Intervals) -> [String] {
    let unit = rules.settings.unit
    var notes = [
      "matching: \(rules.settings.rule.words), within \(short(rules.tolerance)) \(unit.rawValue), \(unit.words)"
    ]
    if let tau = rules.settings.tau { notes.append("detections count from a score of \(short(tau))") }
    if !rules.ignore.isEmpty || rules.border > 0 {
      let boxes = rules.ignore.count == 1 ? "1 ignore box" : "\(rules.ignore.count) ignore boxes"
      notes.append("left out: \(boxes), a border of \(rules.border) px")
    }
    if evaluation.regionsWithoutF1 > 0 {
      notes.append("\(evaluation.regionsWithoutF1) regions hold neither detections nor annotations: n/a, in no mean")
    }
    if intervals.isTooLarge {
      notes.append(
        "no intervals: more than \(BlockBootstrap.mostBlocks) blocks of \(short(bootstrap.blockSize)) px lie between "
          + "0 and the last point, or in the size")
    }
    if let f1 = intervals.pooled.f1 {
      notes.append(
        "95% interval of the pooled F1: \(fixed(f1.low, decimals: 3)) to \(fixed(f1.high, decimals: 3)), by bootstrap "
          + "over \(intervals.blocks) blocks of \(short(bootstrap.blockSize)) px")
    }
    return notes
  }
}

extension PointFile.Region {
  fileprivate var isFilled: Bool { !detections.points.isEmpty }
}
