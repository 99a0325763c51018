import Synchronization

/// The runs of one experiment, read as far back as somebody asks.
public final class RunHistory: Sendable {
  /// What the last run that knew a task says of it.
  public struct Task: Sendable {
    /// The name of the run.
    public let run: String
    /// When the run began, in seconds since 1970.
    public let started: Double
    /// The key that the task had.
    public let key: TaskKey
  }

  private let name: String
  private let variant: String?
  private let store: Store
  private let state = Mutex(State())

  private struct State {
    /// The runs not read yet, the newest last; nil before they are listed.
    var unread: [String]?
    var count = 0
    var tasks: [String: Task] = [:]
  }

  /// - Parameters:
  ///   - name: The name of the experiment.
  ///   - variant: Its variant; nil for the runs without one.
  public init(of name: String, variant: String?, in store: Store) {
    self.name = name
    self.variant = variant
    self.store = store
  }

  /// What is known of the task of an address; nil where none of the last runs knew its key.
  ///
  /// - Parameter count: How many runs of the experiment are looked at.
  /// - Throws: `StoreError` where a record cannot be read.
  public func last(_ address: String, ofRuns count: Int = 20) throws -> Task? {
    try state.withLock { state in
      while true {
        if let task = state.tasks[address] { return task }
        guard state.count < count, try readOne(&state) else { return nil }
      }
    }
  }

  /// Takes in the next older run; false where there is none.
  private func readOne(_ state: inout State) throws -> Bool {
    var unread = try state.unread ?? store.runs()
    defer { state.unread = unread }
    while let id = unread.popLast() {
      guard let header = try store.header(of: id), header.name == name, header.variant == variant else { continue }
      state.count += 1
      for task in try store.run(id).tasks where state.tasks[task.address] == nil {
        guard let key = task.key else { continue }
        state.tasks[task.address] = Task(run: id, started: header.started, key: key)
      }
      return true
    }
    return false
  }
}
