extension RunRecord {
  /// A task at work without a break: a training that pauses at rungs, or is tried again, has several.
  public struct Leg: Sendable, Equatable {
    /// The address of the task.
    public let address: String
    /// Seconds since 1970.
    public let start: Double
    /// Seconds since 1970; nil where the record ends before it.
    public internal(set) var end: Double?
    /// That of the line that ended it: `planned` where the task was to be tried again; `started` where nothing did.
    public internal(set) var state: State
  }
}

/// Joins the lines of a record to legs.
struct LegBook {
  /// By start, as recorded.
  private(set) var legs: [RunRecord.Leg] = []
  /// The place of the leg that goes on, by address.
  private var open: [String: Int] = [:]

  /// Takes the next line: one that starts or resumes a task begins a leg where none goes on, every other ends it.
  mutating func add(_ line: RunRecord.Task) {
    switch line.state {
    case .resumed where open[line.address] != nil: break
    case .started, .resumed:
      close(with: line)
      open[line.address] = legs.count
      legs.append(RunRecord.Leg(address: line.address, start: line.time, end: nil, state: .started))
    case .published where open[line.address] == nil:
      // Its beginning was torn from the record.
      guard let seconds = line.seconds else { break }
      legs.append(
        RunRecord.Leg(address: line.address, start: line.time - seconds, end: line.time, state: .published))
    case .planned, .paused, .published, .cached, .failed, .skipped, .stopped: close(with: line)
    }
  }

  private mutating func close(with line: RunRecord.Task) {
    guard let place = open.removeValue(forKey: line.address) else { return }
    legs[place].end = line.time
    legs[place].state = line.state
  }
}
