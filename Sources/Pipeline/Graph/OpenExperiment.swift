public import Fingerprints
public import Recipes
public import SystemPackage

/// An experiment opened against a store: the one object that commands work with.
public struct OpenExperiment: Sendable {
  /// The checked recipe with everything laid over it.
  public let recipe: Recipe
  /// Its tasks.
  public let graph: Graph
  /// Where artifacts live.
  public let store: Store
  /// Data outside the store.
  public let outside: OutsideData

  /// Reads and checks an experiment, and opens the store.
  ///
  /// - Parameters:
  ///   - file: An experiment or a recipe.
  ///   - overrides: `-S` texts, in order.
  /// - Throws: `RecipeError` with every mistake; `StoreError`.
  public init(
    _ file: FilePath, variant: String?, overrides: [String], store: FilePath, rehash: Bool = false,
    registry: StageRegistry
  ) throws {
    recipe = try Recipe.load(file, variant: variant, overrides: overrides, kinds: registry.kinds.map(\.kind))
    if let unbound = recipe.inputs.first(where: { input in !recipe.stages.contains { $0.name == input.name } }) {
      throw RecipeError(
        [
          Diagnostic(
            "E121", "the input '\(unbound.name)' is not bound", at: unbound.range,
            hint: "an experiment binds it: 'bind: {\(unbound.name): {use: ...}}'")
        ], sources: recipe.sources)
    }
    graph = try Graph(recipe, registry: registry)
    let opened = try Store(at: store)
    self.store = opened
    let memo = try DigestMemo(of: opened, ignoringOld: rehash)
    outside = OutsideData(
      folder: recipe.folder, root: recipe.dataRoot?.path, rootHint: recipe.dataRoot?.hint ?? "set data.root",
      digest: { try memo.digest(of: $0) })
  }

  /// The name that records and results carry: the experiment's, and the variant's.
  public var name: String { recipe.variant.map { "\(recipe.name).\($0)" } ?? recipe.name }

  /// What is cached, what runs, and why.
  public func plan(forced: Set<Int> = []) throws -> Plan {
    let earlier = try RunRecord.keys(of: recipe.name, in: store)
    return try Plan(graph, store: store, outside: outside, previous: { earlier[$0] }, forced: forced)
  }
}
