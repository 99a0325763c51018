/// Turns the text of one YAML file into nodes with positions.
public enum YAMLDocument {
  /// The largest file that is read, in bytes.
  static let maximumSize = 4 << 20
  /// How deep collections may lie within each other.
  static let maximumDepth = 48
  /// How many nodes a file may have after its aliases are replaced.
  static let maximumNodes = 100_000

  /// The root of a text, or nil where it is no YAML; mistakes go to the collector.
  ///
  /// A root may come beside mistakes such as a key that comes twice, so that others are found as well.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file, UTF-8.
  ///   - file: Its name in positions.
  ///   - collector: Takes the mistakes, and keeps the text for printing them.
  public static func parse(_ bytes: [UInt8], file: String, into collector: inout DiagnosticCollector) -> Node? {
    var bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let position = invalidByte(in: bytes)
      collector.report(
        .notUTF8, "'\(file)' is not UTF-8 text",
        at: SourceRange(file: file, line: position.line, column: position.column, length: 1),
        hint: "save the file as UTF-8")
      return nil
    }
    collector.keep(source: text, of: file)
    return parse(text, file: file, origin: SourcePosition(line: 1, column: 1), into: &collector)
  }

  /// The root of a text that starts at `origin` of what is called `file`; the caller has kept the source.
  static func parse(
    _ text: String, file: String, origin: SourcePosition, into collector: inout DiagnosticCollector
  ) -> Node? {
    let bytes = Array(text.utf8)
    guard bytes.count <= maximumSize else {
      collector.report(
        .tooLarge, "'\(file)' has \(bytes.count) bytes, more than the \(maximumSize) that a recipe may have",
        at: SourceRange(file: file, line: 1, column: 1, length: 1))
      return nil
    }
    var composer = NodeComposer(text: text, file: file, origin: origin)
    let (events, failure) = YAMLEventReader.events(of: bytes, maximumDepth: maximumDepth)
    if let failure {
      // A tab is the likelier cause, and what libyaml says about it is hard to understand.
      let before = collector.diagnostics.count
      composer.checkIndentation(into: &collector)
      if collector.diagnostics.count == before { composer.report(failure, after: events, into: &collector) }
      return nil
    }
    composer.checkTabs(outside: events, into: &collector)
    return composer.compose(events, into: &collector)
  }

  private static func invalidByte(in bytes: [UInt8]) -> SourcePosition {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where String(validating: line, as: UTF8.self) == nil {
      var valid = 0
      for length in 1...max(1, line.count) {
        if let prefix = String(validating: line.prefix(length), as: UTF8.self) { valid = prefix.unicodeScalars.count }
      }
      return SourcePosition(line: number + 1, column: valid + 1)
    }
    return SourcePosition(line: 1, column: 1)
  }
}

extension Node {
  /// The root of a text.
  ///
  /// - Throws: Every mistake of the text.
  public static func parse(_ text: String, file: String) throws(RecipeError) -> Node {
    var collector = DiagnosticCollector()
    guard let node = YAMLDocument.parse(Array(text.utf8), file: file, into: &collector), !collector.hasErrors else {
      throw collector.error
    }
    return node
  }
}
