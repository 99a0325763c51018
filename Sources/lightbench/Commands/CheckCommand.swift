import ArgumentParser
import Fingerprints
import Foundation
import Pipeline
import Recipes
import Reports
import Stages
import SystemPackage

/// `lightbench check FILE...`: everything that can be known without computing.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check recipes and experiments; needs no outside data and runs nothing.",
    discussion: """
      With a profile, memory and disk of this machine are held against what tasks need, as 'run' does; without one, \
      nothing is said about the machine.
      """)

  @Argument(help: "Recipes and experiments.")
  var files: [String]

  @Option(help: "A variant of the experiments.")
  var variant: String?

  @Option(name: .customShort("S"), help: ArgumentHelp("Set a value, as for 'run'.", valueName: "key=value"))
  var set: [String] = []

  @Option(help: "A profile: a file, or a name in experiments/profiles; then memory and disk are checked as well.")
  var profile: String?

  @OptionGroup var store: StoreOption

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let kinds = StageRegistry.lightbench.kinds.map(\.kind)
    let profile = try profile.map { name in try Profile.load(name, kinds: kinds) }
    var failed = false
    var documents: [CanonicalValue] = []
    for file in files {
      do {
        let recipe = try Recipe.load(FilePath(file), variant: variant, overrides: set, kinds: kinds)
        let graph = try Graph(recipe, registry: .lightbench, profile: profile)
        let unseen = try unchecked(graph, recipe)
        let shapes = try GraphShapes(graph, outside: Self.outside(recipe))
        try Lineages(graph, shapes: shapes) { _ in nil }.refuseLeaks()
        let warnings = graph.warnings + (try machineWarnings(graph, shapes, profile))
        for warning in warnings { say(warning.rendered(in: recipe.sources)) }
        documents.append([
          "file": .text(file), "tasks": .count(graph.tasks.count), "stages": .count(graph.stages.count),
          "unbound": .list(recipe.unboundInputs.map { .text($0.name) }),
          "not_checked": .list(unseen.map { .text($0) }),
          "diagnostics": .list(warnings.map(\.document)),
        ])
        if json { continue }
        let (tasks, stages) = (counted(graph.tasks.count, "task"), counted(graph.stages.count, "stage"))
        print("\(file): \(tasks) in \(stages)\(remark(recipe))")
        for text in unseen { print("  not checked: \(text)") }
      } catch let error as RecipeError {
        guard error.kind == .recipe else { throw error }
        documents.append(["file": .text(file), "diagnostics": .list(error.diagnostics.map(\.document))])
        if !json { say(error.rendered()) }
        failed = true
      }
    }
    if json { printJSON("check", ["files": .list(documents)]) }
    if failed { Exit.leave(.badRecipe) }
  }

  /// What may not fit into this machine; nothing without a profile.
  ///
  /// - Throws: `RecipeError` where a task says that it needs more memory than there is.
  private func machineWarnings(_ graph: Graph, _ shapes: GraphShapes, _ profile: Profile?) throws -> [Diagnostic] {
    guard let profile else { return [] }
    let memory = Int(ProcessInfo.processInfo.physicalMemory)
    try graph.refuseTooLarge(graph.tasks, memory: memory)
    let disk = try Store.disk(of: store.path(under: profile))
    return graph.warnings(graph.tasks, shapes: shapes, memory: memory, freeDisk: disk.free)
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

extension Diagnostic {
  /// The mistake or warning as a document.
  fileprivate var document: CanonicalValue {
    [
      "code": .text(code.rawValue), "message": .text(message), "at": .optional(range?.description),
      "length": .optional(range?.length), "hint": .optional(hint), "warning": .boolean(isWarning),
    ]
  }
}
