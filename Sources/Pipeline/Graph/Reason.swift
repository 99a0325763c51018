import Fingerprints
import Recipes

/// Why a task is not cached.
public enum Reason: Sendable, Hashable {
  /// Nothing like it ran before under this address.
  case new
  /// A field of its key changed since the last run.
  case changed([KeyChange])
  /// A task that gives an input runs.
  case input(port: String, producer: String)
  /// The key is as it was, but the store has no result: it failed, was stopped, or was removed.
  case missing
  /// Its outputs were temporary and are gone, and a task that runs reads them.
  case dropped(wantedBy: String)
  /// The user asked for it.
  case forced
  /// It is at a rung, and goes on if it is among the best.
  case rung(step: Int, of: Int, goOn: Int)
  /// Its result is in the store, but nobody measured it at the rung where it competes.
  case unmeasured(step: Int)

  /// Compares a key with the one that the task had before.
  init(of key: TaskKey, previous: TaskKey?, origins: @autoclosure () -> KeyOrigins) {
    guard let previous else {
      self = .new
      return
    }
    let changes = KeyComparison(previous, key, origins: origins()).changes
    self = changes.isEmpty ? .missing : .changed(changes)
  }

  /// In words: `steps 1500 -> 3000`.
  public var words: String {
    switch self {
    case .new: "new"
    case .missing: "no result yet"
    case .forced: "forced"
    case .rung(let step, let count, let goOn): "at step \(step), where the best \(goOn) of \(count) go on"
    case .unmeasured(let step): "not measured at step \(step), where its stage is halved"
    case .dropped(let reader): "temporary outputs are gone, read by \(reader)"
    case .input(let port, let producer): "input \(port) <- \(producer)"
    case .changed(let changes):
      changes.prefix(3).map(\.words).joined(separator: ", ") + (changes.count > 3 ? ", \(changes.count - 3) more" : "")
    }
  }

  /// Where to look in the recipe: `generalization.yaml:31:35`.
  public var place: String? {
    guard case .changed(let changes) = self, let range = changes.compactMap(\.range).first else { return nil }
    return range.description
  }
}
