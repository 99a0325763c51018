import Recipes

/// What is known of every artifact of a graph before anything runs.
public struct GraphShapes: Sendable {
  /// By task, by output port; a port that is missing is not known.
  public let outputs: [[String: ArtifactShape]]

  /// Lets every stage look at the shapes of its inputs.
  ///
  /// - Parameter outside: Data outside the store; nil where nobody may look at it.
  /// - Throws: `RecipeError` with everything that does not fit, each mistake once a stage.
  public init(_ graph: Graph, outside: OutsideData?) throws {
    var outputs: [[String: ArtifactShape]] = []
    var diagnostics: [Diagnostic] = []
    for task in graph.tasks {
      var ports: [String: [ArtifactShape?]] = [:]
      for input in task.inputs {
        ports[input.port, default: []].append(outputs[input.producer][input.producerPort])
      }
      let inputs = InputShapes(ports, seed: task.seed, outside: outside?.of(task.experiment))
      do {
        outputs.append(
          task.prepared.ports.passesOn ? Self.common(inputs) : try task.prepared.outputShapes(inputs))
      } catch let problem as ShapeProblem {
        outputs.append([:])
        let found = Self.diagnostic(problem, task, graph)
        if !diagnostics.contains(where: { $0.range == found.range && $0.hint == found.hint }) {
          diagnostics.append(found)
        }
      }
    }
    guard diagnostics.isEmpty else { throw RecipeError(diagnostics, sources: graph.recipe.sources) }
    self.outputs = outputs
  }

  /// What a selection gives is known where all candidates are alike.
  private static func common(_ inputs: InputShapes) -> [String: ArtifactShape] {
    inputs.ports.compactMapValues { shapes in
      guard let first = shapes.first, shapes.allSatisfy({ $0 == first }) else { return nil }
      return first
    }
  }

  private static func diagnostic(_ problem: ShapeProblem, _ task: Graph.Task, _ graph: Graph) -> Diagnostic {
    var range = graph.stages.first { $0.name == task.stage }?.range
    var node = task.parameters
    for key in problem.field.split(separator: ".") {
      node = node?[String(key)]
      range = node?.range ?? range
    }
    return Diagnostic(.shape, "\(task.address): \(problem.message)", at: range, hint: problem.hint)
  }
}
