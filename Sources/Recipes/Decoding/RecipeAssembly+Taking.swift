import SystemPackage

/// Bindings that take tasks of another experiment.
extension RecipeAssembly {
  /// Reads the experiments that bindings name, each once.
  static func others(
    of bindings: [Node.Entry], in document: RecipeDocument, path: FilePath, trail: [String], reading: Reading,
    into collector: inout DiagnosticCollector
  ) -> [String: RecipeAssembly] {
    var others: [String: RecipeAssembly] = [:]
    for binding in bindings {
      guard let node = binding.value["from"], let text = node.scalar, !node.isNull, others[text] == nil else {
        continue
      }
      let other: RecipeAssembly?
      if let entry = document.experiments.first(where: { $0.name == text }) {
        guard checkName(text, at: node.range, into: &collector) else { continue }
        // No ring: what stands within a text is smaller than the text.
        other = RecipeAssembly(
          path, variant: nil, root: (text, entry.value), trail: trail, at: node.range, reading: reading,
          into: &collector)
      } else {
        let (file, variant) = place(of: text, beside: path)
        let name = name(of: file, variant: variant)
        guard checkName(name, at: node.range, into: &collector) else { continue }
        let key = key(of: file, variant: variant)
        if let start = trail.firstIndex(of: key) {
          let ring = (trail[start...] + [key]).map { "'\($0)'" }.joined(separator: " -> ")
          collector.report(.cycle, "experiments take from each other: \(ring)", at: node.range)
          continue
        }
        other = RecipeAssembly(
          file, variant: variant, trail: trail, at: node.range, reading: reading, into: &collector)
      }
      guard let other else { continue }
      if let twin = others.values.first(where: { $0.name == other.name }) {
        collector.report(
          .duplicateName, "two experiments would be called '\(other.name)': '\(twin.path)' and '\(other.path)'",
          at: node.range, hint: "rename a file")
        continue
      }
      others[text] = other
    }
    return others
  }

  /// What an experiment is called in the addresses of another that takes its tasks.
  static func name(of path: FilePath, variant: String?) -> String {
    (path.stem ?? "recipe") + (variant.map { "." + $0 } ?? "")
  }

  /// What tells an experiment, or a variant of it, from all others.
  static func key(of path: FilePath, variant: String?) -> String {
    path.lexicallyNormalized().string + (variant.map { ":" + $0 } ?? "")
  }

  /// `FILE.yaml`, or `NAME` or `NAME.VARIANT` of an experiment beside the file that names it.
  private static func place(of text: String, beside path: FilePath) -> (file: FilePath, variant: String?) {
    let folder = path.removingLastComponent()
    if text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml") {
      return (folder.pushing(FilePath(text)).lexicallyNormalized(), nil)
    }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let file = folder.pushing(FilePath(parts[0] + ".yaml")).lexicallyNormalized()
    return (file, parts.count == 2 ? parts[1] : nil)
  }

  private static func checkName(
    _ name: String, at range: SourceRange, into collector: inout DiagnosticCollector
  ) -> Bool {
    if Names.isLabel(name) { return true }
    collector.report(
      .badName, "'\(name)' cannot name an experiment that tasks are taken from", at: range,
      hint: "its file's name has letters, digits and '.', '_', '+', '-'")
    return false
  }

  /// The recipes of the experiments that stages take tasks from, each once; the stages learn what they are called.
  ///
  /// - Parameter moved: Where the command line says that data is.
  func taken(
    by stages: inout [StageBlock], kinds: [String], moved: DataRoot?, into collector: inout DiagnosticCollector
  ) -> [TakenExperiment] {
    var taken: [TakenExperiment] = []
    for index in stages.indices {
      guard let task = stages[index].taken, let other = others[task.from] else { continue }
      stages[index].taken?.experiment = other.name
      guard !taken.contains(where: { $0.name == other.name }) else { continue }
      let recipe = other.recipe(kinds: kinds, root: root(for: other, moved: moved), into: &collector)
      if let input = recipe.unboundInputs.first {
        collector.report(
          .unboundInput, "nothing binds the input '\(input.name)' of '\(other.path)'", at: task.range,
          hint: "take from an experiment, which binds it", notes: ["the input is declared at \(input.range)"])
      }
      taken.append(TakenExperiment(name: other.name, recipe: recipe))
    }
    return taken
  }

  /// Where the data of another experiment is: `-S data.root` moves it where both name one variable, or this one none.
  private func root(for other: RecipeAssembly, moved: DataRoot?) -> DataRoot? {
    guard let moved, let root = other.declaredRoot else { return nil }
    guard let own = declaredRoot else { return moved }
    if case .environment = own, own == root { return moved }
    return nil
  }
}
