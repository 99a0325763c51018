import Fingerprints
import Recipes

/// Where the fields of a task's key come from: places in recipes, tasks behind inputs, data outside.
struct KeyOrigins {
  /// One step into a value of parameters.
  enum Step: Hashable {
    case key(String)
    case place(Int)
  }

  /// The kind's place.
  var kind: SourceRange?
  /// The place of the recipe's seed.
  var seed: SourceRange?
  /// Where each input is connected, by port and place.
  var references: [String: SourceRange] = [:]
  /// The task behind each input.
  var producers: [String: String] = [:]
  /// The inputs whose content is not known yet.
  var pending: Set<String> = []
  private var node: Node?
  private var outside: Set<String> = []

  /// Nothing is known: of a key that a record tells.
  init() {}

  /// - Parameter entries: The plan so far: every producer of the task is in it.
  init(of task: Graph.Task, in graph: Graph, entries: [Plan.Entry]) {
    let block = graph.stages.first { $0.name == task.stage }
    kind = block?.kindRange
    node = task.parameters
    for input in task.inputs {
      let place = Self.place(input.port, input.place)
      let producer = graph.tasks[input.producer]
      producers[place] = producer.address
      references[place] =
        block?.inputs.first { $0.port == input.port }?.reference.range
        ?? block?.gather.first { $0.from == producer.stage }?.range
      if !entries[input.producer].isCached { pending.insert(place) }
    }
  }

  /// The same, with what outside data means to the task told apart, and the place of the seed.
  func completed(with parameters: [String: CanonicalValue], of task: Graph.Task, seed: SourceRange?) -> KeyOrigins {
    var origins = self
    origins.outside = Set(parameters.keys.filter { task.prepared.parameters[$0] != parameters[$0] })
    origins.seed = seed
    return origins
  }

  // MARK: - Parameters

  /// The place that sets a value; nil where it is a default.
  func range(of path: [Step]) -> SourceRange? {
    guard var node else { return nil }
    for step in path {
      switch (step, node.content) {
      case (.key(let name), .mapping):
        guard let inner = node[name] else { return nil }
        node = inner
      case (.place(let index), .sequence(let nodes)) where index < nodes.count: node = nodes[index]
      default: break  // the meaning of a scalar: a manifest, a unit
      }
    }
    return node.range
  }

  /// Whether a value is what data outside of the recipe means.
  func isOutside(_ path: [Step]) -> Bool {
    if case .key(let name)? = path.first { outside.contains(name) } else { false }
  }

  // MARK: - Inputs

  static func place(_ port: String, _ place: Int) -> String { "\(port) \(place)" }
  static func place(_ input: TaskKey.Input) -> String { place(input.port, input.place) }

  /// The inputs as readers call them: `input train`; with a number where a port takes several; gathered ones by cell.
  static func named(_ inputs: [TaskKey.Input]) -> [(name: String, input: TaskKey.Input)] {
    let counts = Dictionary(inputs.map { ($0.port, 1) }, uniquingKeysWith: +)
    return inputs.map { input in
      let labels = input.labels.sorted { $0.key > $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
      let name = "input \(input.port)"
      if !labels.isEmpty { return ("\(name)[\(labels)]", input) }
      return ((counts[input.port] ?? 0) > 1 ? "\(name) \(input.place + 1)" : name, input)
    }
  }
}

extension [KeyOrigins.Step] {
  /// `model.dim`, `volumes[2].source`.
  var name: String {
    reduce(into: "") { text, step in
      switch step {
      case .key(let name): text += text.isEmpty ? name : ".\(name)"
      case .place(let index): text += "[\(index)]"
      }
    }
  }
}
