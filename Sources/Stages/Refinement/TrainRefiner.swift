import Artifacts
import Imaging
import Neural
public import Pipeline
public import Recipes

extension RefinerModel.Input: ParameterValue {}

/// `train.refiner`: a classifier that tells true detections from false ones by what is seen around them.
///
/// It learns from detections of regions that their detector has not seen: one artifact a fold of leave-one-region-out.
public struct TrainRefiner: Stage {
  /// What it looks at, and how it learns.
  public struct Parameters: Sendable {
    var inputs: [RefinerModel.Input] = [.score, .intensity, .encoder]
    var classifier = ClassifierName.logistic
    var penalty = 1.0
    var hidden = 16
    var steps = 300
    var learningRate = 1e-2

    public init() {}
  }

  /// The classifiers.
  public enum ClassifierName: String, ParameterValue, CaseIterable { case logistic, perceptron }

  public static let kind = "train.refiner"
  public static let revision = 1
  public static let summary = "trains a classifier of true and false detections on features, and chooses its threshold"
  public static let details = """
    A detection is true where it matches an annotation, greedily within the marker's tolerance; those in ignore boxes are
    left out. 'detections' and 'features' are of the same regions in the same order, one of each a fold, and no detector
    may have learnt from the regions of its own detections. The threshold is that of the largest pooled F1 on the
    validation detections, on some thirty values. 'validation.auc' is the area under the receiver operating
    characteristic there, 'train.auc' on the detections that it learnt from.
    """
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "inputs", \.inputs,
        "what it looks at: score, the detector's; intensity, of the crop; encoder, the mean of its patch tokens"),
      .value("classifier", \.classifier, "logistic: logistic regression; perceptron: one hidden layer"),
      .value(
        "penalty", \.penalty, range: 1e-6...1e6,
        "penalty of the squared weights of standardised inputs; 1 / C of scikit-learn"),
      .value("hidden", \.hidden, range: 1...1024, "units of the hidden layer (perceptron only)"),
      .value("steps", \.steps, range: 1...1_000_000, "steps of Adam, each over all detections (perceptron only)"),
      .value("learning_rate", \.learningRate, range: 0...10, "rate of Adam (perceptron only)"),
    ],
    check: { parameters in
      if parameters.inputs.isEmpty {
        return [ParameterProblem("inputs", "a refiner looks at something: score, intensity, encoder")]
      }
      if Set(parameters.inputs).count < parameters.inputs.count {
        return [ParameterProblem("inputs", "an input stands there twice")]
      }
      return []
    })

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [
        Port("detections", .detections, .many, exposure: .mustBeUnseen), Port("features", .features, .many),
        Port("regions", .annotatedRegions, exposure: .learns), Port("validation_detections", .detections),
        Port("validation_features", .features), Port("validation_regions", .annotatedRegions, exposure: .learns),
      ],
      outputs: [Port("refiner", .refiner)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    let (found, described) = (inputs.ports["detections"]?.count ?? 0, inputs.ports["features"]?.count ?? 0)
    if found != described { throw ShapeProblem("", Self.unequal(found, described)) }
    return [:]
  }

  public func estimate() -> Cost { Cost(memory: 500 << 20, seconds: 5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let regions = try AnnotatedRegions(inputs.single("regions"))
    let folds = try folds(inputs)
    let validation = try FoundRegions(
      RegionDetections(inputs.single("validation_detections")), RegionFeatures(inputs.single("validation_features")))
    let validationRegions = try AnnotatedRegions(inputs.single("validation_regions"))
    var rows: [[Double]] = []
    var labels: [Bool] = []
    for fold in folds {
      for (row, label) in zip(fold.rows(of: parameters.inputs).joined(), try fold.labels(by: regions).joined()) {
        guard let label else { continue }
        rows.append(row)
        labels.append(label)
      }
    }
    let classifier = try classifier(rows, labels, of: regions.marker, seed: context.seed)
    let usesEncoder = parameters.inputs.contains(.encoder)
    var model = RefinerModel(
      inputs: parameters.inputs, encoder: usesEncoder ? folds.first?.features.encoder : nil,
      intensityNames: parameters.inputs.contains(.intensity) ? folds.first?.features.intensityNames ?? [] : [],
      classifier: classifier, tau: 0, marker: regions.marker,
      seen: (regions.regions + validationRegions.regions).map { SeenRegion(source: $0.source, box: $0.box) })
    for features in folds.map(\.features) + [validation.features] { try model.check(features) }
    let choice = try choice(of: model, on: validation, validationRegions)
    model.tau = Double(choice.threshold)
    try context.write("refiner", model.bundle())
    return [
      Metric("validation.auc", try Self.area(model, validation, validationRegions), better: .higher),
      Metric("validation.f1", choice.f1, better: .higher), Metric("tau", model.tau),
      Metric(
        "train.auc", RankingArea.value(scores: rows.map(classifier.probability), isTrue: labels), better: .higher),
      Metric("proposals", Double(labels.count)), Metric("proposals.true", Double(labels.count { $0 })),
      Metric("inputs", Double(model.width)),
    ]
  }

  // MARK: - Private

  private static func unequal(_ found: Int, _ described: Int) -> String {
    "'detections' and 'features' go in pairs, there are \(found) and \(described)"
  }

  private func folds(_ inputs: StageInputs) throws -> [FoundRegions] {
    let (found, described) = (try inputs.all("detections"), try inputs.all("features"))
    guard found.count == described.count, !found.isEmpty else {
      throw TaskFailure(code: .badData, message: Self.unequal(found.count, described.count))
    }
    let folds = try zip(found, described).map {
      try FoundRegions(RegionDetections($0.bundle), RegionFeatures($1.bundle))
    }
    var seen: Set<String> = []
    if let twice = folds.flatMap(\.detections.regions).first(where: { !seen.insert($0).inserted }) {
      throw TaskFailure(code: .badData, message: "there are two lists of detections in region '\(twice)'")
    }
    return folds
  }

  private func classifier(
    _ rows: [[Double]], _ labels: [Bool], of marker: Marker, seed: UInt64
  ) throws -> FeatureClassifier {
    guard !labels.isEmpty else {
      throw TaskFailure(
        code: .badData,
        message: "there are no detections of '\(marker.label)' to learn from; lower 'floor' of detect.model")
    }
    let matches = labels.count { $0 }
    guard matches > 0, matches < labels.count else {
      throw TaskFailure(
        code: .badData,
        message: "\(matches) of the \(labels.count) detections of '\(marker.label)' to learn from are true; a refiner "
          + "needs both kinds, lower 'floor' of detect.model")
    }
    switch parameters.classifier {
    case .logistic: return LogisticRegression.fit(rows, labels: labels, l2: parameters.penalty)
    case .perceptron:
      return PerceptronTraining(
        hidden: parameters.hidden, steps: parameters.steps, rate: parameters.learningRate, l2: parameters.penalty,
        seed: seed
      ).fit(rows, labels: labels)
    }
  }

  private func choice(
    of model: RefinerModel, on found: FoundRegions, _ regions: AnnotatedRegions
  ) throws -> ThresholdChoice {
    let scored = found.scored(by: model)
    guard !scored.regions.isEmpty else {
      throw TaskFailure(code: .badData, message: "there are no validation regions of '\(regions.marker.label)'")
    }
    let choice = try ThresholdChoice.best(
      zip(scored.regions, scored.detections).map { name, detections in
        try FoundRegions.region(name, of: regions, in: "validation_regions").found(detections)
      }, thresholds: ThresholdChoice.logitSpaced(), tolerance: .pixels(regions.marker.tolerance))
    guard let f1 = choice.f1, f1 > 0 else {
      throw TaskFailure(
        code: .badData,
        message: "no detection of '\(regions.marker.label)' in validation regions is true, so that no threshold can be "
          + "chosen; lower 'floor' of the detect.model behind 'validation_detections'")
    }
    return choice
  }

  private static func area(
    _ model: RefinerModel, _ found: FoundRegions, _ regions: AnnotatedRegions
  ) throws -> Double? {
    let scores = found.scored(by: model).detections.flatMap(\.scores)
    let known = zip(scores, try found.labels(by: regions).joined()).compactMap { score, label in
      label.map { (score: Double(score), isTrue: $0) }
    }
    return RankingArea.value(scores: known.map(\.score), isTrue: known.map(\.isTrue))
  }
}
