import Fingerprints
import Recipes

/// The tasks of a stage that compete: all go to the first rung, the best of them to the next, and so on.
///
/// Synchronous successive halving: who goes on is a function of what all came to at the rung, never of the order of
/// work. Jamieson and Talwalkar 2016, arXiv:1502.07943.
public struct Halving: Sendable, Hashable {
  /// The stage as it is called in addresses.
  public let stage: String
  /// What is compared.
  public let metric: String
  /// One in how many goes on.
  public let eta: Int
  /// The places of the tasks, ascending.
  public let members: [Int]
  /// The steps of the rungs, ascending; fewer where fewer steps or tasks are left.
  public let rungs: [Int]

  /// - Parameter steps: The steps of the shortest of the trainings.
  init(_ stage: String, _ rule: StopRule, members: [Int], steps: Int) {
    var rungs: [Int] = []
    var (step, count) = (rule.min, members.count)
    while count > 1, step < steps {
      rungs.append(step)
      count = Self.survivors(of: count, eta: rule.eta)
      let (next, isTooLarge) = step.multipliedReportingOverflow(by: rule.eta)
      step = isTooLarge ? .max : next
    }
    self.init(stage: stage, metric: rule.metric, eta: rule.eta, members: members, rungs: rungs)
  }

  init(stage: String, metric: String, eta: Int, members: [Int], rungs: [Int]) {
    (self.stage, self.metric, self.eta, self.members, self.rungs) = (stage, metric, eta, members, rungs)
  }

  /// How many tasks go to each rung, and last to the end.
  public var counts: [Int] {
    rungs.reduce(into: [members.count]) { counts, _ in
      counts.append(Self.survivors(of: counts[counts.count - 1], eta: eta))
    }
  }

  static func survivors(of count: Int, eta: Int) -> Int { count / eta + (count.isMultiple(of: eta) ? 0 : 1) }

  /// The same with the tasks at other places, in another graph or in a schedule.
  func moved(to stage: String? = nil, _ place: (Int) -> Int) -> Halving {
    Halving(stage: stage ?? self.stage, metric: metric, eta: eta, members: members.map(place).sorted(), rungs: rungs)
  }
}

/// Where and why a task was stopped early, or never began.
public struct Stopping: Sendable, Hashable {
  /// The task that lost: the task itself, or one that it needs.
  public let address: String
  /// The step that it was stopped at.
  public let step: Int
  /// What it came to there; nil is n/a.
  public let value: Double?
  /// Its place among those at the rung, from 1.
  public let rank: Int
  /// How many were compared, and how many go on.
  public let compared: Int
  public let goOn: Int
  /// What was compared.
  public let metric: String
}

/// How far the tasks of a halving are, and which were stopped.
struct HalvingStanding: Sendable {
  /// What a task came to at a rung.
  enum Mark: Sendable, Hashable {
    case reached(Metric)
    /// It failed on its way.
    case lost
  }

  let halving: Halving
  /// How tasks are called: what decides between equals.
  private let addresses: [Int: String]
  /// Those that no rung stopped, in the order of tasks.
  private(set) var alive: [Int]
  /// The rung that they are at or on their way to.
  private(set) var rung = 0

  init(_ halving: Halving, address: (Int) -> String) {
    self.halving = halving
    addresses = Dictionary(uniqueKeysWithValues: halving.members.map { ($0, address($0)) })
    alive = halving.members
  }

  /// The steps of the rung; nil when all are decided, and those alive go to their end.
  var step: Int? { rung < halving.rungs.count ? halving.rungs[rung] : nil }

  /// Lets the best go on, once all have a mark: those without a number stand behind those with one, those that failed
  /// last, and of equals the address that sorts first is ahead.
  ///
  /// - Returns: Those that were stopped.
  mutating func advance(_ marks: [Int: Mark]) -> [(member: Int, stopping: Stopping)] {
    guard let step else { return [] }
    let ranked = alive.map { (member: $0, address: addresses[$0] ?? "", key: Self.key(marks[$0])) }
      .sorted { ($0.key.group, $0.key.cost, $0.address) < ($1.key.group, $1.key.cost, $1.address) }
    let goOn = Halving.survivors(of: alive.count, eta: halving.eta)
    let stopped = ranked.enumerated().dropFirst(goOn).map { place, loser in
      let value: Double? = if case .reached(let metric)? = marks[loser.member] { metric.value } else { nil }
      let stopping = Stopping(
        address: loser.address, step: step, value: value, rank: place + 1, compared: ranked.count, goOn: goOn,
        metric: halving.metric)
      return (member: loser.member, stopping: stopping)
    }
    alive = ranked.prefix(goOn).map(\.member).sorted()
    rung += 1
    return stopped
  }

  /// What marks are sorted by: less is better.
  private static func key(_ mark: Mark?) -> (group: Int, cost: Double) {
    guard case .reached(let metric)? = mark else { return (2, 0) }
    guard let value = metric.value, value.isFinite else { return (1, 0) }
    return (0, metric.better == .higher ? -value : value)
  }
}
