import SystemPackage

/// Puts the documents and layers of one command together.
struct RecipeAssembly {
  let path: FilePath
  let variant: String?
  /// Its name in the addresses of another experiment.
  let name: String
  let document: RecipeDocument
  private(set) var experiment: ExperimentDocument?
  let command: CommandOverlay
  /// The experiments that bindings take tasks from, by the text of their `from`.
  let others: [String: RecipeAssembly]

  typealias Reading = (FilePath) -> Result<[UInt8], SourceFile.Unreadable>

  /// Reads the files, or gives nil (reported) where nothing can be put together.
  ///
  /// - Parameters:
  ///   - root: The recipe, where it stands within another file.
  ///   - trail: The experiments that took tasks from each other and led here.
  ///   - range: Where the experiment is named.
  init?(
    _ path: FilePath, variant: String?, overrides: [String] = [], root given: (name: String, node: Node)? = nil,
    trail: [String] = [], at range: SourceRange? = nil, reading: Reading, into collector: inout DiagnosticCollector
  ) {
    self.path = path
    self.variant = variant
    name = given?.name ?? Self.name(of: path, variant: variant)
    command = CommandOverlay(overrides, into: &collector)
    guard let root = given?.node ?? Self.root(of: path, at: range, reading: reading, into: &collector) else {
      return nil
    }
    var recipeRoot = root
    var recipePath = path
    if ExperimentDocument.isExperiment(root) {
      experiment = ExperimentDocument(root, file: path.string, into: &collector)
      guard let node = experiment?.recipe, let text = node.scalar else { return nil }
      recipePath = path.removingLastComponent().pushing(FilePath(text)).lexicallyNormalized()
      guard let other = Self.root(of: recipePath, at: node.range, reading: reading, into: &collector) else {
        return nil
      }
      recipeRoot = other
    }
    guard let document = RecipeDocument.laid(recipeRoot, file: recipePath, reading: reading, into: &collector) else {
      return nil
    }
    self.document = document
    if let node = experiment?.recipe { document.refuseFolder(of: recipePath, at: node.range, into: &collector) }
    others = Self.others(
      of: (experiment?.bindings ?? []) + document.bindings, in: document, path: path,
      trail: trail + [Self.key(of: path, variant: variant)], reading: reading, into: &collector)
    checkVariant(at: range, into: &collector)
  }

  /// The recipe with every layer in its place, checked.
  ///
  /// - Parameter root: Where its data is, whatever it says itself.
  func recipe(kinds: [String], root: DataRoot? = nil, into collector: inout DiagnosticCollector) -> Recipe {
    let chosen = experiment?.variants.first { $0.name == variant }?.overlay
    let overlays = [experiment?.overlay, chosen, command.overlay].compactMap(\.self)
    // Cells may name labels that only another variant brings in.
    let everywhere = [experiment?.overlay].compactMap(\.self) + (experiment?.variants.map(\.overlay) ?? [])
    var axes = axes(under: overlays, into: &collector)
    var stages = bindings(into: &collector) + document.stages
    let taken = taken(by: &stages, kinds: kinds, moved: root ?? command.dataRoot, into: &collector)
    let replicates = overlays.compactMap(\.replicates).last ?? document.replicates
    if let axis = replicates?.multiply(&stages, axes: axes, into: &collector) { axes.append(axis) }
    Self.giveAxesToGathering(&stages)
    let known = widened(axes, by: everywhere)
    let checks = RecipeChecks(axes: known, stages: stages, inputs: document.inputs, kinds: kinds, taken: taken)
    checks.settings(of: everywhere + [command.overlay], narrowed: axes, into: &collector)
    for index in stages.indices {
      let settings = overlays.flatMap(\.settings).filter { $0.stage == stages[index].name }.map(\.assignment)
      let all = stages[index].assignments + settings
      // Stable, so that of two equal options of the command line the later wins.
      stages[index].assignments = all.enumerated().sorted { first, second in
        if first.element.applies(before: second.element) { return true }
        if second.element.applies(before: first.element) { return false }
        return first.offset < second.offset
      }.map(\.element)
    }
    RecipeChecks(axes: known, stages: stages, inputs: document.inputs, kinds: kinds, taken: taken)
      .all(into: &collector)
    return Recipe(
      file: path.string, folder: document.folder?.path ?? path.removingLastComponent(),
      statedFolder: document.folder?.text, name: path.stem ?? "recipe",
      recipeName: document.name ?? path.stem ?? "recipe", variant: variant,
      variants: experiment?.variants.map(\.name) ?? [], seed: document.seed ?? 0, seedRange: document.seedRange,
      axes: axes, stages: stages, inputs: document.inputs, replicates: replicates?.count ?? 1, experiments: taken,
      dataRoot: root ?? command.dataRoot ?? declaredRoot, sources: collector.sources)
  }

  /// The root of the data as the files say it.
  var declaredRoot: DataRoot? { experiment?.dataRoot ?? document.dataRoot }

  // MARK: - Files

  static func root(
    of path: FilePath, at range: SourceRange?, reading: Reading, into collector: inout DiagnosticCollector
  ) -> Node? {
    switch reading(path) {
    case .success(let bytes):
      return YAMLDocument.parse(bytes, file: path.string, into: &collector)
    case .failure(let failure):
      collector.report(.unreadable, "cannot read '\(path)': \(failure.reason)", at: range)
      return nil
    }
  }

  private func checkVariant(at range: SourceRange?, into collector: inout DiagnosticCollector) {
    guard let variant, !(experiment?.variants.contains { $0.name == variant } ?? false) else { return }
    let names = experiment?.variants.map(\.name) ?? []
    let list = names.isEmpty ? "it has none" : "it has " + names.joined(separator: ", ")
    collector.report(
      range == nil ? .unknownVariant : .unknownSource, "'\(path)' has no variant '\(variant)'", at: range,
      hint: Suggestion.hint(for: variant, among: names) ?? list)
  }

  // MARK: - Parts

  private func axes(under overlays: [Overlay], into collector: inout DiagnosticCollector) -> [Axis] {
    var axes = document.axes
    // The axes of variants that were not chosen are read for their mistakes.
    for (name, overlay) in experiment?.variants ?? [] where name != variant {
      for entry in overlay.axes {
        guard let axis = axes.first(where: { $0.name == entry.name }) else {
          reportAxis(entry, .variant, into: &collector)
          continue
        }
        _ = AxisDecoder.overlay(axis, with: entry, into: &collector)
      }
    }
    for overlay in overlays {
      for entry in overlay.axes {
        guard let index = axes.firstIndex(where: { $0.name == entry.name }) else {
          reportAxis(entry, overlay.layer, into: &collector)
          continue
        }
        axes[index] = AxisDecoder.overlay(axes[index], with: entry, into: &collector)
      }
    }
    return axes
  }

  private func reportAxis(_ entry: Node.Entry, _ layer: Layer, into collector: inout DiagnosticCollector) {
    let names = document.axes.map(\.name)
    collector.report(
      layer == .command ? .unknownOverride : .unknownAxis, "unknown axis '\(entry.name)'", at: entry.key.range,
      hint: Suggestion.hint(for: entry.name, among: names) ?? "the recipe has " + names.joined(separator: ", "))
  }

  /// The axes with the labels of every variant among those that cells may name.
  private func widened(_ axes: [Axis], by overlays: [Overlay]) -> [Axis] {
    axes.map { axis in
      var labels = axis.allLabels
      for entry in overlays.flatMap(\.axes) where entry.name == axis.name {
        let more = entry.value.sequence?.compactMap(\.scalar) ?? entry.value.mapping?.map(\.name) ?? []
        labels += more.filter { !labels.contains($0) }
      }
      return Axis(name: axis.name, entries: axis.entries, allLabels: labels, range: axis.range)
    }
  }

  private func bindings(into collector: inout DiagnosticCollector) -> [StageBlock] {
    let own = experiment?.bindings ?? []
    let given = own + document.bindings.filter { entry in !own.contains { $0.name == entry.name } }
    for entry in given where !document.inputs.contains(where: { $0.name == entry.name }) {
      let names = document.inputs.map(\.name)
      let list = names.isEmpty ? "it has none" : "it has " + names.joined(separator: ", ")
      collector.report(
        .unknownInput, "the recipe has no input '\(entry.name)'", at: entry.key.range,
        hint: Suggestion.hint(for: entry.name, among: names) ?? list)
    }
    var stages: [StageBlock] = []
    for input in document.inputs {
      if let entry = given.first(where: { $0.name == input.name }) {
        if let stage = StageDecoder.stage(entry, binding: input, isBinding: true, into: &collector) {
          stages.append(stage)
        }
      } else if let recipe = experiment?.recipe {
        collector.report(
          .unboundInput, "nothing binds the input '\(input.name)' of the recipe", at: recipe.range,
          hint: "add it to 'bind'", notes: ["the input is declared at \(input.range)"])
      }
    }
    return stages
  }

  /// A gathering stage runs over the axes of its `by`, which are its source's.
  private static func giveAxesToGathering(_ stages: inout [StageBlock]) {
    // Once a stage, because a gathering stage may gather from another.
    for _ in stages.indices {
      for index in stages.indices where !stages[index].gather.isEmpty {
        var over: [LocalAxis] = []
        for source in stages[index].gather {
          let producer = stages.first { $0.name == source.from }
          for name in source.by where !over.contains(where: { $0.name == name }) {
            if let local = producer?.over.first(where: { $0.name == name }) { over.append(local) }
          }
        }
        stages[index].over = over
      }
    }
  }
}
