import Fingerprints
import Pipeline
import Recipes

/// Stage kinds that do no work: the ports of those behind the 6x6 matrix, one small artifact an output.
///
/// What an artifact holds follows from the task's parameters and inputs, so that no two tasks of the graph are the
/// same work.
enum EmptyStages {
  static let registry = StageRegistry(
    [
      kind(Regions.self), kind(Prepare.self), kind(Train.self), kind(Detect.self), kind(Filter.self), kind(Chance.self),
      kind(Evaluate.self), kind(Pivot.self),
    ], numerics: 1)

  static let regions = ArtifactType("regions")
  static let model = ArtifactType("model")
  static let detections = ArtifactType("detections")

  enum Regions: EmptyStage {
    static let name = "regions"
    static let ports = Ports(outputs: [Port("regions", regions)])
  }

  enum Prepare: EmptyStage {
    static let name = "prepare"
    static let ports = Ports(
      inputs: [Port("regions", regions)],
      outputs: [Port("train", regions), Port("validation", regions), Port("test", regions)])
  }

  enum Train: EmptyStage {
    static let name = "train"
    static let ports = Ports(
      inputs: [Port("train", regions), Port("validation", regions)], outputs: [Port("model", model)])
  }

  enum Detect: EmptyStage {
    static let name = "detect"
    static let ports = Ports(
      inputs: [Port("model", model), Port("regions", regions)], outputs: [Port("detections", detections)])
  }

  enum Filter: EmptyStage {
    static let name = "dog"
    static let ports = Ports(
      inputs: [Port("validation", regions), Port("regions", regions)], outputs: [Port("detections", detections)])
  }

  enum Chance: EmptyStage {
    static let name = "chance"
    static let ports = Ports(inputs: [Port("regions", regions)], outputs: [Port("detections", detections)])
  }

  enum Evaluate: EmptyStage {
    static let name = "evaluate"
    static let ports = Ports(
      inputs: [Port("detections", detections), Port("model", model, .optional), Port("regions", regions)],
      outputs: [Port("matches", ArtifactType("matches"))])
  }

  enum Pivot: EmptyStage {
    static let name = "pivot"
    static let ports = Ports(outputs: [Port("table", ArtifactType("table"))], gathers: true)
  }

  private static func kind<Shape: EmptyStage>(_ shape: Shape.Type) -> StageKind {
    StageKind(DoNothing<Shape>.self, defaults: EmptyParameters())
  }
}

/// What tells one empty stage kind from another.
protocol EmptyStage: Sendable {
  /// The kind without `empty.`.
  static var name: String { get }
  static var ports: Ports { get }
}

/// The parameters of every empty stage kind.
struct EmptyParameters: Sendable {
  var label = ""
  var size = 32
  var rate = 0.001
}

/// A stage that writes its output ports and returns one number.
struct DoNothing<Shape: EmptyStage>: Stage {
  static var kind: String { "empty." + Shape.name }
  static var revision: Int { 1 }
  static var summary: String { "does nothing" }
  static var schema: ParameterSchema<EmptyParameters> {
    ParameterSchema(
      default: EmptyParameters(),
      [
        .value("label", \.label, "what it is called"), .value("size", \.size, range: 1...100, "a whole number"),
        .value("rate", \.rate, "a number"),
      ])
  }
  static func ports(_ parameters: EmptyParameters) -> Ports { Shape.ports }

  private let parameters: EmptyParameters
  init(_ parameters: EmptyParameters) { self.parameters = parameters }

  func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let digests = inputs.artifacts.sorted { $0.key < $1.key }.flatMap { $0.value.map(\.digest) }
    let source = try CanonicalValue.list(digests.map { .bytes($0.bytes) }).digest
    for port in Shape.ports.outputs {
      try context.write(
        port.name,
        Bundle(
          port.type, facts: ["label": .text(parameters.label), "port": .text(port.name), "of": .bytes(source.bytes)]))
    }
    return [Metric("f1.pooled", 0.5)]
  }
}
