/// One thing to say about the user's text: a stable code, a sentence, a place, and what to do.
public struct Diagnostic: Error, Hashable, Sendable {
  /// The stable code, such as `E112`.
  public let code: DiagnosticCode
  /// What is wrong, in lower case, without a full stop, the user's text in single quotes.
  public let message: String
  /// Where; nil if no text of the user is to blame.
  public let range: SourceRange?
  /// What to do, in a few words after the carets.
  public let hint: String?
  /// Further lines, such as the place of the first of two.
  public let notes: [String]
  /// Whether it only warns.
  public let isWarning: Bool

  /// A diagnostic from its parts.
  public init(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange?, hint: String? = nil, notes: [String] = [],
    isWarning: Bool = false
  ) {
    self.code = code
    self.message = message
    self.range = range
    self.hint = hint
    self.notes = notes
    self.isWarning = isWarning
  }
}

// MARK: - Order

extension Diagnostic {
  /// Whether it stands before another: by file, line, column, then code and message.
  func precedes(_ other: Diagnostic) -> Bool {
    let place = range ?? SourceRange(file: "", line: 0, column: 0, length: 0)
    let place2 = other.range ?? SourceRange(file: "", line: 0, column: 0, length: 0)
    if place.file != place2.file { return place.file < place2.file }
    if place.line != place2.line { return place.line < place2.line }
    if place.column != place2.column { return place.column < place2.column }
    if code != other.code { return code.rawValue < other.code.rawValue }
    return message < other.message
  }
}
