/// Two tasks of one thread each beside one task of two threads, on the small autoencoder.
struct TwoTasks: Encodable {
  /// Share of the work of one task of two threads that the two do, from the engine's specification.
  static let floor = 0.95

  /// Steps a second of both processes together.
  let together: Double
  /// Steps a second of one process of two threads.
  let alone: Double
  let share: Double

  private enum CodingKeys: String, CodingKey {
    case together = "two_tasks_steps_per_second"
    case alone = "one_task_steps_per_second"
    case share
  }

  /// Measures both in turn; the round with the median share.
  init(rounds: Int, start: (_ threads: Int) throws -> ChildProcess) throws {
    var found: [(together: Double, alone: Double)] = []
    for _ in 0..<rounds {
      let pair = [try start(1), try start(1)]
      let together = try pair.map { try $0.result(Measurement.self).rate }.reduce(0, +)
      found.append((together, try start(2).result(Measurement.self).rate))
    }
    let round = found.sorted { $0.together / $0.alone < $1.together / $1.alone }[rounds / 2]
    (together, alone, share) = (round.together, round.alone, round.together / round.alone)
  }
}
