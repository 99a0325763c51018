import Fingerprints
public import Recipes

/// Why a task is not cached.
public enum Reason: Sendable, Hashable {
  /// Nothing like it ran before under this address.
  case new
  /// A field of its key changed since the last run.
  case changed([Change])
  /// A task that gives an input runs.
  case input(port: String, producer: String)
  /// The key is as it was, but the store has no result: it failed, was stopped, or was removed.
  case missing
  /// The user asked for it.
  case forced

  /// One field of a key, before and now.
  public struct Change: Sendable, Hashable {
    /// The field: a parameter's name, `input train`, `seed`, `revision`, `engine numerics`.
    public let field: String
    /// What it was; nil where it was not there.
    public let old: String?
    /// What it is; nil where it is no more.
    public let new: String?
    /// Where the value stands now.
    public let range: SourceRange?
  }

  /// Compares a key with the one that the task had before.
  init(of key: TaskKey, previous: TaskKey?, task: Graph.Task, graph: Graph) {
    guard let previous else {
      self = .new
      return
    }
    let changes = Self.changes(from: previous, to: key, task: task, graph: graph)
    self = changes.isEmpty ? .missing : .changed(changes)
  }

  /// In words: `steps 1500 -> 3000`.
  public var words: String {
    switch self {
    case .new: "new"
    case .missing: "no result yet"
    case .forced: "forced"
    case .input(let port, let producer): "input \(port) <- \(producer)"
    case .changed(let changes):
      changes.map { "\($0.field) \($0.old ?? "absent") -> \($0.new ?? "absent")" }.joined(separator: ", ")
    }
  }

  /// Where to look in the recipe: `generalization.yaml:31:35`.
  public var place: String? {
    guard case .changed(let changes) = self, let range = changes.compactMap(\.range).first else { return nil }
    return "\(range.file):\(range.line):\(range.column)"
  }

  // MARK: - Field by field

  private static func changes(from old: TaskKey, to new: TaskKey, task: Graph.Task, graph: Graph) -> [Change] {
    var changes: [Change] = []
    if old.kind != new.kind { changes.append(Change(field: "kind", old: old.kind, new: new.kind, range: nil)) }
    if old.revision != new.revision {
      changes.append(Change(field: "revision", old: "\(old.revision)", new: "\(new.revision)", range: nil))
    }
    changes += parameterChanges(
      from: .map(old.parameters), to: .map(new.parameters), path: "", node: task.parameters)
    changes += inputChanges(from: old, to: new, task: task, graph: graph)
    if old.seed != new.seed {
      changes.append(
        Change(field: "seed", old: String(old.seed, radix: 16), new: String(new.seed, radix: 16), range: nil))
    }
    if old.numerics != new.numerics {
      changes.append(Change(field: "engine numerics", old: "\(old.numerics)", new: "\(new.numerics)", range: nil))
    }
    return changes
  }

  /// The leaves in which two values differ, with the line that sets each.
  private static func parameterChanges(
    from old: CanonicalValue?, to new: CanonicalValue?, path: String, node: Node?
  ) -> [Change] {
    if old == new { return [] }
    if case .map(let before)? = old, case .map(let after)? = new {
      return Set(before.keys).union(after.keys).sorted().flatMap { name in
        parameterChanges(
          from: before[name], to: after[name], path: path.isEmpty ? name : "\(path).\(name)",
          node: node?[name] ?? node)
      }
    }
    let isSetHere = node.map { if case .mapping = $0.content { false } else { true } } ?? false
    return [
      Change(
        field: path, old: old.map { "\($0)" }, new: new.map { "\($0)" }, range: isSetHere ? node?.range : nil)
    ]
  }

  private static func inputChanges(
    from old: TaskKey, to new: TaskKey, task: Graph.Task, graph: Graph
  ) -> [Change] {
    func name(_ input: TaskKey.Input) -> String { "\(input.port) \(input.place)" }
    let before = Dictionary(old.inputs.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [Change] = []
    for (input, source) in zip(new.inputs, task.inputs) where before[name(input)] != input {
      let was = before[name(input)].map { String($0.digest.hex.prefix(8)) }
      let producer = graph.tasks[source.producer].address
      changes.append(
        Change(
          field: "input \(input.port)", old: was, new: "\(input.digest.hex.prefix(8)) (\(producer))", range: nil))
    }
    if new.inputs.count < old.inputs.count {
      changes.append(Change(field: "inputs", old: "\(old.inputs.count)", new: "\(new.inputs.count)", range: nil))
    }
    return changes
  }
}
