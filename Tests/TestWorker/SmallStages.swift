import ArrayStores
import Fingerprints
import Pipeline
import Recipes

/// Stage kinds that take milliseconds and write numbers that nobody can guess: for runs that are killed.
enum SmallStages {
  static let registry = StageRegistry(
    [
      StageKind(Make.self, defaults: .init()), StageKind(Train.self, defaults: .init()),
      StageKind(Mix.self, defaults: .init()), StageKind(Count.self, defaults: .init()),
    ], numerics: 1)

  static let value = ArtifactType("value")

  /// Numbers from a seed.
  struct Make: Stage {
    struct Parameters: Sendable {
      var name = ""
      var size = 100
    }
    static let kind = "small.make"
    static let revision = 1
    static let summary = "makes numbers"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(), [.value("name", \.name, "what it is called"), .value("size", \.size, "how many numbers")])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("out", value)]) }
    let parameters: Parameters
    init(_ parameters: Parameters) { self.parameters = parameters }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
      var number = context.seed
      let numbers = (0..<parameters.size).map { _ in next(&number) }
      try await Task.sleep(for: .milliseconds(5))
      try context.write("out", try bundle(numbers))
      return [Metric("first", Double(numbers.first ?? 0))]
    }
  }

  /// Changes numbers in steps, with checkpoints.
  struct Train: Stage {
    struct Parameters: Sendable { var steps = 10 }
    static let kind = "small.train"
    static let revision = 1
    static let summary = "changes numbers in steps"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(), [.value("steps", \.steps, "how many steps")])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("data", value)], outputs: [Port("out", value)])
    }
    let parameters: Parameters
    init(_ parameters: Parameters) { self.parameters = parameters }
    var trajectory: Trajectory? {
      Trajectory(stepParameters: ["steps"], steps: parameters.steps, sharedSteps: parameters.steps * 4 / 5)
    }
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
      var numbers = try values(of: inputs.single("data"))
      var step = 0
      if let (found, state) = try context.checkpoints.latest() { (step, numbers) = (found, try values(of: state)) }
      while step < parameters.steps {
        step += 1
        for index in numbers.indices { numbers[index] = numbers[index] &* 1_664_525 &+ UInt32(step) }
        try await Task.sleep(for: .milliseconds(3))
        if context.checkpoints.isDue(step) { try context.checkpoints.save(step, try bundle(numbers)) }
      }
      try context.write("out", try bundle(numbers))
      return [Metric("first", Double(numbers.first ?? 0))]
    }
  }

  /// Adds numbers of two.
  struct Mix: Stage {
    struct Parameters: Sendable {}
    static let kind = "small.mix"
    static let revision = 1
    static let summary = "adds numbers"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("first", value), Port("second", value)], outputs: [Port("sum", value)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
      let numbers = zip(try values(of: inputs.single("first")), try values(of: inputs.single("second"))).map(&+)
      try context.write("sum", try bundle(numbers))
      return [Metric("first", Double(numbers.first ?? 0))]
    }
  }

  /// Counts what was gathered.
  struct Count: Stage {
    struct Parameters: Sendable {}
    static let kind = "small.count"
    static let revision = 1
    static let summary = "counts gathered metrics"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("out", value)], gathers: true) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
      let sums = try inputs.all("metrics").map { try Metric.list(of: $0.bundle).compactMap(\.value).reduce(0, +) }
      try context.write("out", try bundle([UInt32(sums.count)]))
      return [Metric("sum", sums.reduce(0, +))]
    }
  }

  private static func next(_ number: inout UInt64) -> UInt32 {
    number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: number >> 33)
  }

  private static func bundle(_ numbers: [UInt32]) throws -> Bundle {
    Bundle(value, tables: [.init("numbers", try NDArray(numbers, shape: [numbers.count]))])
  }

  private static func values(of bundle: Bundle) throws -> [UInt32] { try bundle.table("numbers").values() }
}
