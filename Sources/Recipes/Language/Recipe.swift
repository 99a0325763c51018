public import SystemPackage

/// A checked recipe with its inputs bound, its axes narrowed and every setting in its layer.
public struct Recipe: Sendable {
  /// The file that was asked for, as it was typed.
  public let file: String
  /// The folder in which the files lie that stages name: that of `file`, or what the recipe's key `folder` says.
  public let folder: FilePath
  /// The key `folder` as written.
  let statedFolder: String?
  /// The stem of that file.
  public let name: String
  /// The recipe's own name.
  public let recipeName: String
  /// The variant chosen.
  public let variant: String?
  /// The variants there are.
  public let variants: [String]
  /// The seed that all others come from.
  public let seed: Int64
  /// Where the seed stands; nil where no file says one.
  public let seedRange: SourceRange?
  /// The axes, narrowed.
  public let axes: [Axis]
  /// The stages: bindings first, then in the order written.
  public let stages: [StageBlock]
  /// What an experiment must bind.
  public let inputs: [InputDeclaration]
  /// How often each training is done.
  public let replicates: Int
  /// The experiments that bindings take tasks from.
  public let experiments: [TakenExperiment]
  /// Where paths in manifests start.
  public let dataRoot: DataRoot?
  /// The text of every file read, by the name in ranges: for the diagnostics of floors above.
  public let sources: [String: String]

  /// An axis by its name.
  public func axis(_ name: String) -> Axis? { axes.first { $0.name == name } }

  /// An experiment that bindings take tasks from.
  public func experiment(_ name: String) -> TakenExperiment? { experiments.first { $0.name == name } }

  /// The replicate that a coordinate of a stage is; 0 where there is one only.
  public func replicate(of coordinate: Coordinate, in stage: StageBlock) -> Int {
    guard replicates > 1, stage.over.contains(where: { $0.axis == Replicates.axis }) else { return 0 }
    return coordinate[Replicates.axis].flatMap { Int($0) } ?? 0
  }

  /// A stage by its name.
  public func stage(_ name: String) -> StageBlock? { stages.first { $0.name == name } }

  /// The inputs that nothing binds.
  public var unboundInputs: [InputDeclaration] {
    inputs.filter { input in !stages.contains { $0.isBinding && $0.name == input.name } }
  }

  /// The coordinates of a stage's tasks: the product of its axes in the order written, without what `except` names.
  public func coordinates(of stage: StageBlock) -> [Coordinate] {
    var rows: [[String]] = [[]]
    for local in stage.over {
      let labels = axis(local.axis)?.labels ?? []
      rows = rows.flatMap { row in labels.map { row + [$0] } }
    }
    let names = stage.over.map(\.name)
    return rows.map { Coordinate(axes: names, labels: $0) }
      .filter { coordinate in !stage.except.contains { $0.matches(coordinate) } }
  }
}

/// Something that an experiment must bind.
public struct InputDeclaration: Sendable {
  /// The input's name.
  public let name: String
  /// The axes it comes in.
  public let over: [LocalAxis]
  /// The artifact's type, such as `annotated-regions`.
  public let type: String
  /// Where it stands.
  public let range: SourceRange
}

/// The folder in which paths of manifests start.
public enum DataRoot: Hashable, Sendable {
  /// A path as written, from the experiment's folder if it is relative; from the working folder if `-S` gave it.
  case path(String, isFromCommandLine: Bool)
  /// The name of a variable of the environment that holds it.
  case environment(String)
}
