public import Fingerprints
public import Recipes

/// Why a task will run, may run, or need not: its key field by field, and the tasks behind its inputs.
public struct Explanation: Sendable {
  /// What the key is compared with.
  public enum Basis: Sendable, Hashable {
    /// The key that the task had in a run, which began then (seconds since 1970).
    case run(String, started: Double)
    /// The result of that kind which differs least, computed then as that task.
    case nearest(String, started: Double)
    /// Nothing of the kind was ever computed.
    case nothing
  }

  /// One field of the key as it is now.
  public struct Field: Sendable, Hashable {
    /// The parameter, or `revision`, `seed`, `engine numerics`.
    public let name: String
    /// The value as text: `0.001`, `'focal'`.
    public let value: String
    /// Where it is set; nil where it is a default, or no matter of the recipe.
    public let range: SourceRange?
    /// Whether it is a parameter.
    public let isParameter: Bool
    /// Whether it comes from data outside of the recipe.
    public let isOutside: Bool

    init(_ name: String, _ value: String, at range: SourceRange?, isParameter: Bool = false, isOutside: Bool = false) {
      self.name = name
      self.value = value
      self.range = range
      self.isParameter = isParameter
      self.isOutside = isOutside
    }
  }

  /// One input and the task behind it.
  public struct Input: Sendable {
    /// The input as in changes: `train`, `metrics[row=neun,column=cfos]`.
    public let name: String
    /// The place of the producer in the plan, and its port.
    public let producer: Int
    public let port: String
    /// The content, where it is known.
    public let digest: Digest?
    /// Where the recipe connects it.
    public let range: SourceRange?
  }

  /// A task that must run, or may, for another to have an input.
  public struct Cause: Sendable {
    /// The input's port, and how many inputs of that port wait.
    public let port: String
    public let count: Int
    /// The place in the plan of the first task that is waited for.
    public let producer: Int
    /// Why that one is not there; empty where it was told before.
    public let causes: [Cause]
    /// Whether it was told before.
    public let isRepeated: Bool
  }

  /// The task and what will happen to it.
  public let entry: Plan.Entry
  /// What its key is compared with.
  public let basis: Basis
  /// The fields in which it differs from that, as far as inputs are known.
  public let changes: [KeyChange]
  /// Every field but the inputs.
  public let fields: [Field]
  /// Every input.
  public let inputs: [Input]
  /// The inputs that are waited for, each with its reason in turn.
  public let causes: [Cause]
  /// The places in the plan of the tasks at the root: they wait for nothing, and run.
  public let roots: [Int]
}

extension Explanation {
  /// Explains tasks of a plan, by their places in it.
  ///
  /// - Parameters:
  ///   - history: The earlier runs of the experiment.
  ///   - store: Where the nearest result is looked for, if no run knew a task.
  /// - Throws: `StoreError` and `SystemError` where records or rows cannot be read.
  public static func all(of indices: [Int], in plan: Plan, history: RunHistory, store: Store) throws -> [Explanation] {
    let isKnown = try indices.allSatisfy { try history.last(plan.entries[$0].task.address) != nil }
    let rows = isKnown ? [] : try store.rows()
    return try indices.map { try Explanation(of: $0, in: plan, history: history, rows: rows) }
  }

  private init(of index: Int, in plan: Plan, history: RunHistory, rows: [Manifest]) throws {
    let entry = plan.entries[index]
    self.entry = entry
    let origins = KeyOrigins(of: entry.task, in: plan.graph, entries: plan.entries)
      .completed(with: entry.parameters, of: entry.task, seed: plan.graph.recipe.seedRange)
    let key = entry.task.key(entry.parameters, numerics: plan.graph.numerics) { input in
      plan.entries[input.producer].manifest?.outputs[input.producerPort]?.digest ?? Self.unknown
    }
    (basis, changes) = try Self.compared(key, at: entry.task.address, origins, history, rows)
    fields = Self.fields(of: key, origins)
    inputs = zip(KeyOrigins.named(key.inputs), entry.task.inputs).map { named, input in
      Input(
        name: String(named.name.dropFirst(6)), producer: input.producer, port: input.producerPort,
        digest: named.input.digest == Self.unknown ? nil : named.input.digest,
        range: origins.references[KeyOrigins.place(named.input)])
    }
    var seen: Set<Int> = []
    causes = Self.causes(of: entry, in: plan, &seen)
    roots = plan.graph.ancestors(of: [index]).sorted().filter {
      if case .run = plan.entries[$0].state { $0 != index } else { false }
    }
  }

  /// Stands for content that is not computed yet; never compared.
  private static let unknown = Digest.of("unknown")

  private static func compared(
    _ key: TaskKey, at address: String, _ origins: KeyOrigins, _ history: RunHistory, _ rows: [Manifest]
  ) throws -> (Basis, [KeyChange]) {
    if let last = try history.last(address) {
      return (.run(last.run, started: last.started), KeyComparison(last.key, key, origins: origins).changes)
    }
    var nearest: (manifest: Manifest, changes: [KeyChange])?
    for manifest in rows where manifest.key.kind == key.kind {
      let changes = KeyComparison(manifest.key, key, origins: origins).changes
      let isNearer = nearest.map { best in
        (changes.count, best.manifest.provenance.started)
          < (best.changes.count, manifest.provenance.started)
      }
      if isNearer ?? true { nearest = (manifest, changes) }
    }
    guard let nearest else { return (.nothing, []) }
    let provenance = nearest.manifest.provenance
    return (.nearest(provenance.address, started: provenance.started), nearest.changes)
  }

  // MARK: - Fields

  private static func fields(of key: TaskKey, _ origins: KeyOrigins) -> [Field] {
    [Field("kind", key.kind, at: origins.kind)] + leaves(of: .map(key.parameters), at: [], origins) + [
      Field("revision", "\(key.revision)", at: nil), Field("seed", String(key.seed, radix: 16), at: origins.seed),
      Field("engine numerics", "\(key.numerics)", at: nil),
    ]
  }

  private static func leaves(
    of value: CanonicalValue, at path: [KeyOrigins.Step], _ origins: KeyOrigins
  ) -> [Field] {
    if case .map(let entries) = value, !entries.isEmpty {
      return entries.sorted { $0.key < $1.key }.flatMap { leaves(of: $0.value, at: path + [.key($0.key)], origins) }
    }
    if path.isEmpty { return [] }
    return [
      Field(
        path.name, value.shown, at: origins.range(of: path), isParameter: true, isOutside: origins.isOutside(path))
    ]
  }

  // MARK: - Causes

  /// One cause a port and producing stage; a task that was explained before is not explained again.
  private static func causes(of entry: Plan.Entry, in plan: Plan, _ seen: inout Set<Int>) -> [Cause] {
    var groups: [(port: String, producers: [Int])] = []
    for input in entry.task.inputs where plan.entries[input.producer].isPending {
      let stage = plan.graph.tasks[input.producer].stage
      let place = groups.firstIndex {
        $0.port == input.port && plan.graph.tasks[$0.producers[0]].stage == stage
      }
      if let place {
        groups[place].producers.append(input.producer)
      } else {
        groups.append((input.port, [input.producer]))
      }
    }
    var causes: [Cause] = []
    for (port, producers) in groups {
      let first = producers[0]
      let isNew = seen.insert(first).inserted
      causes.append(
        Cause(
          port: port, count: Set(producers).count, producer: first,
          causes: isNew ? Self.causes(of: plan.entries[first], in: plan, &seen) : [], isRepeated: !isNew))
    }
    return causes
  }
}
