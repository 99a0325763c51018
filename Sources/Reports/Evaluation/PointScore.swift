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

  /// Pairs regions by their names, or one with one, and scores them.
  ///
  /// - Parameters:
  ///   - predictions: Those of a region that the annotations lack are an error; a region without any has none.
  ///   - annotations: Which regions there are.
  /// - Throws: `TaskFailure` for regions that do not pair, and for rules that lack something.
  public init(_ predictions: PointFile, against annotations: PointFile, _ rules: Rules) throws {
    guard rules.border == 0 || rules.size != nil else {
      throw Self.failure("a border of \(rules.border) pixels needs the size of the volume; say it with --size z,y,x")
    }
    if rules.settings.unit == .um, rules.voxelSize == nil {
      throw Self.failure("a tolerance in micrometres needs the voxel size; say it with --voxel z,y,x")
    }
    let isSingle = predictions.regions.count == 1 && annotations.regions.count == 1
    if !isSingle,
      let stray = predictions.regions.first(where: { region in
        !annotations.regions.contains { $0.name == region.name }
      })
    {
      let known = annotations.regions.map { "'\($0.name)'" }.joined(separator: ", ")
      throw Self.failure(
        "the predictions have a region '\(stray.name)', the annotations have \(known.isEmpty ? "none" : known)")
    }
    self.rules = rules
    // A tolerance in micrometres is one of pixels in the plane: the settings multiply it back.
    let pixels = rules.settings.unit == .um ? rules.tolerance / (rules.voxelSize?.inPlane ?? 1) : rules.tolerance
    study = DetectionStudy(
      regions: annotations.regions.map { region in
        let found = isSingle ? predictions.regions[0] : predictions.regions.first { $0.name == region.name }
        let detections = found?.detections ?? Detections()
        return ScoredRegion(
          id: region.name.isEmpty ? "all" : region.name, detections: detections, annotations: region.detections.points,
          area: EvaluationArea(
            size: rules.size ?? Self.hull(detections.points + region.detections.points), ignore: rules.ignore,
            border: rules.border),
          voxelSize: rules.voxelSize, tolerance: pixels)
      }, settings: rules.settings)
  }

  /// The smallest size of a volume that holds some points.
  private static func hull(_ points: [Point]) -> Extent {
    func side(_ axis: (Point) -> Float) -> Int { 1 + Int(min(1e9, max(0, points.map(axis).max() ?? 0)).rounded()) }
    return Extent(side { $0.z }, side { $0.y }, side { $0.x })
  }

  private static func failure(_ message: String) -> TaskFailure { TaskFailure(code: .badData, message: message) }

  // MARK: - The table

  /// A line a region, then pooled with 95% intervals, then the mean over regions.
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
    if let f1 = intervals.pooled.f1 {
      notes.append(
        "95% interval of the pooled F1: \(fixed(f1.low, decimals: 3)) to \(fixed(f1.high, decimals: 3)), by bootstrap "
          + "over \(intervals.blocks) blocks of \(short(bootstrap.blockSize)) px")
    }
    return notes
  }
}
