import Fingerprints
import Recipes
import SystemPackage

@testable import Pipeline

/// Stage kinds that do nothing, for graphs and plans.
enum Fake {
  static let registry = registry()

  static func registry(numerics: Int = 1) -> StageRegistry {
    StageRegistry(
      [
        StageKind(Make.self, defaults: .init()), StageKind(Split.self, defaults: .init()),
        StageKind(Train.self, defaults: .init()), StageKind(Score.self, defaults: .init()),
        StageKind(Merge.self, defaults: .init()), StageKind(Pivot.self, defaults: .init()),
        StageKind(Fit.self, defaults: .init()), StageKind(Table.self, defaults: .init()),
        StageKind(Notes.self, defaults: .init()),
        StageKind(Best.self, defaults: .init()), StageKind(Climb.self, defaults: .init()),
      ], numerics: numerics)
  }

  static let value = ArtifactType("value")
  static let model = ArtifactType("model")
  static let scores = ArtifactType("scores")

  struct Make: Stage {
    struct Parameters: Sendable {
      var name = ""
      var size = 8
      var contrast = 1.0
    }
    static let kind = "fake.make"
    static let revision = 1
    static let summary = "makes a value"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(),
      [
        .value("name", \.name, "what it is called"), .value("size", \.size, range: 1...100, "how large it is"),
        .value("contrast", \.contrast, neutral: 1, "added later"),
      ])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("out", value)]) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Split: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.split"
    static let revision = 1
    static let summary = "splits a value"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("whole", value)], outputs: [Port("low", value), Port("high", value)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Train: Stage {
    struct Parameters: Sendable {
      var steps = 20
      var rate = 0.1
    }
    static let kind = "fake.train"
    static let revision = 1
    static let summary = "trains a model"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(), [.value("steps", \.steps, "how many steps"), .value("rate", \.rate, "how large they are")])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(
        inputs: [Port("train", value), Port("validation", value), Port("prior", model, .optional)],
        outputs: [Port("model", model)])
    }
    let parameters: Parameters
    init(_ parameters: Parameters) { self.parameters = parameters }
    var trajectory: Trajectory? {
      Trajectory(stepParameters: ["steps"], steps: parameters.steps, sharedSteps: parameters.steps * 4 / 5)
    }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Score: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.score"
    static let revision = 1
    static let summary = "scores a model"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("model", model), Port("on", value)], outputs: [Port("scores", scores)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Merge: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.merge"
    static let revision = 1
    static let summary = "merges values"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("parts", value, .many)], outputs: [Port("out", value)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  /// A training by its name, which replicates multiply.
  struct Fit: Stage {
    static let kind = "train.fake"
    static let revision = 1
    static let summary = "trains a model"
    static let schema = Train.schema
    static func ports(_ parameters: Train.Parameters) -> Ports { Train.ports(parameters) }
    init(_ parameters: Train.Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  /// A table by its name, which gathers replicates.
  struct Table: Stage {
    static let kind = "table.fake"
    static let revision = 1
    static let summary = "gathers metrics"
    static let schema = Pivot.schema
    static func ports(_ parameters: Pivot.Parameters) -> Ports { Pivot.ports(parameters) }
    init(_ parameters: Pivot.Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  /// Parameters whose types tell values apart that look alike.
  struct Notes: Stage {
    struct Parameters: Sendable {
      var words: [String] = []
      var first = ""
      var second = ""
      var count = 0
    }
    static let kind = "fake.notes"
    static let revision = 1
    static let summary = "keeps words"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(),
      [
        .value("words", \.words, "a list"), .value("first", \.first, "a text"), .value("second", \.second, "a text"),
        .value("count", \.count, "a number"),
      ])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("out", value)]) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Pivot: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.pivot"
    static let revision = 1
    static let summary = "gathers metrics"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(outputs: [Port("table", ArtifactType("table"))], gathers: true)
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}

extension Fake {
  struct Best: Stage {
    struct Parameters: Sendable {}
    static let kind = "fake.best"
    static let revision = 1
    static let summary = "passes one on"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [], gathers: true, passesOn: true) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}

extension Fake {
  /// A training that measures itself on its way.
  struct Climb: Stage {
    static let kind = "fake.climb"
    static let revision = 1
    static let summary = "trains a model in steps"
    static let schema = Train.schema
    static func ports(_ parameters: Train.Parameters) -> Ports {
      Ports(inputs: [Port("data", value, .optional)], outputs: [Port("model", model)])
    }
    static let rungMetrics = ["height", "loss"]
    let trajectory: Trajectory?
    init(_ parameters: Train.Parameters) { trajectory = Train(parameters).trajectory }
    func estimate() -> Cost { Cost(memory: 1, seconds: Double(trajectory?.steps ?? 0)) }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}

extension Graph {
  /// The graph of a recipe that lives in a test, as the file `r.yaml`.
  static func fake(_ text: String, overrides: [String] = [], registry: StageRegistry = Fake.registry) throws -> Graph {
    let recipe = try Recipe.load("r.yaml", overrides: overrides) { _ in .success(Array(text.utf8)) }
    return try Graph(recipe, registry: registry)
  }

  /// The graph of files that live in a test; the first file is what `file` names.
  static func fake(_ file: String, in files: [String: String], overrides: [String] = []) throws -> Graph {
    let recipe = try Recipe.load(FilePath(file), overrides: overrides) { path in
      files[path.string].map { .success(Array($0.utf8)) } ?? .failure(.init(reason: "no such file"))
    }
    return try Graph(recipe, registry: Fake.registry)
  }

  /// The plan key of every task, by address.
  func planKeys() throws -> [String: Digest] {
    let plan = try Plan(self, store: try TemporaryStore().store, outside: .none)
    return Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.task.address, $0.planKey) })
  }

  /// The task at an address.
  subscript(address: String) -> Task? { tasks.first { $0.address == address } }

  /// `port <- producer.port`, in order.
  func inputs(of address: String) -> [String]? {
    self[address]?.inputs.map { input in
      let labels = input.labels.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      return "\(input.port) \(input.place) <- \(tasks[input.producer].address).\(input.producerPort)\(labels)"
    }
  }
}

/// The recipe that the tests of graphs and plans turn.
enum FakeRecipe {
  static let text = """
    lightbench: 1
    name: fake
    seed: 7
    axes:
      marker: [a, b]
    stages:
      make:
        use: fake.make
        over: [marker]
        with: {name: $marker, size: 8}
      split:
        use: fake.split
        over: [marker]
        in: {whole: make.out}
      train:
        use: fake.train
        over: [marker]
        in: {train: split.low, validation: split.high}
        with: {steps: 20, rate: 0.5}
      score:
        use: fake.score
        over: {model: marker, test: marker}
        in: {model: "train.model[marker=$model]", on: "split.high[marker=$test]"}
      blind:
        use: fake.make
        over: {test: marker}
        with: {size: 3}
      matrix:
        use: fake.pivot
        gather:
          - {from: score, rows: model, columns: test}
          - {from: blind, as: {model: blind}, columns: test}

    """

  static func changed(_ old: String, _ new: String) -> String { text.replacing(old, with: new) }
}

extension OutsideData {
  /// No data outside the store.
  static let none = OutsideData(folder: "/", root: nil) { path in
    throw TaskFailure(code: .badData, message: "a test read '\(path)'")
  }
}

extension Plan {
  /// Keys and seeds by address, before anything runs.
  static func planKeys(_ text: String, registry: StageRegistry = Fake.registry) throws -> [String: Digest] {
    let temporary = try TemporaryStore()
    let plan = try Plan(try Graph.fake(text, registry: registry), store: temporary.store, outside: .none)
    return Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.task.address, $0.planKey) })
  }
}
