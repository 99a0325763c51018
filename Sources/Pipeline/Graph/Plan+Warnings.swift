import Fingerprints
public import Recipes

extension Plan {
  /// What the user should know, though nothing is wrong: axes that no task of a stage reads.
  ///
  /// An axis is read where it makes a difference to a task: in a parameter, through an input, in a seed.
  public var warnings: [Diagnostic] {
    let byStage = Dictionary(grouping: entries, by: \.task.stage)
    return graph.stages.flatMap { stage in
      stage.over.map(\.name).compactMap { axis in
        isUnread(axis, by: byStage[stage.name] ?? []) ? Self.unread(axis, by: stage) : nil
      }
    }
  }

  /// Whether tasks that differ in one axis alone are the same work, wherever there are two of them.
  private func isUnread(_ axis: String, by entries: [Entry]) -> Bool {
    var keys: [[String]: Digest] = [:]
    var isSeen = false
    for entry in entries {
      let others = entry.task.coordinate.entries.filter { $0.axis != axis }.map(\.label)
      if let key = keys.updateValue(entry.planKey, forKey: others) {
        if key != entry.planKey { return false }
        isSeen = true
      }
    }
    return isSeen
  }

  private static func unread(_ axis: String, by stage: StageBlock) -> Diagnostic {
    Diagnostic(
      .unreadAxis, "'\(stage.name)' runs over '\(axis)' but reads it nowhere: its tasks are the same work",
      at: stage.range, hint: "use '$\(axis)', or take '\(axis)' out of 'over'", isWarning: true)
  }
}
