extension RunRecord {
  /// How a run ended, or whether it goes on.
  public enum Condition: Sendable, Hashable {
    case running
    /// Its process is gone, and it said nothing before.
    case killed
    /// It runs on another machine, or was killed there: from here nobody can tell.
    case elsewhere(host: String)
    case done, failed, stopped, stoppedAtOnce

    /// In words for people.
    public var words: String {
      switch self {
      case .running: "running"
      case .killed: "killed: its process is gone"
      case .elsewhere(let host): "running on \(host), or killed there"
      case .done: "done"
      case .failed: "failed"
      case .stopped: "stopped"
      case .stoppedAtOnce: "stopped at once"
      }
    }
  }

  /// How it ended, or whether it goes on.
  public var condition: Condition {
    switch end?.exitCode {
    case 0: return .done
    case 75: return .stopped
    case 130: return .stoppedAtOnce
    case .some: return .failed
    case nil: break
    }
    guard header.host == Posix.hostName else { return .elsewhere(host: header.host) }
    let isSame = header.began == nil || Posix.startTime(of: header.process) == header.began
    return Posix.isAlive(header.process) && isSame ? .running : .killed
  }

  /// Whether tasks may still change their state.
  public var isOpen: Bool {
    switch condition {
    case .running, .elsewhere: true
    case .killed, .done, .failed, .stopped, .stoppedAtOnce: false
    }
  }

  /// The experiment, and its variant: `phantom-matrix.smoke`.
  public var title: String { header.title }
}

extension RunRecord.Header {
  /// The experiment, and its variant: `phantom-matrix.smoke`.
  public var title: String { variant.map { "\(name).\($0)" } ?? name }
}
