import ArgumentParser
import Fingerprints
import Pipeline
import Recipes
import Reports

/// `lightbench graph`: what a recipe is made of.
struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw the stages of an experiment or recipe, or its tasks, with what goes from one to another.",
    discussion: """
        graph experiments/phantom-matrix.yaml
        graph experiments/phantom-matrix.yaml --format dot | dot -Tsvg > graph.svg
      """)

  @OptionGroup var options: ExperimentOptions

  @Flag(help: "A box a task instead of a box a stage.")
  var tasks = false

  @Option(help: "Mermaid is drawn by GitHub in Markdown, dot by Graphviz.")
  var format = Format.text

  @Flag(help: "The same as --format json.")
  var json = false

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, mermaid, dot, json }

  func run() throws {
    let graph = try options.graph()
    for warning in graph.warnings { say(warning.rendered(in: graph.recipe.sources)) }
    let drawing = tasks ? GraphDrawing(tasksOf: graph) : GraphDrawing(stagesOf: graph)
    switch json ? .json : format {
    case .text: print(drawing.text(), terminator: "")
    case .mermaid: print(drawing.mermaid(), terminator: "")
    case .dot: print(drawing.dot(), terminator: "")
    case .json: printJSON("graph", drawing.document)
    }
  }
}

extension GraphDrawing {
  /// The drawing as a document.
  fileprivate var document: [String: CanonicalValue] {
    [
      "experiment": .text(title),
      "boxes": .list(
        boxes.map { ["name": .text($0.name), "kind": .text($0.kind), "tasks": .optional($0.tasks)] }),
      "arrows": .list(
        arrows.map {
          [
            "from": .text(boxes[$0.from].name), "output": .optional($0.output.isEmpty ? nil : $0.output),
            "to": .text(boxes[$0.to].name), "input": .text($0.input),
          ]
        }),
    ]
  }
}
