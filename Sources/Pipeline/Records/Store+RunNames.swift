import SystemPackage

/// Finding runs by what a person types.
extension Store {
  /// The run that is meant: by its name or a beginning or end of it, or the latest of an experiment, by its file or
  /// its title (`phantom-matrix.smoke`).
  ///
  /// - Parameter variant: The variant, where an experiment is named by its file.
  /// - Returns: Nil for the file of an experiment that never ran.
  /// - Throws: `StoreError` where a text means no run, or several.
  public func run(meaning text: String, variant: String? = nil) throws -> RunRecord? {
    if text.hasSuffix(".yaml") || text.hasSuffix(".yml") {
      return try latestRun(of: FilePath(text).stem ?? text, variant: variant)
    }
    let names = try runs()
    if names.contains(text) { return try run(text) }
    let matching = text.count < 4 ? [] : names.filter { $0.hasPrefix(text) || $0.hasSuffix(text) }
    if matching.count > 1 {
      throw StoreError("'\(text)' is the name of \(matching.count) runs, such as '\(matching[0])'; write more of it")
    }
    if let name = matching.first { return try run(name) }
    for name in names.reversed() where try header(of: name)?.title == text { return try run(name) }
    return try run(text)
  }

  /// The latest run with a task that a test accepts.
  public func latestRun(where accepts: (RunRecord.Task) -> Bool) throws -> RunRecord? {
    for name in try runs().reversed() {
      let record = try run(name)
      if record.tasks.contains(where: accepts) { return record }
    }
    return nil
  }
}
