import Fingerprints
public import Pipeline

/// What a run did when, and which worker did it: a lane a worker, in which spans follow one another.
public struct Timeline: Sendable, Equatable {
  /// One task at work without a break.
  public struct Span: Sendable, Equatable {
    public let address: String
    public let stage: String
    /// The worker process, `host 1234`; nil where no row in the store tells.
    public let worker: String?
    /// Seconds since the run began.
    public internal(set) var start: Double
    public let end: Double
    /// Bytes that the worker held at most; nil where nobody looked.
    public let memory: Int?
    /// False where it failed, was to be tried again, or was still running at the end of the record.
    public let isDone: Bool

    /// How long it took.
    public var seconds: Double { end - start }
  }

  /// The experiment of the run, with its variant.
  public let title: String
  /// The name of the run.
  public let run: String
  /// By start, then by address.
  public let spans: [Span]
  /// How many tasks were found in the store, not computed.
  public let cached: Int
  /// Seconds from the beginning of the run to its end, or to the last thing on record.
  public let seconds: Double

  /// The timeline of a run; tasks that were not begun are not in it, those that paused are in it leg by leg.
  ///
  /// - Parameter store: Where workers and memory of done tasks are looked up; rows that are gone tell neither.
  /// - Throws: `StoreError` for a row that cannot be read.
  public init(of record: RunRecord, store: Store) throws {
    title = record.header.title
    run = record.id
    let begin = record.header.started
    let last = max(record.end?.time ?? begin, record.tasks.map(\.time).max() ?? begin)
    seconds = max(0, last - begin)
    cached = record.tasks.count { $0.state == .cached }
    let tasks = Dictionary(record.tasks.map { ($0.address, $0) }) { first, _ in first }
    spans = try record.legs.compactMap { leg -> Span? in
      let end = leg.end ?? last
      guard let task = tasks[leg.address], leg.start.isFinite, end.isFinite else { return nil }
      // The row in the store is that of the leg that was published last.
      let isOfRow = leg.state == .published && leg.end == task.time
      let provenance = try isOfRow ? task.fingerprint.flatMap { try store.lookup($0)?.provenance } : nil
      return Span(
        address: task.address, stage: task.stage ?? task.addressedStage,
        worker: provenance.map { "\($0.host) \($0.process)" }, start: max(0, min(leg.start, end) - begin),
        end: max(0, end - begin), memory: provenance?.memory,
        isDone: [.published, .paused, .stopped].contains(leg.state))
    }.sorted { ($0.start, $0.end, $0.address) < ($1.start, $1.end, $1.address) }
  }

  /// A timeline from its parts; times in seconds since the run began.
  init(title: String, run: String, spans: [Span], cached: Int, seconds: Double) {
    self.title = title
    self.run = run
    self.spans = spans.sorted { ($0.start, $0.end, $0.address) < ($1.start, $1.end, $1.address) }
    (self.cached, self.seconds) = (cached, seconds)
  }

  // MARK: -

  /// The spans by lane, none of which overlaps the one before it: a lane stays with its worker, and goes to another one
  /// when that has ended.
  public var lanes: [[Span]] {
    // Runner and worker look at the clock one after the other: a task seems to begin a moment before the last one ends.
    let slack = 0.25
    var lanes: [[Span]] = []
    for span in spans {
      let own = lanes.firstIndex { lane in
        span.worker != nil && lane.last.map { $0.worker == span.worker && $0.end <= span.start + slack } ?? false
      }
      let free = lanes.firstIndex { ($0.last?.end ?? 0) <= span.start }
      var placed = span
      guard let lane = own ?? free else {
        lanes.append([placed])
        continue
      }
      placed.start = min(placed.end, max(placed.start, lanes[lane].last?.end ?? 0))
      lanes[lane].append(placed)
    }
    return lanes
  }

  /// How many tasks were at work.
  public var tasks: Int { Self.tasks(of: spans) }

  private static func tasks(of spans: [Span]) -> Int { Set(spans.map(\.address)).count }

  /// What the stages took, the longest first.
  public var stages: [(name: String, tasks: Int, seconds: Double, memory: Int?)] {
    var names: [String] = []
    var byName: [String: [Span]] = [:]
    for span in spans {
      if byName[span.stage] == nil { names.append(span.stage) }
      byName[span.stage, default: []].append(span)
    }
    return names.map { name in
      let own = byName[name] ?? []
      return (name, Self.tasks(of: own), own.reduce(0) { $0 + $1.seconds }, own.compactMap(\.memory).max())
    }.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
  }

  /// The task that took the most memory at its peak; nil where nobody looked.
  public var largest: Span? { spans.filter { $0.memory != nil }.max { ($0.memory ?? 0) < ($1.memory ?? 0) } }

  /// Seconds that all workers worked together.
  public var worked: Double { spans.reduce(0) { $0 + $1.seconds } }
}
