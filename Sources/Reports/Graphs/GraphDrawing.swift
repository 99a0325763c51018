public import Pipeline
import Recipes

/// The stages or the tasks of a graph as boxes and arrows, for people and for tools that draw.
public struct GraphDrawing: Sendable, Equatable {
  /// A stage, a task, or an input that nothing binds.
  public struct Box: Sendable, Equatable {
    /// What it is called: `train`, or `train[marker=cfos]`.
    public let name: String
    /// The stage kind; the type of an input.
    public let kind: String
    /// How many tasks it stands for; nil for a task and for an input.
    public let tasks: Int?
  }

  /// An artifact on its way: from an output of one box to an input of another.
  public struct Arrow: Sendable, Hashable {
    /// The places of the boxes.
    public let from: Int
    public let to: Int
    /// The output; empty for an input that nothing binds.
    public let output: String
    /// The input.
    public let input: String
  }

  /// The name of the experiment.
  public let title: String
  /// Producers before consumers.
  public let boxes: [Box]
  /// In the order of the boxes that they lead to.
  public let arrows: [Arrow]

  init(title: String, boxes: [Box], arrows: [Arrow]) {
    self.title = title
    self.boxes = boxes
    self.arrows = arrows
  }

  /// Draws a graph, with a box a stage.
  public init(stagesOf graph: Graph) {
    self.init(graph, names: graph.stages.map(\.name), kinds: graph.stages.map(\.kind)) { $0.stage }
  }

  /// Draws a graph, with a box a task.
  public init(tasksOf graph: Graph) {
    self.init(graph, names: graph.tasks.map(\.address), kinds: graph.tasks.map(\.prepared.kind), counts: false) {
      $0.address
    }
  }

  private init(
    _ graph: Graph, names: [String], kinds: [String], counts: Bool = true, name: (Graph.Task) -> String
  ) {
    title = graph.recipe.variant.map { "\(graph.recipe.name).\($0)" } ?? graph.recipe.name
    let inputs = graph.recipe.unboundInputs
    let tasks = counts ? Dictionary(graph.tasks.map { (name($0), 1) }, uniquingKeysWith: +) : [:]
    boxes =
      inputs.map { Box(name: $0.name, kind: "input, \($0.type)", tasks: nil) }
      + zip(names, kinds).map { Box(name: $0, kind: $1, tasks: counts ? tasks[$0] ?? 0 : nil) }
    let places = Dictionary(
      boxes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let blocks = Dictionary(graph.stages.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var arrows: [Arrow] = []
    var seen: Set<Arrow> = []
    func add(_ from: Int?, _ to: Int?, _ output: String, _ input: String) {
      guard let from, let to else { return }
      let arrow = Arrow(from: from, to: to, output: output, input: input)
      if seen.insert(arrow).inserted { arrows.append(arrow) }
    }
    for task in graph.tasks {
      let place = places[name(task)]
      for input in blocks[task.stage]?.inputs ?? [] where inputs.contains(where: { $0.name == input.reference.source })
      {
        add(places[input.reference.source], place, "", input.port)
      }
      for input in task.inputs {
        add(places[name(graph.tasks[input.producer])], place, input.producerPort, input.port)
      }
    }
    self.arrows = arrows
  }

  /// What reaches a box, in words: `train <- prepare.train`.
  func sources(of place: Int) -> [String] {
    arrows.filter { $0.to == place }.map { arrow in
      "\(arrow.input) <- \(boxes[arrow.from].name)" + (arrow.output.isEmpty ? "" : ".\(arrow.output)")
    }
  }
}

extension GraphDrawing.Box {
  /// `train.detector, 6 tasks`.
  var detail: String { kind + (tasks.map { ", \($0) task\($0 == 1 ? "" : "s")" } ?? "") }
}
