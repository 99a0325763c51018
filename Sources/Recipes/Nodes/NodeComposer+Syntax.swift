// Mistakes that end the reading of a file, and tabs.
extension NodeComposer {
  /// Reports tabs at the start of lines, over which libyaml stumbles.
  func checkIndentation(into collector: inout DiagnosticCollector) {
    for (number, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " || $0 == "\t" }
      guard let tab = indent.firstIndex(of: "\t") else { continue }
      reportTab(line: number, column: line.distance(from: line.startIndex, to: tab), into: &collector)
    }
  }

  /// Reports tabs between values; those in quoted texts, blank ends of lines and comments stay.
  func checkTabs(outside events: [YAMLEvent], into collector: inout DiagnosticCollector) {
    guard text.unicodeScalars.contains("\t") else { return }
    var quoted: [Range<Int>] = []
    for event in events {
      if case .scalar(_, true) = event.kind, event.end.index > event.start.index {
        quoted.append(event.start.index..<event.end.index)
      }
    }
    var index = 0
    var next = 0
    for (number, line) in lines.enumerated() {
      let content = Array(line)
      let used = content.lastIndex { $0 != " " && $0 != "\t" }.map { $0 + 1 } ?? 0
      var isComment = false
      for (column, scalar) in content.enumerated() {
        while next < quoted.count, quoted[next].upperBound <= index + column { next += 1 }
        let isQuoted = next < quoted.count && quoted[next].contains(index + column)
        if !isQuoted, scalar == "#", column == 0 || content[column - 1] == " " || content[column - 1] == "\t" {
          isComment = true
        }
        if scalar == "\t", !isQuoted, !isComment, column < used {
          reportTab(line: number, column: column, into: &collector)
          break
        }
      }
      index += content.count + breakLength(after: number, at: index + content.count)
    }
  }

  /// Reports what stopped libyaml; a reference whose quotes were forgotten is recognised.
  func report(
    _ failure: YAMLSyntaxError, after events: [YAMLEvent], into collector: inout DiagnosticCollector
  ) {
    let place = visible(failure.mark)
    if failure.isNesting {
      collector.report(
        .tooDeep, "values lie deeper than \(YAMLDocument.maximumDepth) levels within each other", at: place)
    } else if let bracket = unquotedBracket(near: failure, after: events) {
      collector.report(
        .forgottenQuote, "a reference with brackets must stand in quotes", at: bracket.range,
        hint: "write \"\(bracket.text)\"")
    } else {
      let began = failure.began.map { range(line: $0.line, column: $0.column, length: 1) }
      let notes = began.flatMap { $0 == place ? nil : "what it is in began at \($0)" }
      collector.report(
        .syntax, "not YAML: \(failure.problem)", at: place, hint: hint(for: failure), notes: [notes].compactMap(\.self))
    }
  }

  /// The place of a mark; one at the end of the text moves to the end of the last line with something on it.
  private func visible(_ mark: YAMLMark) -> SourceRange {
    var line = min(mark.line, lines.count - 1)
    guard mark.line >= lines.count || lines[line].isEmpty else {
      return range(line: mark.line, column: mark.column, length: 1)
    }
    while line > 0, lines[line].isEmpty { line -= 1 }
    return range(line: line, column: max(0, lines[line].count - 1), length: 1)
  }

  // MARK: - Guesses

  /// The word with a bracket glued to it at or before the mistake, as in `{model: train.model[marker=$model]}`.
  private func unquotedBracket(
    near failure: YAMLSyntaxError, after events: [YAMLEvent]
  ) -> (text: String, range: SourceRange)? {
    for event in events.suffix(3).reversed() {
      guard case .scalar(let word, false) = event.kind, !word.isEmpty, event.start.line == event.end.line,
        event.start.line < lines.count
      else { continue }
      let rest = lines[event.start.line].dropFirst(event.end.column)
      guard rest.first == "[" else { continue }
      let end = rest.firstIndex(of: "]").map { rest.index(after: $0) } ?? rest.endIndex
      let text = word + String(Substring(rest[rest.startIndex..<end]))
      let length = text.unicodeScalars.count
      return (text, range(line: event.start.line, column: event.start.column, length: length))
    }
    return nil
  }

  private func hint(for failure: YAMLSyntaxError) -> String? {
    guard failure.mark.line < lines.count else { return nil }
    switch lines[failure.mark.line].dropFirst(failure.mark.column).first {
    case "@", "`", "%": return "put quotes around a text that starts with this character"
    case ":": return "put quotes around a text with ': ' in it"
    default: return nil
    }
  }

  private func reportTab(line: Int, column: Int, into collector: inout DiagnosticCollector) {
    collector.report(
      .tab, "a tab, where YAML wants blanks", at: range(line: line, column: column, length: 1),
      hint: "replace it by blanks")
  }

  /// One code point for a line break, two for a carriage return with a line feed, as libyaml counts them.
  private func breakLength(after line: Int, at index: Int) -> Int {
    guard line + 1 < lines.count else { return 0 }
    let between = text.unicodeScalars[lines[line].endIndex..<lines[line + 1].startIndex]
    return between.count
  }
}
