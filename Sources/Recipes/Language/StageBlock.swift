/// One named entry of a recipe: a stage kind, what it runs over, what goes in, and its parameters in layers.
public struct StageBlock: Sendable {
  /// One input port and where it takes its artifact from.
  public struct Input: Sendable {
    /// The port's name.
    public let port: String
    /// The producer.
    public let reference: Reference
    /// Where the port's name stands.
    public let portRange: SourceRange
  }

  /// What `use` names, with its place.
  public struct Kind: Hashable, Sendable {
    /// The stage kind, such as `train.detector`.
    public let name: String
    /// Where it stands.
    public let range: SourceRange
  }

  /// The stage's name; that of its input for a binding.
  public internal(set) var name: String
  /// Where the name stands.
  public let range: SourceRange
  /// Whether it binds an input.
  public let isBinding: Bool
  /// The stage kind and its place.
  let use: Kind
  /// The axes, in the order of addresses; for a gathering stage those of its `by`.
  public internal(set) var over: [LocalAxis] = []
  /// What goes in.
  public internal(set) var inputs: [Input] = []
  /// Whose metrics come in, a row set each.
  public internal(set) var gather: [GatherSource] = []
  /// `with` of the recipe, before any other layer.
  public internal(set) var with: Node?
  /// Every setting above `with`, in the order in which they apply.
  public internal(set) var assignments: [Assignment] = []
  /// Cells left out.
  public internal(set) var except: [Selector] = []
  /// What its tasks need.
  public internal(set) var needs = Needs()
  /// How long its artifacts stay.
  public internal(set) var keep = Keep.always
  /// When its tasks are stopped before their end, if ever.
  public internal(set) var stop: StopRule?
  /// The tasks of another experiment that a binding takes in the place of tasks of its own.
  public internal(set) var taken: TakenTask?
  /// Whether leakage is accepted here.
  public internal(set) var allowLeakage = false

  init(name: String, range: SourceRange, isBinding: Bool, use: Kind) {
    self.name = name
    self.range = range
    self.isBinding = isBinding
    self.use = use
  }

  /// The stage kind; empty for a binding that takes tasks of another experiment.
  public var kind: String { use.name }
  /// Where the stage kind stands.
  public var kindRange: SourceRange { use.range }

  /// The stage as another experiment names it that takes its tasks: `phantom-sweep/best`.
  package func taken(from experiment: String) -> StageBlock {
    var stage = self
    stage.name = "\(experiment)/\(name)"
    stage.gather = gather.map { $0.taken(from: experiment) }
    return stage
  }
}

/// How long the artifacts of a stage stay in the store.
public enum Keep: String, Sendable, CaseIterable, ParameterValue {
  /// Until the run that needs them is over.
  case temp
  /// Until the store is cleaned.
  case always
}

/// What a task needs beside its inputs; never part of a fingerprint.
public struct Needs: Hashable, Sendable {
  /// Threads.
  public var cores: Int?
  /// Memory.
  public var memory: ByteCount?
  /// The longest time it may take.
  public var time: Seconds?
  /// How often it is tried again after the world's fault.
  public var retry: Int?

  /// No needs stated.
  public init() {}
}

/// One source of rows for a stage that gathers.
public struct GatherSource: Sendable {
  /// An axis that the source lacks, and the label that stands for it.
  public struct Stand: Hashable, Sendable {
    /// The axis.
    public let axis: String
    /// The label.
    public let label: String
  }

  /// The stage whose metrics come in.
  public let from: String
  /// Labels for axes that the source lacks.
  public let `as`: [Stand]
  /// The axes that the gathering stage runs over.
  public let by: [String]
  /// The axes of the rows.
  public let rows: [String]
  /// The axes of the columns.
  public let columns: [String]
  /// The axes averaged over.
  public let mean: [String]
  /// Where the source stands.
  public let range: SourceRange
}

/// Which file, or which words of the command line, set a value; later wins.
public enum Layer: Int, Comparable, Sendable, CaseIterable {
  case recipe, experiment, variant, command

  /// Whether another layer wins over this one.
  public static func < (first: Layer, second: Layer) -> Bool { first.rawValue < second.rawValue }
}

/// A value set at a path of parameters, for some cells.
public struct Assignment: Sendable {
  /// The parameter's path below the stage.
  public let path: [String]
  /// The path's keys with their places.
  let keys: [Node]
  /// The cells it holds for; empty for all.
  public let cells: [Selector.Cell]
  /// The value.
  public let value: Node
  /// Who set it.
  public let layer: Layer
  /// Where the path stands.
  public let range: SourceRange
  /// Where its cells stand.
  let cellRange: SourceRange

  init(
    keys: [Node], cells: [Selector.Cell], value: Node, layer: Layer, range: SourceRange, cellRange: SourceRange? = nil
  ) {
    self.cellRange = cellRange ?? range
    path = keys.map { $0.scalar ?? "" }
    self.keys = keys
    self.cells = cells
    self.value = value
    self.layer = layer
    self.range = range
  }

  /// Whether it holds at a coordinate.
  public func holds(at coordinate: Coordinate) -> Bool {
    cells.allSatisfy { cell in coordinate[cell.axis].map(cell.labels.contains) ?? false }
  }

  /// Whether it applies before another: by layer, then from the general to the specific, then from the outside in.
  func applies(before other: Assignment) -> Bool {
    if layer != other.layer { return layer < other.layer }
    if cells.count != other.cells.count { return cells.count < other.cells.count }
    if labelCount != other.labelCount { return labelCount > other.labelCount }
    return path.count < other.path.count
  }

  /// How many labels its cells name; fewer are more specific.
  var labelCount: Int { cells.reduce(0) { $0 + $1.labels.count } }
}
