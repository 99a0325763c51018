import Artifacts
import Imaging
import Pipeline

/// A threshold chosen again, on validation regions of the marker that is tested: how much of a gap is threshold alone.
///
/// It is chosen as `train.detector` chooses a model's own, so that on its own marker nothing changes.
struct TunedThreshold {
  let tau: Double
  let metrics: [Metric]

  /// The choice on `tuning_detections` and `tuning_regions`; nil where they are not connected.
  init?(_ inputs: StageInputs) throws {
    guard let detections = try inputs.optional("tuning_detections"), let regions = try inputs.optional("tuning_regions")
    else { return nil }
    try self.init(RegionDetections(detections), on: AnnotatedRegions(regions))
  }

  private init(_ found: RegionDetections, on regions: AnnotatedRegions) throws {
    try found.check(isOf: regions)
    let known = zip(regions.regions, found.detections).map { $0.found($1) }
    guard !known.isEmpty else {
      throw TaskFailure(code: .badData, message: "there are no tuning regions of '\(regions.marker.label)'")
    }
    // Only a detector's own scale of scores tells where thresholds lie that are no probabilities.
    let areProbabilities = found.tau == nil && !found.detections.contains { $0.scores.contains { $0 > 1 } }
    let choice = try ThresholdChoice.best(
      known,
      thresholds: areProbabilities
        ? ThresholdChoice.logitSpaced()
        : ThresholdChoice.rankSpaced(
          known.map(\.detections), annotations: known.reduce(0) { $0 + $1.annotations.count }),
      tolerance: .pixels(regions.marker.tolerance))
    tau = Double(choice.threshold)
    metrics = [Metric("tuning.f1", choice.f1, better: .higher)]
  }
}

extension RegionDetections {
  /// - Throws: `TaskFailure` where these are detections of other regions.
  func check(isOf regions: AnnotatedRegions) throws {
    guard self.regions == regions.regions.map(\.id) else {
      throw TaskFailure(
        code: .badData,
        message: "the detections are of the regions \(self.regions), not of \(regions.regions.map(\.id))")
    }
  }
}
