import Recipes

/// The regions behind one output: those it holds, and those that something learned from on the way to it.
public struct Lineage: Sendable, Hashable, Codable {
  /// The regions in it; for metrics, those that they were measured on; nil where only running tells.
  public var regions: [RegionPlace]?
  /// Every training and validation region that it depends on.
  public var learned: [RegionPlace]

  /// A lineage from its parts.
  public init(regions: [RegionPlace]?, learned: [RegionPlace]) {
    self.regions = regions
    self.learned = learned
  }
}

/// The regions behind every output of a graph: where a model is judged on what it has seen, they tell.
public struct Lineages: Sendable {
  /// By task, by output port.
  public let outputs: [[String: Lineage]]
  /// Whether the places of all regions are known.
  public let isComplete: Bool
  private let graph: Graph

  /// Follows regions through a graph.
  ///
  /// - Parameters:
  ///   - shapes: What is known before anything runs; it comes before what is recorded.
  ///   - recorded: What the row of a task says, if it has one: it counts only where the graph cannot know, since a row
  ///     of equal bytes may stem from other regions.
  public init(_ graph: Graph, shapes: GraphShapes, recorded: (Int) -> [String: Lineage]?) {
    var outputs: [[String: Lineage]] = []
    var isComplete = true
    // Whether all that a task's outputs have learned from is known.
    var isTraced: [Bool] = []
    for task in graph.tasks {
      let reached = Self.learned(by: task, outputs)
      let record = recorded(task.index)
      let isKnown = Self.knowsLearned(of: task, outputs, isTraced)
      isTraced.append(isKnown || record != nil)
      var own: [String: Lineage] = [:]
      for port in task.prepared.ports.outputs {
        var regions = shapes.outputs[task.index][port.name]?.places
        if regions == nil, task.prepared.ports.passesOn { regions = Self.held(task, outputs) { $0 == port.name } }
        let before = record?[port.name]
        own[port.name] = Lineage(
          regions: regions ?? before?.regions,
          learned: isKnown ? reached : Self.merged(reached, before?.learned ?? []))
      }
      let measured = Self.held(task, outputs) { task.prepared.ports.exposure(of: $0) == .judges }
      own["metrics"] = Lineage(
        regions: measured, learned: isKnown ? reached : Self.merged(reached, record?["metrics"]?.learned ?? []))
      outputs.append(own)
      for input in task.inputs where task.prepared.ports.exposure(of: input.port) != .none {
        if outputs[input.producer][input.producerPort]?.regions == nil { isComplete = false }
      }
    }
    self.graph = graph
    self.outputs = outputs
    self.isComplete = isComplete
  }

  /// What a task's outputs depend on: what its inputs learned, what it learns itself, and what selections went by.
  private static func learned(by task: Graph.Task, _ outputs: [[String: Lineage]]) -> [RegionPlace] {
    var learned: [RegionPlace] = []
    var seen: Set<RegionPlace> = []
    for input in task.inputs {
      guard let lineage = outputs[input.producer][input.producerPort] else { continue }
      let own = learns(task, by: input.port) ? lineage.regions ?? [] : []
      for place in lineage.learned + own where seen.insert(place).inserted { learned.append(place) }
    }
    return learned
  }

  private static func learns(_ task: Graph.Task, by port: String) -> Bool {
    task.prepared.ports.exposure(of: port) == .learns || (task.prepared.ports.passesOn && port == "metrics")
  }

  /// Whether nothing is missing of what a task's outputs depend on.
  private static func knowsLearned(
    of task: Graph.Task, _ outputs: [[String: Lineage]], _ isTraced: [Bool]
  ) -> Bool {
    task.inputs.allSatisfy { input in
      isTraced[input.producer]
        && (!learns(task, by: input.port) || outputs[input.producer][input.producerPort]?.regions != nil)
    }
  }

  /// The regions that come in by some ports; nil where one is not known.
  private static func held(
    _ task: Graph.Task, _ outputs: [[String: Lineage]], by isMeant: (String) -> Bool
  ) -> [RegionPlace]? {
    var places: [RegionPlace] = []
    for input in task.inputs where isMeant(input.port) {
      guard let regions = outputs[input.producer][input.producerPort]?.regions else { return nil }
      places = merged(places, regions)
    }
    return places
  }

  private static func merged(_ first: [RegionPlace], _ second: [RegionPlace]) -> [RegionPlace] {
    if second.isEmpty { return first }
    var seen = Set(first)
    return first + second.filter { seen.insert($0).inserted }
  }

  // MARK: - Leaks

  /// A region that a model is judged on though it has seen it, or a part of it.
  public struct Leak: Sendable, Hashable {
    /// The task that judges, or learns from what was found.
    public let task: Int
    /// The port by which the region comes in.
    public let port: String
    /// The region that is tested on.
    public let tested: RegionPlace
    /// The region that was learned from.
    public let learned: RegionPlace
    /// The task whose output should not have learned from the region; nil where all that reaches the judge counts.
    let producer: Int?
  }

  /// The first leak of each task that judges and does not allow it.
  public var leaks: [Leak] {
    let allowed = Set(graph.stages.filter(\.allowLeakage).map(\.name))
    return graph.tasks.compactMap { allowed.contains($0.stage) ? nil : leak(of: $0) }
  }

  private func leak(of task: Graph.Task) -> Leak? { leakIntoScores(of: task) ?? leakIntoFindings(of: task) }

  /// What was found in a region by something that learned from it.
  private func leakIntoFindings(of task: Graph.Task) -> Leak? {
    for input in task.inputs where task.prepared.ports.exposure(of: input.port) == .mustBeUnseen {
      guard let found = outputs[input.producer][input.producerPort] else { continue }
      for place in found.regions ?? [] {
        guard let seen = found.learned.first(where: place.overlaps) else { continue }
        return Leak(task: task.index, port: input.port, tested: place, learned: seen, producer: input.producer)
      }
    }
    return nil
  }

  private func leakIntoScores(of task: Graph.Task) -> Leak? {
    let ports = task.prepared.ports
    guard ports.inputs.contains(where: { $0.exposure == .judges }),
      let learned = outputs[task.index]["metrics"]?.learned, !learned.isEmpty
    else { return nil }
    let bySource = Dictionary(grouping: learned, by: \.source)
    for input in task.inputs where ports.exposure(of: input.port) == .judges {
      for tested in outputs[input.producer][input.producerPort]?.regions ?? [] {
        if let seen = bySource[tested.source]?.first(where: tested.overlaps) {
          return Leak(task: task.index, port: input.port, tested: tested, learned: seen, producer: nil)
        }
      }
    }
    return nil
  }

  /// Throws where a task judges by what was learned from; one mistake a stage.
  ///
  /// - Throws: `RecipeError`.
  public func refuseLeaks() throws {
    let byStage = Dictionary(grouping: leaks) { graph.tasks[$0.task].stage }
    guard !byStage.isEmpty else { return }
    let diagnostics = byStage.values.compactMap { leaks -> Diagnostic? in
      guard let first = leaks.min(by: { $0.task < $1.task }) else { return nil }
      let stage = graph.stages.first { $0.name == graph.tasks[first.task].stage }
      let more = leaks.count == 1 ? "" : "; so in \(leaks.count - 1) more tasks of the stage"
      return Diagnostic(
        .leakage, words(for: first) + more,
        at: stage?.inputs.first { $0.port == first.port }?.reference.range ?? stage?.range,
        hint: "\(Self.cure(for: first)), or say 'allow_leakage: true' in the stage")
    }
    throw RecipeError(diagnostics, sources: graph.recipe.sources)
  }

  /// A leak in words: who tests on what, and who learned from it.
  public func words(for leak: Leak) -> String {
    let same = leak.tested.lower == leak.learned.lower && leak.tested.upper == leak.learned.upper
    let learner = learner(of: leak).map { "\($0) learned from" } ?? "was learned from"
    let what = same ? "the same voxels" : "a part of them, as region '\(leak.learned.name)'"
    let use = leak.producer == nil ? "tests on region" : "learns from what was found in region"
    return "\(graph.tasks[leak.task].address) \(use) '\(leak.tested.name)', and \(learner) \(what)"
  }

  /// What to do about a leak.
  static func cure(for leak: Leak) -> String {
    leak.producer == nil ? "test on other regions" : "take what is found in regions that were not learned from"
  }

  /// The first task that learned from a region that leaks.
  private func learner(of leak: Leak) -> String? {
    let reached = graph.ancestors(of: [leak.producer ?? leak.task])
    return graph.tasks.first { task in
      reached.contains(task.index) && outputs[task.index]["metrics"]?.learned.contains(leak.learned) ?? false
    }?.address
  }
}
