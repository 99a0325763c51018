public import SystemPackage

/// Where and with what tasks run: never what they compute, so that nothing of it enters a fingerprint.
public struct Profile: Sendable {
  /// What runs the tasks.
  public enum Executor: String, Sendable, CaseIterable, ParameterValue {
    /// Processes on this machine.
    case local
  }

  /// The file, as it was found.
  public let file: FilePath
  /// What tasks need, by stage kind (`train.detector`) or by stage (`train`).
  public let needs: [String: Needs]
  /// What runs the tasks.
  public let executor: Executor
  /// Where artifacts live, if the profile says so; a relative path starts at the profile's folder.
  public let store: FilePath?

  /// What the tasks of a stage need: what the recipe says, under what the profile says of its kind, under what it says
  /// of the stage.
  public func needs(of stage: StageBlock) -> Needs {
    [needs[stage.kind], needs[stage.name]].compactMap(\.self).reduce(stage.needs) { $0.overlaid(by: $1) }
  }
}

// MARK: - Reading

extension Profile {
  /// Reads a profile: a file, or the name of one in `experiments/profiles`.
  ///
  /// - Parameter kinds: The stage kinds that exist; none for no check of them.
  /// - Throws: Every mistake of the file at once.
  public static func load(_ name: String, kinds: [String] = []) throws(RecipeError) -> Profile {
    try load(name, kinds: kinds, reading: SourceFile.read)
  }

  /// Reads a profile through `reading`, which gives the bytes of a file or says why it has none.
  package static func load(
    _ name: String, kinds: [String] = [], reading: (FilePath) -> Result<[UInt8], SourceFile.Unreadable>
  ) throws(RecipeError) -> Profile {
    var collector = DiagnosticCollector()
    let file = path(of: name)
    switch reading(file) {
    case .failure(let failure):
      collector.report(
        .unknownProfile, "cannot read the profile '\(file)': \(failure.reason)", at: nil,
        hint: "--profile takes a file, or the name of one in 'experiments/profiles'")
    case .success(let bytes):
      if let root = YAMLDocument.parse(bytes, file: file.string, into: &collector),
        let profile = Profile(root, file: file, kinds: kinds, into: &collector), !collector.hasErrors
      {
        return profile
      }
    }
    throw collector.error
  }

  private static func path(of name: String) -> FilePath {
    if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return FilePath(name) }
    return FilePath("experiments/profiles/\(name).yaml")
  }

  static let keys = ["lightbench", "needs", "executor", "store"]

  private init?(_ root: Node, file: FilePath, kinds: [String], into collector: inout DiagnosticCollector) {
    guard let reader = MappingReader(root, of: "the profile", keys: Self.keys, into: &collector) else { return nil }
    LanguageVersion.check(reader, file: file.string, into: &collector)
    self.file = file
    executor = reader.value("executor", into: &collector) ?? .local
    let store: String? = reader.value("store", into: &collector)
    self.store = store.map { file.removingLastComponent().pushing(FilePath($0)) }
    var needs: [String: Needs] = [:]
    if let node = reader["needs"] {
      guard let entries = node.mapping else {
        collector.report(
          .wrongShape, "'needs' of the profile: expected a mapping of stage kinds and stages, found \(node.described)",
          at: node.range)
        return nil
      }
      for entry in entries where Self.checkKey(entry.key, kinds: kinds, into: &collector) {
        needs[entry.name] = StageDecoder.needs(
          entry.value, of: "'\(entry.name)' in 'needs' of the profile", into: &collector)
      }
    }
    self.needs = needs
  }

  /// Whether a key is a stage kind that exists or the name of a stage, which some other recipe may have; reported if not.
  private static func checkKey(_ key: Node, kinds: [String], into collector: inout DiagnosticCollector) -> Bool {
    let name = key.scalar ?? ""
    guard name.contains(".") else { return AxisDecoder.checkName(key, "a stage", into: &collector) }
    if kinds.isEmpty || kinds.contains(name) { return true }
    collector.report(
      .unknownKind, "unknown stage kind '\(name)'", at: key.range,
      hint: Suggestion.hint(for: name, among: kinds) ?? "'lightbench stages' lists them")
    return false
  }
}

extension Needs {
  /// These needs, with those of `other` wherever it says something.
  fileprivate func overlaid(by other: Needs) -> Needs {
    var needs = self
    needs.cores = other.cores ?? cores
    needs.memory = other.memory ?? memory
    needs.time = other.time ?? time
    needs.retry = other.retry ?? retry
    return needs
  }
}
