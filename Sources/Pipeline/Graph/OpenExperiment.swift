public import Fingerprints
import Foundation
public import Recipes
public import SystemPackage

/// An experiment opened against a store: the one object that commands work with.
public struct OpenExperiment: Sendable {
  /// The file, as the user typed it.
  public let file: FilePath
  /// The `-S` texts.
  public let overrides: [String]
  /// The checked recipe with everything laid over it.
  public let recipe: Recipe
  /// Its tasks.
  public let graph: Graph
  /// Where artifacts live.
  public let store: Store
  /// Data outside the store.
  public let outside: OutsideData
  /// The earlier runs of the experiment in this variant.
  public let history: RunHistory
  /// The stage kinds whose parameters name files.
  private let kindsNamingFiles: Set<String>

  /// Reads and checks an experiment, and opens the store.
  ///
  /// - Parameters:
  ///   - file: An experiment or a recipe.
  ///   - overrides: `-S` texts, in order.
  ///   - profile: What tasks need on this machine.
  ///   - rehash: Whether outside data is read again instead of trusting remembered digests.
  /// - Throws: `RecipeError` with every mistake; `StoreError` and `SystemError` where the store cannot be used.
  public init(
    _ file: FilePath, variant: String?, overrides: [String], store: FilePath, profile: Profile? = nil,
    rehash: Bool = false, registry: StageRegistry
  ) throws {
    self.file = file
    self.overrides = overrides
    recipe = try Recipe.load(file, variant: variant, overrides: overrides, kinds: registry.kinds.map(\.kind))
    if let input = recipe.unboundInputs.first {
      let unbound = Diagnostic(
        .unboundInput, "the input '\(input.name)' is not bound", at: input.range,
        hint: "an experiment binds it: 'bind: {\(input.name): {use: ...}}'")
      throw RecipeError([unbound], sources: recipe.sources)
    }
    graph = try Graph(recipe, registry: registry, profile: profile)
    let opened = try Store(at: store)
    self.store = opened
    history = RunHistory(of: recipe.name, variant: recipe.variant, in: opened)
    let memo = DigestMemo(in: opened, rehash: rehash)
    outside = OutsideData(of: recipe, digest: { try memo.digest(of: $0) })
    kindsNamingFiles = Set(registry.kinds.filter(\.namesFiles).map(\.kind))
  }

  /// The name that records and results carry: the experiment's, and the variant's.
  public var name: String { recipe.variant.map { "\(recipe.name).\($0)" } ?? recipe.name }

  /// The resolved recipe, runnable from where it is written.
  ///
  /// - Parameter folder: The folder that it is written into; nil where its text may go anywhere on this machine.
  public func resolvedRecipe(in folder: FilePath?) -> String {
    let workingFolder = FilePath(FileManager.default.currentDirectoryPath)
    return recipe.resolvedYAML(in: ResolvedPlace(folder, workingFolder: workingFolder, kinds: kindsNamingFiles))
  }

  /// What is cached, what runs, and why, after everything that can be checked was: each task compared with the last
  /// run that knew it, of the last three.
  ///
  /// - Throws: `RecipeError` where shapes do not fit or test regions were learned from; `OutsideDataError` for what is
  ///   missing.
  public func plan(forced: Set<Int> = []) throws -> Plan {
    let shapes = try GraphShapes(graph, outside: outside)
    var plan = try Plan(
      graph, store: store, outside: outside, previous: { try history.last($0, ofRuns: 3)?.key }, forced: forced)
    let book = LineageBook(graph, shapes: shapes, manifests: plan.entries.map(\.manifest))
    try book.lineages.refuseLeaks()
    plan.lineages = book
    return plan
  }
}

extension OutsideData {
  /// The outside data of a recipe.
  ///
  /// - Parameter digest: Gives the digest of a file's bytes.
  public init(of recipe: Recipe, digest: @escaping @Sendable (FilePath) throws -> Digest) {
    self.init(
      folder: recipe.folder, root: recipe.dataRoot?.folder(of: recipe), rootHint: DataRoot.hint(recipe.dataRoot),
      experiments: Dictionary(
        recipe.experiments.map { ($0.name, OutsideData(of: $0.recipe, digest: digest)) },
        uniquingKeysWith: { first, _ in first }),
      digest: digest)
  }
}

extension DataRoot {
  /// The folder that is meant; nil where the variable that should name it is not set.
  fileprivate func folder(of recipe: Recipe) -> FilePath? {
    switch self {
    case .path(let path, let isFromCommandLine):
      return isFromCommandLine ? FilePath(path) : recipe.folder.pushing(FilePath(path))
    case .environment(let name):
      guard let path = ProcessInfo.processInfo.environment[name], !path.isEmpty else { return nil }
      return FilePath(path)
    }
  }

  /// What to say where the folder is missing.
  fileprivate static func hint(_ root: DataRoot?) -> String {
    switch root {
    case .environment(let name): "set \(name) to the folder of the data, or say -S data.root=DIR"
    case .path(let path, _): "data.root is '\(path)'; -S data.root=DIR names another folder"
    case nil: "say where the data is: 'data: {root: DIR}' in the experiment, or -S data.root=DIR"
    }
  }
}
