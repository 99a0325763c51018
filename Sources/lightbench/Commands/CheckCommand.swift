import ArgumentParser
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
        print("\(file): \(graph.tasks.count) tasks in \(graph.stages.count) stages\(remark(recipe))")
      } catch let error as RecipeError {
        say(error.rendered())
        guard error.kind == .recipe else { throw error }
        failed = true
      }
    }
    if failed { Exit.leave(.badRecipe) }
  }

  /// What could not be checked here.
  private func remark(_ recipe: Recipe) -> String {
    if let input = recipe.inputs.first(where: { input in !recipe.stages.contains { $0.name == input.name } }) {
      return "; input '\(input.name)' is not bound"
    }
    return ""
  }
}
