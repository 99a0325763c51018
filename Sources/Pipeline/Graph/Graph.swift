import Fingerprints
public import Recipes

/// A recipe expanded over its axes: every task, its inputs named, its parameters decoded, everything checked.
public struct Graph: Sendable {
  /// Where one input of a task comes from.
  public struct Input: Sendable, Hashable {
    /// The port of the consumer; gathered metrics come in by the port `metrics`.
    public let port: String
    /// The place in the port's list.
    public internal(set) var place: Int
    /// The producing task.
    public let producer: Int
    /// The port of the producer.
    public let producerPort: String
    /// Row and column labels of gathered artifacts.
    public let labels: [String: String]

    /// Whether it came by `gather`: then the task does without it where its producer was stopped.
    var isGathered: Bool { !labels.isEmpty }
  }

  /// One instance of a stage at a coordinate.
  public struct Task: Sendable {
    /// The place in `tasks`.
    public let index: Int
    /// The name of the stage in the recipe; `experiment/stage` where the task is taken from another experiment.
    public let stage: String
    /// The experiment that the task is taken from; nil for one of the recipe's own.
    public let experiment: String?
    /// One label an axis.
    public let coordinate: Coordinate
    /// The stage with its parameters.
    public let prepared: PreparedStage
    /// The parameters as written, `$axis` replaced.
    public let parameters: Node?
    /// Where every input comes from; producers stand before their consumers.
    public let inputs: [Input]
    /// The seed: equal for equal work.
    public let seed: UInt64
    /// What the recipe and the profile say the task needs.
    public let needs: Needs
    /// How long its outputs stay.
    public let keep: Keep

    /// How a user calls the task: `train[marker=gfap]`.
    public var address: String { stage + coordinate.description }

    /// The task without what it would have gathered of some producers; the others move up, so that its key does not
    /// tell where those stood.
    func leavingOut(_ isLeftOut: (Int) -> Bool) -> Task {
      var kept = inputs.filter { !($0.isGathered && isLeftOut($0.producer)) }
      guard kept.count < inputs.count else { return self }
      let places = Set(kept.filter(\.isGathered).map(\.place)).sorted()
      let moved = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
      for index in kept.indices where kept[index].isGathered {
        kept[index].place = moved[kept[index].place] ?? kept[index].place
      }
      return Task(
        index: index, stage: stage, experiment: experiment, coordinate: coordinate, prepared: prepared,
        parameters: parameters, inputs: kept, seed: seed, needs: needs, keep: keep)
    }
  }

  /// The recipe behind it.
  public let recipe: Recipe
  /// Every task; producers before consumers.
  public let tasks: [Task]
  /// The stages in the order of the tasks, with their kinds.
  public let stages: [StageBlock]
  /// The stages whose tasks compete, in the order of the tasks.
  public let halvings: [Halving]
  /// The revision of the engine's arithmetic.
  public let numerics: Int
  /// What tasks need on this machine, if somebody says so.
  let profile: Profile?
  /// What the user should know, though nothing is wrong.
  public let warnings: [Diagnostic]

  /// Expands and checks a recipe.
  ///
  /// - Parameter profile: What tasks need on this machine.
  /// - Throws: `RecipeError` with every mistake: unknown kinds, parameters and ports, types that do not fit, axes that
  ///   are missing or extra, cycles.
  public init(_ recipe: Recipe, registry: StageRegistry, profile: Profile? = nil) throws {
    var builder = GraphBuilder(recipe, registry: registry, profile: profile)
    builder.build()
    let errors = builder.diagnostics.filter { !$0.isWarning }
    guard errors.isEmpty else { throw RecipeError(errors, sources: recipe.sources) }
    self.recipe = recipe
    self.profile = profile
    tasks = builder.tasks
    stages = builder.order
    halvings = builder.halvings
    numerics = registry.numerics
    warnings = builder.diagnostics.filter(\.isWarning)
  }

  /// The tasks that a selector names: a stage, and some labels of its axes.
  public func tasks(matching selector: Selector) -> [Task] {
    tasks.filter { task in
      (selector.stage == nil || selector.stage == task.stage) && selector.matches(task.coordinate)
    }
  }

  /// Everything that needs the tasks given, without themselves.
  public func descendants(of given: Set<Int>) -> Set<Int> {
    var reached = given
    for task in tasks where task.inputs.contains(where: { reached.contains($0.producer) }) {
      reached.insert(task.index)
    }
    return reached.subtracting(given)
  }

  /// The tasks given and everything that they need, rivals among it: who is halved is compared with all of its stage.
  public func ancestors(of wanted: some Sequence<Int>) -> Set<Int> {
    tasks.ancestors(of: Set(wanted), halvings: halvings)
  }
}

extension [Graph.Task] {
  /// Some tasks and everything that they need; the places are those in the array.
  func ancestors(of wanted: Set<Int>, halvings: [Halving]) -> Set<Int> {
    var reached = wanted
    let rivals = Dictionary(halvings.flatMap { halving in halving.members.map { ($0, halving.members) } }) { $1 }
    // A stage's tasks stand together and need none of one another, so that rivals are met before what they need.
    for task in reversed() {
      if let rivals = rivals[task.index], task.index == rivals.last, !reached.isDisjoint(with: rivals) {
        reached.formUnion(rivals)
      }
      if reached.contains(task.index) { reached.formUnion(task.inputs.map(\.producer)) }
    }
    return reached
  }
}
