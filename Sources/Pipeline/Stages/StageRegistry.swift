public import Fingerprints
public import Recipes

/// A stage kind without its Swift type: the one place where types are erased.
public struct StageKind: Sendable {
  /// The name in recipes.
  public let kind: String
  /// The revision of its output.
  public let revision: Int
  /// One sentence on what it does.
  public let summary: String
  /// What parameters and ports do not say.
  public let details: String
  /// Whether parameters name files beside the experiment.
  public let namesFiles: Bool
  /// Every parameter, for `lightbench stages`.
  public let parameters: [ParameterListing]
  /// The ports with default parameters, for `lightbench stages`.
  public let ports: Ports
  /// The metrics that `stop` may name; empty for a kind that does not stop early.
  public let rungMetrics: [String]
  private let make: @Sendable (Node?, inout [Diagnostic]) -> PreparedStage

  /// - Parameter defaults: Parameters to list the ports with.
  public init<S: Stage>(_ type: S.Type, defaults: S.Parameters) {
    kind = S.kind
    revision = S.revision
    summary = S.summary
    details = S.details
    namesFiles = S.namesFiles
    parameters = S.schema.listing
    ports = S.ports(defaults)
    rungMetrics = S.rungMetrics
    make = { node, diagnostics in
      let mistakes = diagnostics.count { !$0.isWarning }
      let parameters = S.schema.decode(node, of: S.kind, into: &diagnostics)
      let isValid = diagnostics.count { !$0.isWarning } == mistakes
      return PreparedStage(S.self, parameters: parameters, isValid: isValid)
    }
  }

  /// Decodes parameters; every mistake goes to `diagnostics`, and defaults stand in its place.
  public func prepared(_ node: Node?, diagnostics: inout [Diagnostic]) -> PreparedStage { make(node, &diagnostics) }
}

/// A stage with its parameters, its Swift type erased.
public struct PreparedStage: Sendable {
  /// The name in recipes.
  public let kind: String
  /// The revision of its output.
  public let revision: Int
  /// The parameters as they enter the key, neutral values left out.
  public let parameters: [String: CanonicalValue]
  /// Inputs and outputs.
  public internal(set) var ports: Ports
  /// What a task needs of a machine.
  public let cost: Cost
  /// How the work is cut in steps.
  public let trajectory: Trajectory?
  /// What data outside the store means to the task, by parameter.
  public let outside: @Sendable (OutsideData) throws -> [String: CanonicalValue]
  /// What is known of the outputs before anything runs.
  public let outputShapes: @Sendable (InputShapes) throws -> [String: ArtifactShape]
  /// Does the work.
  public let run: @Sendable (StageInputs, StageContext) async throws -> [Metric]

  /// - Parameter isValid: Whether the parameters are what their schema says; of others nothing is computed.
  init<S: Stage>(_ type: S.Type, parameters: S.Parameters, isValid: Bool) {
    let stage = S(parameters)
    kind = S.kind
    revision = S.revision
    self.parameters = S.schema.canonical(parameters)
    ports = S.ports(parameters)
    cost = isValid ? stage.estimate() : Cost()
    trajectory = isValid ? stage.trajectory : nil
    outside = { try stage.outside($0) }
    outputShapes = { try stage.outputShapes($0) }
    run = { try await stage.run($0, in: $1) }
  }
}

/// The stage kinds of a program.
public struct StageRegistry: Sendable {
  /// In the order of `lightbench stages`.
  public let kinds: [StageKind]
  /// The revision of the engine's arithmetic: part of every key.
  public let numerics: Int

  /// A registry; of two kinds of one name the first is found.
  public init(_ kinds: [StageKind], numerics: Int) {
    self.kinds = kinds
    self.numerics = numerics
  }

  /// The language with these kinds, for editors and validators.
  public var languageSchema: CanonicalValue {
    let kinds = kinds.map { LanguageSchema.Kind(name: $0.kind, summary: $0.summary, parameters: $0.parameters) }
    return LanguageSchema(kinds: kinds).document
  }

  /// The kind of that name.
  public subscript(kind: String) -> StageKind? { kinds.first { $0.kind == kind } }
}

extension StageRegistry: TaskRunner {
  /// The stage that an order names, with the order's parameters.
  public func prepared(_ order: TaskOrder) throws -> PreparedStage {
    guard let kind = self[order.kind] else {
      throw TaskFailure(code: .internalError, message: "this program has no stage kind '\(order.kind)'")
    }
    let node = try Node.parse(order.parameters, file: order.address)
    var diagnostics: [Diagnostic] = []
    let stage = kind.prepared(node, diagnostics: &diagnostics)
    if let first = diagnostics.first(where: { !$0.isWarning }) {
      throw TaskFailure(code: .internalError, message: first.message)
    }
    return stage
  }

  /// Runs the stage that an order names.
  ///
  /// - Throws: What the stage throws, and `TaskFailure` of code `internalError` where the order fits no kind.
  public func run(_ order: TaskOrder, inputs: StageInputs, context: StageContext) async throws -> [Metric] {
    try await prepared(order).run(inputs, context)
  }

  /// What outside data means to an order now, by parameter.
  public func outside(of order: TaskOrder, _ data: OutsideData) throws -> [String: CanonicalValue] {
    try prepared(order).outside(data)
  }

  /// How the work of an order can be taken up again, if it can.
  public func trajectory(of order: TaskOrder) throws -> Trajectory? { try prepared(order).trajectory }

  /// The outputs that an order must publish; of a stage that passes on, those of what it gathers.
  public func outputs(of order: TaskOrder) throws -> [Port] {
    let ports = try prepared(order).ports
    guard ports.passesOn else { return ports.outputs }
    return order.inputs.sorted { $0.key < $1.key }.compactMap { name, artifacts in
      name == "metrics" ? nil : artifacts.first.map { Port(name, $0.type) }
    }
  }
}
