public import Pipeline
import Recipes

/// Curves of the trainings of an experiment, from their logs: the loss of batches by step, and the loss on fixed crops of
/// the validation regions; a panel a training, a figure a stage.
///
/// For a report: `TrainingFigures(of: plan, store: store).set()`; empty for an experiment without trainings. Rows that were
/// imported, or computed by a version that logged no losses, have no curve, and are named.
public struct TrainingFigures {
  /// One training.
  struct Training {
    var address: String
    /// The labels of its address.
    var name: String
    var log: TrainingLog
    /// What it came to: `F1 0.83`.
    var outcome: String?
  }

  private let plan: Plan
  private let store: Store

  /// - Parameter plan: Trainings not in the store yet are left out, and those that were stopped.
  public init(of plan: Plan, store: Store) {
    (self.plan, self.store) = (plan, store)
  }

  // MARK: -

  /// `training-STAGE` for each stage of trainings.
  ///
  /// - Throws: `SystemError` for a log that cannot be read.
  public func set() throws -> FigureSet {
    let entries = plan.entries.filter {
      $0.stopping == nil && $0.task.experiment == nil
        && ["train.detector", "train.mae"].contains($0.task.prepared.kind)
    }
    var stages: [String] = []
    for entry in entries where !stages.contains(entry.task.stage) { stages.append(entry.task.stage) }
    return try stages.reduce(FigureSet()) { set, stage in
      var (trainings, absent): ([Training], [String]) = ([], [])
      for entry in entries where entry.task.stage == stage {
        if let training = try training(entry) { trainings.append(training) } else { absent.append(entry.task.address) }
      }
      return set
        + FigureSet(
          Self.figure(of: stage, trainings).map { [$0] } ?? [],
          gaps: Self.gap(absent, of: trainings.count + absent.count, stage).map { [$0] } ?? [])
    }
  }

  /// What is said of trainings without a curve; nil where there are none.
  static func gap(_ absent: [String], of all: Int, _ stage: String) -> FigureSet.Gap? {
    guard !absent.isEmpty else { return nil }
    return FigureSet.Gap(
      sentence: "no curve of \(absent.count) of the \(counted(all, "training")) of '\(stage)': no result, or a log "
        + "without losses", names: absent)
  }

  private func training(_ entry: Plan.Entry) throws -> Training? {
    guard let manifest = entry.manifest, let text = try store.log(of: manifest) else { return nil }
    let log = TrainingLog(text)
    guard !log.training.isEmpty || !log.validation.isEmpty else { return nil }
    let labels = entry.task.coordinate.labels
    let value = { (name: String) in manifest.metrics.first { $0.name == name }?.value }
    let outcome =
      value("validation.f1").map { "F1 \(fixed($0, decimals: 2))" }
      ?? value("validation.relative_to_own_mean").map { "\(fixed($0, decimals: 2)) of own mean" }
    return Training(
      address: entry.task.address, name: labels.isEmpty ? entry.task.stage : labels.joined(separator: " "), log: log,
      outcome: outcome)
  }

  // MARK: - One figure

  static func figure(of stage: String, _ trainings: [Training]) -> ReportFigure? {
    guard !trainings.isEmpty else { return nil }
    let hasValidation = trainings.contains { !$0.log.validation.isEmpty }
    let spoken = trainings.map { training in
      let losses = [("loss", training.log.training.last), ("validation loss", training.log.validation.last)]
      let words = losses.compactMap { name, last in
        last.map { "\(name) \(fixed($0.loss, decimals: 5)) at step \($0.step)" }
      }
      return "\(training.name): \((words + [training.outcome].compactMap(\.self)).joined(separator: ", "))"
    }
    let title = "Training curves: \(stage)"
    let alt = "\(title). \(spoken.joined(separator: "; "))."
    let drawing = LinePanels(
      title: title, subtitle: "", notes: [], panels: trainings.map(panel), description: alt, hasOwnKeys: false)
    let validation =
      hasValidation
      ? "Dots: the loss on fixed crops of the validation regions, the same at every step."
      : "No loss on validation crops."
    return ReportFigure(
      name: "training-\(DetectionPictures.fileName(stage))", title: title,
      caption:
        "Loss by step. Thin: the batch of a step, in training mode, as augmented. \(validation) A loss that falls "
        + "below a tenth of where it began is drawn in powers of ten.", alt: alt, content: .svg(drawing.svg()))
  }

  private static func panel(_ training: Training) -> LinePanels.Panel {
    let log = training.log
    let losses = (log.training + log.validation).map(\.loss)
    let largest = losses.max() ?? 1
    let steps = Double((log.training + log.validation).map(\.step).max() ?? 1)
    let isWide = (losses.min() ?? 0) > 0 && largest > 10 * (losses.min() ?? 0)
    let axis = isWide ? LinePanels.Axis.powers("loss", around: losses) : nil
    let title = [training.name, training.outcome].compactMap(\.self).joined(separator: " \u{b7} ")
    var x = LinePanels.Axis.upTo(max(1, steps), "step")
    // The last step is worth a number more than a round one near it.
    x.ticks = [0, steps]
    x.decimals = 0
    return LinePanels.Panel(
      title: title, x: x, y: axis ?? .upTo(largest * 1.02, "loss"),
      lines: [
        LinePanels.Line(
          name: "training batch", style: LineStyle(RGB(0x7a7f8a), width: 1),
          points: log.training.map { (x: Double($0.step), y: $0.loss) }),
        LinePanels.Line(
          name: "validation crops", style: LineStyle(LineStyle.colours[0], width: 1.8),
          points: log.validation.map { (x: Double($0.step), y: $0.loss) }, hasDots: true),
      ])
  }
}
