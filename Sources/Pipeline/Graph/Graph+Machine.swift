public import Recipes

/// What tasks need, against what a machine has.
extension Graph {
  /// Refuses tasks whose recipe or profile says that they need more memory than there is: nobody can keep that promise
  /// here.
  ///
  /// - Parameters:
  ///   - tasks: Those that may run.
  ///   - memory: Bytes of the machine.
  /// - Throws: `RecipeError`, one mistake a stage.
  public func refuseTooLarge(_ tasks: [Task], memory: Int) throws {
    var diagnostics: [Diagnostic] = []
    for stage in stages {
      let task = tasks.first { $0.stage == stage.name && Int($0.needs.memory?.bytes ?? 0) > memory }
      guard let task else { continue }
      diagnostics.append(
        Diagnostic(
          .tooLarge,
          "\(task.address) needs \(Self.amount(task.memory)) of memory, this machine has \(Self.amount(memory))",
          at: stage.range, hint: hint(for: stage)))
    }
    guard diagnostics.isEmpty else { throw RecipeError(diagnostics, sources: recipe.sources) }
  }

  private func hint(for stage: StageBlock) -> String {
    guard let profile, profile.needs(of: stage).memory != stage.needs.memory else {
      return "lower 'needs.memory' of the stage, or run it on a larger machine"
    }
    return "lower 'needs.memory' of the stage in the profile '\(profile.file)', or run it on a larger machine"
  }

  /// What may not fit, by estimates: memory of single tasks, and all outputs together on the disk of the store.
  ///
  /// - Parameters:
  ///   - tasks: Those that may run.
  ///   - shapes: What is known of their outputs; nil where nothing is.
  ///   - memory: Bytes of the machine.
  ///   - freeDisk: Bytes free on the disk of the store.
  public func warnings(_ tasks: [Task], shapes: GraphShapes?, memory: Int, freeDisk: Int) -> [Diagnostic] {
    var warnings: [Diagnostic] = []
    for stage in stages {
      let task = tasks.first { $0.stage == stage.name && $0.needs.memory == nil && $0.memory > memory }
      guard let task else { continue }
      warnings.append(
        Diagnostic(
          .tooLargeEstimate,
          "\(task.address) may need \(Self.amount(task.memory)) of memory, this machine has "
            + Self.amount(memory), at: stage.range, hint: "lower crop, batch or width, or set 'needs.memory'",
          isWarning: true))
    }
    let bytes = Self.outputBytes(of: tasks, shapes)
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
  private static func outputBytes(of tasks: [Task], _ shapes: GraphShapes?) -> Int {
    guard let shapes else { return 0 }
    return tasks.reduce(0) { sum, task in
      shapes.outputs[task.index].values.reduce(sum) { sum, shape in
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
