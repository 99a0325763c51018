public import Recipes

/// What a plan needs, against what a machine has.
extension Plan {
  /// The plan of some tasks, by their places in the graph: to be shown and judged, while what runs is made of the
  /// whole one.
  public func part(_ reached: Set<Int>) -> Plan { Plan(self, entries.filter { reached.contains($0.task.index) }) }

  /// The plan with tasks that run though they are in the store, each by itself: rivals and readers stay as they are.
  public func forcing(_ tasks: Set<Int>) -> Plan {
    Plan(
      self,
      entries.map { entry in
        guard tasks.contains(entry.task.index) else { return entry }
        var forced = entry
        (forced.state, forced.reason, forced.kept, forced.isDropped) = (.run, .forced, nil, false)
        return forced
      })
  }

  private init(_ plan: Plan, _ entries: [Entry]) {
    graph = plan.graph
    self.entries = entries
    lineages = plan.lineages
    let reached = Set(entries.map(\.task.index))
    standings = plan.standings.filter { reached.isSuperset(of: $0.halving.members) }
  }

  /// Refuses tasks to run that say they need more memory than there is.
  ///
  /// - Parameter memory: Bytes of the machine.
  /// - Throws: `RecipeError`, one mistake a stage.
  public func refuseTooLarge(memory: Int) throws {
    try graph.refuseTooLarge(pending.map(\.task), memory: memory)
  }

  /// What may not fit of the tasks to run, by estimates of memory and disk.
  ///
  /// - Parameters:
  ///   - memory: Bytes of the machine.
  ///   - freeDisk: Bytes free on the disk of the store.
  public func warnings(memory: Int, freeDisk: Int) -> [Diagnostic] {
    graph.warnings(pending.map(\.task), shapes: lineages?.shapes, memory: memory, freeDisk: freeDisk)
  }
}
