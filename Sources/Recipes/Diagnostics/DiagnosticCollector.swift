/// Gathers the mistakes of all files of one command, so that they can be printed together.
public struct DiagnosticCollector: Sendable {
  /// What was said so far, in the order it was found.
  public private(set) var diagnostics: [Diagnostic] = []
  private var known: Set<Diagnostic> = []
  /// The text of every file read, by the name in its ranges.
  public private(set) var sources: [String: String] = [:]

  /// An empty collector.
  public init() {}

  /// Whether something worse than a warning was said.
  public var hasErrors: Bool { diagnostics.contains { !$0.isWarning } }

  /// Adds a diagnostic, once.
  public mutating func add(_ diagnostic: Diagnostic) {
    if known.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
  }

  /// Adds an error from its parts.
  public mutating func report(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange?, hint: String? = nil, notes: [String] = []
  ) {
    add(Diagnostic(code, message, at: range, hint: hint, notes: notes))
  }

  /// Keeps the text of a file, for the lines under which carets are drawn.
  public mutating func keep(source: String, of file: String) { sources[file] = source }

  /// Everything so far as one error, sorted by position.
  public var error: RecipeError { RecipeError(diagnostics, sources: sources) }

  /// Throws everything so far if any of it is an error.
  public func check() throws(RecipeError) {
    if hasErrors { throw error }
  }
}
