import ArgumentParser
import Fingerprints
import Pipeline
import Recipes
import Stages
import SystemPackage

/// `lightbench check FILE...`: everything that can be known without computing.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check recipes and experiments; needs no outside data and runs nothing.")

  @Argument(help: "Recipes and experiments.")
  var files: [String]

  @Option(help: "A variant of the experiments.")
  var variant: String?

  @Option(name: .customShort("S"), help: "Set a value, as for 'run'.")
  var set: [String] = []

  func run() throws {
    var failed = false
    for file in files {
      do {
        let kinds = StageRegistry.lightbench.kinds.map(\.kind)
        let recipe = try Recipe.load(FilePath(file), variant: variant, overrides: set, kinds: kinds)
        let graph = try Graph(recipe, registry: .lightbench)
        for warning in graph.warnings { say(warning.rendered(in: recipe.sources)) }
        let unseen = try unchecked(graph, recipe)
        try Lineages(graph, shapes: GraphShapes(graph, outside: Self.outside(recipe))) { _ in nil }.refuseLeaks()
        print("\(file): \(graph.tasks.count) tasks in \(graph.stages.count) stages\(remark(recipe))")
        for text in unseen { print("  not checked: \(text)") }
      } catch let error as RecipeError {
        say(error.rendered())
        guard error.kind == .recipe else { throw error }
        failed = true
      }
    }
    if failed { Exit.leave(.badRecipe) }
  }

  /// Holds manifests and the headers of bound files against the recipe, as far as they are there.
  ///
  /// - Returns: What could not be checked, because it is missing.
  /// - Throws: `RecipeError` with the mistakes of the manifests.
  private func unchecked(_ graph: Graph, _ recipe: Recipe) throws -> [String] {
    let outside = Self.outside(recipe)
    var unseen: [String] = []
    for task in graph.tasks {
      do {
        _ = try task.prepared.outside(outside.of(task.experiment))
      } catch let failure as TaskFailure where failure.code == .badData {
        if !unseen.contains(failure.message) { unseen.append(failure.message) }
      }
    }
    return unseen
  }

  /// Nothing is hashed: `check` says nothing about content, and takes each file for a source of its own.
  private static func outside(_ recipe: Recipe) -> OutsideData {
    OutsideData(of: recipe, digest: { Digest.of($0.string) })
  }

  /// What could not be checked here.
  private func remark(_ recipe: Recipe) -> String {
    if let input = recipe.inputs.first(where: { input in !recipe.stages.contains { $0.name == input.name } }) {
      return "; input '\(input.name)' is not bound"
    }
    return ""
  }
}
