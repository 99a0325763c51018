public import Fingerprints
public import Recipes

/// One kind of work: what it is called, what it takes and gives, and how it is done.
///
/// A stage is pure: its outputs depend on its parameters, its inputs and its seed, and on nothing else. Two runs with
/// equal keys write equal bytes, whatever the number of threads.
public protocol Stage: Sendable {
  associatedtype Parameters: Sendable

  /// The name in recipes, such as `train.detector`.
  static var kind: String { get }
  /// Raised when the output changes for equal input.
  static var revision: Int { get }
  /// One sentence for `lightbench stages`.
  static var summary: String { get }
  /// What parameters and ports do not say, for `lightbench stages KIND`; lines, or nothing.
  static var details: String { get }
  /// Every parameter, declared once.
  static var schema: ParameterSchema<Parameters> { get }
  /// Whether parameters name files beside the experiment, such as manifests and tools.
  static var namesFiles: Bool { get }
  /// The typed inputs and outputs; the port `metrics`, which every kind has, is not among them.
  static func ports(_ parameters: Parameters) -> Ports

  init(_ parameters: Parameters)

  /// What data outside the store means to this task, by parameter; it enters the key in the place of that parameter.
  func outside(_ data: OutsideData) throws -> [String: CanonicalValue]
  /// What is known of the outputs before anything runs, by port; a port left out is not known.
  ///
  /// - Throws: `ShapeProblem` where parameters and inputs do not fit.
  func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape]
  /// What a task needs, for packing tasks onto a machine.
  func estimate() -> Cost
  /// How the work can be cut in steps and taken up again, if it can.
  var trajectory: Trajectory? { get }
  /// The metrics that the work can be stopped by at a rung, each with a better direction; of work that has a trajectory
  /// and heeds `Checkpoints.pause`.
  static var rungMetrics: [String] { get }
  /// Does the work: reads `inputs`, writes every output port with `context`, and returns the measured numbers.
  func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric]
}

extension Stage {
  /// Nothing more to say.
  public static var details: String { "" }
  /// Files come from the store alone.
  public static var namesFiles: Bool { false }
  /// No parameter means data outside the store.
  public func outside(_ data: OutsideData) throws -> [String: CanonicalValue] { [:] }
  /// Nothing is known before it runs.
  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] { [:] }
  /// A small task: 512 MiB, a second.
  public func estimate() -> Cost { Cost() }
  /// The work is of one piece.
  public var trajectory: Trajectory? { nil }
  /// It runs to its end.
  public static var rungMetrics: [String] { [] }
}

/// The type of an artifact, by its name in recipes.
public struct ArtifactType: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The name, such as `annotated-regions`.
  public let name: String

  /// The type of that name; whether anything reads it shows when ports are connected.
  public init(_ name: String) { self.name = name }
  public init(from decoder: any Decoder) throws { name = try decoder.singleValueContainer().decode(String.self) }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
  public var description: String { name }

  /// Named numbers; the output that every stage kind has.
  public static let metrics = ArtifactType("metrics")
}

/// A named, typed input or output of a stage.
public struct Port: Hashable, Sendable {
  /// How many artifacts come in.
  public enum Arity: Hashable, Sendable { case single, optional, many }

  /// What a stage does with the regions of an input.
  public enum Exposure: Hashable, Sendable {
    /// It reads them, and its outputs may depend on the images.
    case none
    /// It trains or chooses by their annotations.
    case learns
    /// It scores by their annotations.
    case judges
    /// They were found in regions that nothing behind them may have learned from: it learns from what is found in new
    /// regions.
    case mustBeUnseen
  }

  /// The name in recipes.
  public let name: String
  /// What goes through.
  public let type: ArtifactType
  /// How many artifacts come in; outputs are always single.
  public let arity: Arity
  /// What becomes of the regions that come in.
  public let exposure: Exposure

  /// A port; `exposure` says something of inputs alone.
  public init(_ name: String, _ type: ArtifactType, _ arity: Arity = .single, exposure: Exposure = .none) {
    self.name = name
    self.type = type
    self.arity = arity
    self.exposure = exposure
  }
}

/// The inputs and outputs of a stage.
public struct Ports: Hashable, Sendable {
  /// What comes in.
  public let inputs: [Port]
  /// What goes out, beside `metrics`.
  public let outputs: [Port]
  /// Whether the stage takes the metrics of gathered tasks.
  public let gathers: Bool
  /// Whether it takes the other outputs of the gathered tasks as well, and gives one of each under its name.
  public let passesOn: Bool

  /// Ports in the order of `lightbench stages`; names differ within inputs and within outputs.
  public init(inputs: [Port] = [], outputs: [Port], gathers: Bool = false, passesOn: Bool = false) {
    self.inputs = inputs
    self.outputs = outputs
    self.gathers = gathers
    self.passesOn = passesOn
  }

  /// What becomes of the regions that come in by a port.
  public func exposure(of port: String) -> Port.Exposure { inputs.first { $0.name == port }?.exposure ?? .none }
}

/// What a task needs of a machine.
public struct Cost: Hashable, Sendable, Codable {
  /// Resident memory, in bytes.
  public var memory: Int
  /// Seconds on one core, a guess until such a task was timed.
  public var seconds: Double

  /// A cost in bytes and seconds on one core.
  public init(memory: Int = 512 << 20, seconds: Double = 1) {
    self.memory = memory
    self.seconds = seconds
  }
}

/// A piece of work made of steps: training.
///
/// Its key is the fingerprint without the parameters that say how many steps there are, so that a longer training
/// takes up the checkpoints of a shorter one as far as both take the same steps.
public struct Trajectory: Hashable, Sendable {
  /// The parameters that are left out of the trajectory's key.
  public let stepParameters: [String]
  /// How many steps the whole work takes.
  public let steps: Int
  /// Up to which step the work does not depend on `steps`; 0 where it depends on it from the first.
  public let sharedSteps: Int

  /// A trajectory; `sharedSteps` is at most `steps`.
  public init(stepParameters: [String], steps: Int, sharedSteps: Int) {
    self.stepParameters = stepParameters
    self.steps = steps
    self.sharedSteps = sharedSteps
  }
}

/// A number that a stage measured, or n/a.
public struct Metric: Hashable, Sendable, Codable {
  /// Which direction is better.
  public enum Direction: String, Hashable, Sendable, Codable { case higher, lower, neither }

  /// The name, such as `f1.pooled`.
  public let name: String
  /// The number; nil is n/a (0/0).
  public let value: Double?
  /// The unit; empty for ratios and counts.
  public let unit: String
  /// Which direction is better.
  public let better: Direction

  /// A number; nil is n/a.
  public init(_ name: String, _ value: Double?, unit: String = "", better: Direction = .neither) {
    self.name = name
    self.value = value
    self.unit = unit
    self.better = better
  }
}
