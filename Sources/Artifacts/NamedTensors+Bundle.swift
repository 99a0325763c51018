import ArrayStores
import Fingerprints
public import Neural
public import Pipeline
import Tensors

extension NamedTensors {
  /// The tensors as tables `folder/name`, Float32.
  public func tables(in folder: String) throws -> [Bundle.Entry] {
    try names.compactMap { name in
      try self[name].map { Bundle.Entry("\(folder)/\(name)", try NDArray($0.values, shape: $0.shape)) }
    }
  }

  /// Reads tensors from the tables `folder/name`, in the order of `names`.
  ///
  /// - Throws: `TaskFailure` if a table is missing or not Float32.
  public init(_ names: [String], in folder: String, of bundle: Bundle) throws {
    self.init(
      try names.map { name in
        let table = try bundle.table("\(folder)/\(name)")
        return (name, Tensor(try table.values(as: Float.self), shape: table.shape))
      })
  }
}

/// A training as it was after a step: a bundle that is never the input of another stage.
public struct TrainingCheckpoint: Sendable {
  /// Weights, moments, running statistics, step.
  public let state: NamedTensors

  /// A checkpoint of that state.
  public init(_ state: NamedTensors) { self.state = state }

  /// As a bundle.
  public func bundle() throws -> Bundle {
    try Bundle(
      ArtifactType("checkpoint"), facts: ["names": .list(state.names.map { .text($0) })],
      tables: state.tables(in: "state"))
  }

  /// - Throws: `TaskFailure` naming what the bundle lacks.
  public init(_ bundle: Bundle) throws {
    state = try NamedTensors(Facts(bundle).texts("names"), in: "state", of: bundle)
  }
}
