extension Plan {
  /// What a new revision of the engine's arithmetic makes necessary.
  public struct NewNumerics: Sendable {
    /// The revision of the last results.
    public let old: String
    /// The revision now.
    public let new: String
    /// The tasks that run or may run because of it alone.
    public let entries: [Entry]
  }

  /// Nil where the revision is that of the last results, or no task runs for it alone.
  public var newNumerics: NewNumerics? {
    var found: KeyChange?
    var reached: Set<Int> = []
    for entry in entries where !entry.isCached {
      if case .changed(let changes)? = entry.reason, changes.count == 1, changes[0].field == "engine numerics" {
        found = found ?? changes[0]
        reached.insert(entry.task.index)
      } else if case .input? = entry.reason, entry.task.inputs.contains(where: { reached.contains($0.producer) }) {
        reached.insert(entry.task.index)
      }
    }
    guard let found, let old = found.old, let new = found.new else { return nil }
    return NewNumerics(old: old, new: new, entries: entries.filter { reached.contains($0.task.index) })
  }
}
