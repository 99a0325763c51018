/// All mistakes of a recipe, sorted by position, with the texts they stand in.
public struct RecipeError: Error, Sendable {
  /// Who is to blame, which decides the exit code.
  public enum Kind: Sendable {
    /// The recipe or experiment: exit code 3.
    case recipe
    /// An option of the command line: exit code 2.
    case option
    /// A cell of the command line that matches nothing: exit code 4.
    case selector
  }

  /// The mistakes, sorted by file and position; never empty where it is thrown.
  public let diagnostics: [Diagnostic]
  /// The text of every file read, by the name in the ranges.
  public let sources: [String: String]

  /// An error of these diagnostics.
  public init(_ diagnostics: [Diagnostic], sources: [String: String] = [:]) {
    self.diagnostics = diagnostics.sorted { $0.precedes($1) }
    self.sources = sources
  }

  /// Who is to blame: the files before the options, the options before a selector.
  public var kind: Kind {
    let errors = diagnostics.filter { !$0.isWarning }
    if errors.contains(where: { !$0.isOption }) { return .recipe }
    return errors.contains { $0.code != .emptyCell } ? .option : .selector
  }
}

// MARK: - Printing

extension RecipeError: CustomStringConvertible {
  /// The text for a terminal: each mistake with its line, carets and hint, at most `limit` of them.
  ///
  /// - Parameter sources: Texts by file; those kept with the error are used where it names none.
  public func rendered(sources: [String: String] = [:], limit: Int = 20) -> String {
    let texts = self.sources.merging(sources) { _, given in given }
    var blocks = diagnostics.prefix(limit).map { $0.rendered(in: texts) }
    if diagnostics.count > limit { blocks.append("and \(diagnostics.count - limit) more") }
    return blocks.joined(separator: "\n")
  }

  /// `rendered()`.
  public var description: String { rendered() }
}

extension Diagnostic {
  /// The text for a terminal, without a line break at its end.
  public func rendered(in sources: [String: String]) -> String {
    let word = isWarning ? "warning" : "error"
    guard let range else {
      let tail = hint.map { "\n      = hint: \($0)" } ?? ""
      return (["\(word)[\(code)]: \(message)\(tail)"] + noteLines).joined(separator: "\n")
    }
    var lines = ["\(range): \(word)[\(code)]: \(message)"]
    if let text = sources[range.file], let line = text.sourceLine(range.line) {
      let number = String(range.line)
      lines.append(String(repeating: " ", count: max(0, 5 - number.count)) + "\(number) | \(line.shown)")
      let room = line.unicodeScalars.count - (range.column - 1)
      let carets = String(repeating: "^", count: max(1, min(range.length, room)))
      let tail = hint.map { " \($0)" } ?? ""
      lines.append("      | " + String(repeating: " ", count: range.column - 1) + carets + tail)
    } else if let hint {
      lines.append("      = hint: \(hint)")
    }
    return (lines + noteLines).joined(separator: "\n")
  }

  /// Whether an option of the command line is to blame.
  var isOption: Bool {
    if range?.file == SourceRange.commandLine { return true }
    return [.unknownVariant, .badOverride, .unknownOverride, .emptyCell, .unknownProfile].contains(code)
  }

  private var noteLines: [String] {
    var lines = notes.map { "      = note: \($0)" }
    if let range, let use = range.usedAt { lines.append("      = note: used through an alias at \(range.file):\(use)") }
    return lines
  }
}

extension String {
  /// The lines of a text, by the line breaks that libyaml knows.
  var sourceLines: [Substring.UnicodeScalarView] {
    var lines: [Substring.UnicodeScalarView] = []
    let scalars = unicodeScalars
    var start = scalars.startIndex
    var index = start
    while index < scalars.endIndex {
      let next = scalars.index(after: index)
      if scalars[index].isLineBreak {
        let isPair = scalars[index] == "\r" && next < scalars.endIndex && scalars[next] == "\n"
        lines.append(Substring(unicodeScalars[start..<index]).unicodeScalars)
        start = isPair ? scalars.index(after: next) : next
        index = start
      } else {
        index = next
      }
    }
    lines.append(Substring(unicodeScalars[start...]).unicodeScalars)
    return lines
  }

  fileprivate func sourceLine(_ number: Int) -> String? {
    let lines = sourceLines
    guard number >= 1, number <= lines.count else { return nil }
    return String(Substring(lines[number - 1]))
  }

  /// The line with one column for each code point: control characters would move the carets.
  fileprivate var shown: String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar) }
    return String(result)
  }
}

extension Unicode.Scalar {
  /// Whether libyaml counts a new line after it.
  var isLineBreak: Bool {
    switch value {
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}
