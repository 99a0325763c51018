/// Builds nodes out of libyaml's events and refuses what the language leaves out of YAML.
struct NodeComposer {
  /// A node with the place where it ends, and how many nodes it holds.
  private struct Composed {
    var node: Node
    var end: YAMLMark
    var count: Int
  }

  let file: String
  let origin: SourcePosition
  let lines: [Substring.UnicodeScalarView]
  let text: String
  private var anchors: [String: Composed] = [:]
  private var openAnchors: Set<String> = []
  private var total = 0

  init(text: String, file: String, origin: SourcePosition) {
    self.text = text
    self.file = file
    self.origin = origin
    lines = text.sourceLines
  }

  /// The root of the first document, or nil if there is none or the aliases grow too large.
  mutating func compose(_ events: [YAMLEvent], into collector: inout DiagnosticCollector) -> Node? {
    let starts = events.indices.filter { if case .documentStart = events[$0].kind { true } else { false } }
    guard let first = starts.first else {
      collector.report(.empty, "'\(file)' is empty", at: range(line: 0, column: 0, length: 1))
      return nil
    }
    if starts.count > 1 {
      collector.report(
        .severalDocuments, "a second document starts here, a file holds one", at: range(of: events[starts[1]]),
        hint: "put it into a file of its own")
    }
    var index = first + 1
    return node(events, &index, into: &collector)?.node
  }

  // MARK: - Nodes

  private mutating func node(
    _ events: [YAMLEvent], _ index: inout Int, into collector: inout DiagnosticCollector
  ) -> Composed? {
    guard index < events.count else { return nil }
    let event = events[index]
    index += 1
    checkTag(event, into: &collector)
    if let anchor = event.anchor { openAnchors.insert(anchor) }
    var result: Composed?
    switch event.kind {
    case .alias(let name): return alias(name, at: event, into: &collector)
    case .scalar(let text, let isQuoted):
      let node = Node(.scalar(text, isQuoted: isQuoted), range: range(from: event.start, to: event.end))
      result = Composed(node: node, end: event.end, count: 1)
    case .sequenceStart: result = sequence(event, events, &index, into: &collector)
    case .mappingStart: result = mapping(event, events, &index, into: &collector)
    case .documentStart, .sequenceEnd, .mappingEnd: return nil
    }
    if let anchor = event.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = result
    }
    return result
  }

  private mutating func sequence(
    _ start: YAMLEvent, _ events: [YAMLEvent], _ index: inout Int, into collector: inout DiagnosticCollector
  ) -> Composed? {
    var nodes: [Node] = []
    var end = start.end
    var count = 1
    while index < events.count {
      if case .sequenceEnd = events[index].kind {
        end = finish(events[index], last: end)
        index += 1
        break
      }
      guard let item = node(events, &index, into: &collector) else { return nil }
      nodes.append(item.node)
      end = item.end
      count += item.count
    }
    return Composed(node: Node(.sequence(nodes), range: range(from: start.start, to: end)), end: end, count: count)
  }

  private mutating func mapping(
    _ start: YAMLEvent, _ events: [YAMLEvent], _ index: inout Int, into collector: inout DiagnosticCollector
  ) -> Composed? {
    var entries: [Node.Entry] = []
    var places: [String: SourceRange] = [:]
    var end = start.end
    var count = 1
    while index < events.count {
      if case .mappingEnd = events[index].kind {
        end = finish(events[index], last: end)
        index += 1
        break
      }
      guard let key = node(events, &index, into: &collector), let value = node(events, &index, into: &collector)
      else { return nil }
      end = value.end
      count += key.count + value.count
      if check(key.node, against: &places, into: &collector) {
        entries.append(Node.Entry(key: key.node, value: value.node))
      }
    }
    return Composed(node: Node(.mapping(entries), range: range(from: start.start, to: end)), end: end, count: count)
  }

  private mutating func alias(
    _ name: String, at event: YAMLEvent, into collector: inout DiagnosticCollector
  ) -> Composed? {
    let place = range(of: event)
    guard let target = anchors[name], !openAnchors.contains(name) else {
      let what = openAnchors.contains(name) ? "the anchor '&\(name)' contains itself" : "unknown anchor '*\(name)'"
      let hint = openAnchors.contains(name) ? nil : Suggestion.hint(for: name, among: Array(anchors.keys))
      collector.report(.unknownAnchor, what, at: place, hint: hint)
      return Composed(node: Node(.scalar("", isQuoted: false), range: place), end: event.end, count: 1)
    }
    total += target.count
    guard total <= YAMLDocument.maximumNodes else {
      collector.report(
        .tooManyAliases, "the aliases of this file grow beyond \(YAMLDocument.maximumNodes) values", at: place)
      return nil
    }
    return Composed(node: target.node.used(at: place.position), end: event.end, count: target.count)
  }

  // MARK: - What the language leaves out

  /// Whether a key may stand: a scalar, not `<<`, and the first of its name.
  private func check(
    _ key: Node, against places: inout [String: SourceRange], into collector: inout DiagnosticCollector
  ) -> Bool {
    guard let name = key.scalar else {
      collector.report(
        .keyIsNoText, "a key must be text, found \(key.described)", at: key.range,
        hint: "put quotes around it, as in \"[axis=label]\"")
      return false
    }
    if key.plainScalar == "<<" {
      collector.report(.mergeKey, "merge keys ('<<') are not part of the language", at: key.range,
        hint: "write the keys out, or use 'vary' or 'set'")
      return false
    }
    if let first = places[name] {
      collector.report(
        .duplicateKey, "the key '\(name)' comes twice", at: key.range, notes: ["the first is at \(first)"])
      return false
    }
    places[name] = key.range
    return true
  }

  private func checkTag(_ event: YAMLEvent, into collector: inout DiagnosticCollector) {
    guard let tag = event.tag else { return }
    let place = range(line: event.start.line, column: event.start.column, length: max(1, tagLength(at: event.start)))
    let prefix = "tag:yaml.org,2002:"
    let shown = tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    collector.report(
      .tag, "the tag '\(shown)' is not part of the language", at: place,
      hint: "leave it out: a value takes its meaning from the parameter it is for")
  }

  private func tagLength(at mark: YAMLMark) -> Int {
    guard mark.line < lines.count else { return 1 }
    return lines[mark.line].dropFirst(mark.column).prefix { $0 != " " && $0 != "," && $0 != "}" && $0 != "]" }.count
  }

  // MARK: - Places

  /// A block ends with its last child, where libyaml's own end lies at the start of what follows.
  private func finish(_ event: YAMLEvent, last: YAMLMark) -> YAMLMark {
    event.start == event.end ? last : event.end
  }

  func range(of event: YAMLEvent) -> SourceRange { range(from: event.start, to: event.end) }

  private func range(from start: YAMLMark, to end: YAMLMark) -> SourceRange {
    let lineEnd = start.line < lines.count ? lines[start.line].count : start.column
    let stop = end.line == start.line ? end.column : lineEnd
    return range(line: start.line, column: start.column, length: max(1, stop - start.column))
  }

  /// A range from libyaml's counts from zero, moved to where the text starts.
  func range(line: Int, column: Int, length: Int) -> SourceRange {
    let shift = line == 0 ? origin.column : 1
    return SourceRange(file: file, line: line + origin.line, column: column + shift, length: length)
  }
}
