public import Recipes

/// What a plan needs, against what a machine has.
extension Plan {
  /// The plan of some tasks, by their places in the graph: to be shown and judged, while what runs is made of the
  /// whole one.
  public func part(_ reached: Set<Int>) -> Plan { Plan(self, entries.filter { reached.contains($0.task.index) }) }

  private init(_ plan: Plan, _ entries: [Entry]) {
    graph = plan.graph
    self.entries = entries
    lineages = plan.lineages
  }

  /// Refuses tasks whose recipe says that they need more memory than there is: nobody can keep that promise here.
  ///
  /// - Parameter memory: Bytes of the machine.
  /// - Throws: `RecipeError`, one mistake a stage.
  public func refuseTooLarge(memory: Int) throws {
    var diagnostics: [Diagnostic] = []
    for stage in graph.stages {
      let task = pending.first { $0.task.stage == stage.name && Int($0.task.needs.memory?.bytes ?? 0) > memory }?.task
      guard let task else { continue }
      diagnostics.append(
        Diagnostic(
          .tooLarge,
          "\(task.address) needs \(Self.amount(task.memory)) of memory, this machine has \(Self.amount(memory))",
          at: stage.range, hint: "lower 'needs.memory' of the stage, or run it on a larger machine"))
    }
    guard diagnostics.isEmpty else { throw RecipeError(diagnostics, sources: graph.recipe.sources) }
  }

  /// What may not fit, by estimates: memory of single tasks, and all outputs together on the disk of the store.
  ///
  /// - Parameters:
  ///   - memory: Bytes of the machine.
  ///   - freeDisk: Bytes free on the disk of the store.
  public func warnings(memory: Int, freeDisk: Int) -> [Diagnostic] {
    var warnings: [Diagnostic] = []
    for stage in graph.stages {
      let task = pending.first {
        $0.task.stage == stage.name && $0.task.needs.memory == nil && $0.task.memory > memory
      }?.task
      guard let task else { continue }
      warnings.append(
        Diagnostic(
          .tooLargeEstimate,
          "\(task.address) may need \(Self.amount(task.memory)) of memory, this machine has "
            + Self.amount(memory), at: stage.range, hint: "lower crop, batch or width, or set 'needs.memory'",
          isWarning: true))
    }
    let bytes = outputBytes
    if bytes > freeDisk {
      warnings.append(
        Diagnostic(
          .tooLargeEstimate,
          "the outputs of this run may take \(Self.amount(bytes)), the disk of the store has "
            + "\(Self.amount(freeDisk)) free", at: nil, hint: "name another folder with --store", isWarning: true))
    }
    return warnings
  }

  /// Bytes of the images that are to be written, as if nothing compressed them.
  private var outputBytes: Int {
    guard let shapes = lineages?.shapes else { return 0 }
    return pending.reduce(0) { sum, entry in
      shapes.outputs[entry.task.index].values.reduce(sum) { sum, shape in
        shape.regions.reduce(sum) { $0 + 4 * ($1.size?.reduce(1, *) ?? 0) }
      }
    }
  }

  private static func amount(_ bytes: Int) -> String {
    if bytes < 1 << 30 { return "\(bytes >> 20) MiB" }
    let tenths = Int((Double(bytes) / Double(1 << 30) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) GiB"
  }
}
