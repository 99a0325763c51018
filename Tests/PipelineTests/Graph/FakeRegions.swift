import ArrayStores
import Fingerprints
import Recipes

@testable import Pipeline

/// Stage kinds about regions: one cuts, one learns, one judges.
enum FakeRegions {
  static let registry = StageRegistry(
    [
      StageKind(Cut.self, defaults: .init()), StageKind(Learn.self, defaults: .init()),
      StageKind(Judge.self, defaults: .init()), StageKind(Find.self, defaults: .init()),
      StageKind(Refine.self, defaults: .init()), StageKind(Fake.Best.self, defaults: .init()),
    ], numerics: 1)

  static let regions = ArtifactType("regions")

  /// A box of a source; with `known: false` only running tells which.
  struct Cut: Stage {
    struct Parameters: Sendable {
      var source = ""
      var from = 0
      var to = 10
      var known = true
    }
    static let kind = "fake.cut"
    static let revision = 1
    static let summary = "cuts a region"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(),
      [
        .value("source", \.source, "of what"), .value("from", \.from, "first"), .value("to", \.to, "last"),
        .value("known", \.known, "before it runs"),
      ])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("out", regions)]) }
    let parameters: Parameters
    init(_ parameters: Parameters) { self.parameters = parameters }
    var place: RegionPlace {
      RegionPlace(
        name: "\(parameters.source)-\(parameters.from)", source: .of(parameters.source), lower: [parameters.from],
        upper: [parameters.to])
    }
    func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
      guard parameters.known else { return [:] }
      let size = [parameters.to - parameters.from]
      return [
        "out": ArtifactShape(
          regions: [RegionShape(name: place.name, role: "", size: size, voxelSize: nil, place: place)])
      ]
    }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Learn: Stage {
    struct Parameters: Sendable { var crop = 1 }
    static let kind = "fake.learn"
    static let revision = 1
    static let summary = "learns"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [.value("crop", \.crop, "at once")])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(
        inputs: [
          Port("train", regions, exposure: .learns), Port("validation", regions, .optional, exposure: .learns),
          Port("base", Fake.model, .optional),
        ],
        outputs: [Port("model", Fake.model)])
    }
    let parameters: Parameters
    init(_ parameters: Parameters) { self.parameters = parameters }
    func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
      if let region = inputs.regions("train")?.first(where: { ($0.size?[0] ?? 100) < parameters.crop }) {
        throw ShapeProblem("crop", "crop \(parameters.crop) does not fit \(region.sizeText)", hint: "take less")
      }
      return [:]
    }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  /// Finds things in regions by a model.
  struct Find: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.find"
    static let revision = 1
    static let summary = "finds"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("model", Fake.model), Port("on", regions)], outputs: [Port("found", Fake.scores)])
    }
    init(_ parameters: Parameters) {}
    func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
      inputs.regions("on").map { ["found": ArtifactShape(regions: $0)] } ?? [:]
    }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  /// Learns from what was found in regions that are new to whoever found it.
  struct Refine: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.refine"
    static let revision = 1
    static let summary = "learns from what was found"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(
        inputs: [
          Port("found", Fake.scores, .many, exposure: .mustBeUnseen), Port("on", regions, .many, exposure: .learns),
        ],
        outputs: [Port("model", Fake.model)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Judge: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.judge"
    static let revision = 1
    static let summary = "judges"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(
        inputs: [Port("model", Fake.model), Port("on", regions, exposure: .judges)],
        outputs: [Port("scores", Fake.scores)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}
