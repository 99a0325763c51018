import SystemPackage

extension RecipeDocument {
  /// The recipe of a file, laid over the one that it extends, and that over its own.
  ///
  /// - Parameters:
  ///   - trail: The files that led here by `extends`, the one asked for first.
  static func laid(
    _ root: Node, file: FilePath, trail: [FilePath] = [],
    reading: (FilePath) -> Result<[UInt8], SourceFile.Unreadable>, into collector: inout DiagnosticCollector
  ) -> RecipeDocument? {
    guard var document = RecipeDocument(root, file: file.string, into: &collector) else { return nil }
    guard let node = document.extends, let text = node.scalar else { return document }
    let trail = trail + [file]
    let path = file.removingLastComponent().pushing(FilePath(text)).lexicallyNormalized()
    if let start = trail.firstIndex(of: path) {
      let ring = (trail[start...] + [path]).map { "'\($0)'" }.joined(separator: " -> ")
      collector.report(.cycle, "recipes extend each other: \(ring)", at: node.range)
      return document
    }
    guard let under = RecipeAssembly.root(of: path, at: node.range, reading: reading, into: &collector),
      let base = laid(under, file: path, trail: trail, reading: reading, into: &collector)
    else { return nil }
    base.refuseFolder(of: path, at: node.range, into: &collector)
    document.lay(over: base)
    return document
  }

  /// A recipe that says where its files lie was resolved; under another file it would be open whose files are meant.
  func refuseFolder(of path: FilePath, at range: SourceRange, into collector: inout DiagnosticCollector) {
    guard folder != nil else { return }
    collector.report(
      .inconsistent, "'\(path)' has the key 'folder' of a resolved recipe, which runs by itself alone", at: range,
      hint: "name the recipe that it was made from")
  }

  /// Takes what `base` has: an entry of a name that both have is this recipe's, in the place of the other.
  private mutating func lay(over base: RecipeDocument) {
    if seed == nil { (seed, seedRange) = (base.seed, base.seedRange) }
    dataRoot = dataRoot ?? base.dataRoot
    replicates = replicates ?? base.replicates
    experiments = Self.laid(experiments, over: base.experiments, by: \.name)
    axes = Self.laid(axes, over: base.axes, by: \.name)
    inputs = Self.laid(inputs, over: base.inputs, by: \.name)
    bindings = Self.laid(bindings, over: base.bindings, by: \.name)
    stages = Self.laid(stages, over: base.stages, by: \.name)
  }

  private static func laid<Entry>(_ own: [Entry], over base: [Entry], by name: (Entry) -> String) -> [Entry] {
    let names = Set(base.map(name))
    return base.map { entry in own.first { name($0) == name(entry) } ?? entry }
      + own.filter { !names.contains(name($0)) }
  }
}
