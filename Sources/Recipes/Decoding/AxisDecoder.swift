/// Reads axes: a list of values, or labelled records.
enum AxisDecoder {
  /// The axes of an `axes` mapping.
  static func axes(_ node: Node, into collector: inout DiagnosticCollector) -> [Axis] {
    guard let entries = mapping(node, into: &collector) else { return [] }
    var axes: [Axis] = []
    for entry in entries {
      guard checkName(entry.key, "an axis", into: &collector) else { continue }
      let choices = Self.entries(entry.value, of: entry.name, into: &collector)
      axes.append(
        Axis(name: entry.name, entries: choices, allLabels: choices.map(\.label), range: entry.key.range))
    }
    return axes
  }

  /// An axis with another layer on it: replaced whole, or, for records, kept to a list of labels.
  static func overlay(_ axis: Axis, with entry: Node.Entry, into collector: inout DiagnosticCollector) -> Axis {
    let choices: [Axis.Entry]
    if axis.isOfRecords, let labels = entry.value.sequence {
      choices = kept(labels, of: axis, into: &collector)
    } else {
      choices = entries(entry.value, of: axis.name, into: &collector)
    }
    let more = choices.map(\.label).filter { !axis.allLabels.contains($0) }
    return Axis(name: axis.name, entries: choices, allLabels: axis.allLabels + more, range: axis.range)
  }

  /// The entries of an `axes` mapping, nil (reported) where it is none.
  static func mapping(_ node: Node, into collector: inout DiagnosticCollector) -> [Node.Entry]? {
    if node.isNull { return [] }
    guard let entries = node.mapping else {
      collector.report(.wrongShape, "'axes': expected a mapping, found \(node.described)", at: node.range)
      return nil
    }
    return entries
  }

  /// Whether a key is a name, reported if not.
  static func checkName(_ key: Node, _ what: String, into collector: inout DiagnosticCollector) -> Bool {
    let name = key.scalar ?? ""
    if Names.isName(name) { return true }
    collector.report(
      .badName, "'\(name)' cannot name \(what)", at: key.range,
      hint: "a name is a letter, then letters, digits, '_' and '-'")
    return false
  }

  // MARK: - Entries

  private static func entries(
    _ node: Node, of axis: String, into collector: inout DiagnosticCollector
  ) -> [Axis.Entry] {
    var pairs: [(label: Node, value: Node)] = []
    switch node.content {
    case .sequence(let nodes): pairs = nodes.map { ($0, $0) }
    case .mapping(let entries): pairs = entries.map { ($0.key, $0.value) }
    case .scalar: break
    }
    guard !pairs.isEmpty else {
      let found = node.scalar == nil ? "an empty one" : node.described
      collector.report(
        .wrongShape, "axis '\(axis)': expected a list of values or labelled records, found \(found)", at: node.range)
      return []
    }
    var result: [Axis.Entry] = []
    for (label, value) in pairs {
      guard let text = label.scalar, Names.isLabel(text) else {
        collector.report(
          .badName, "axis '\(axis)': \(label.described) cannot be a label", at: label.range,
          hint: "a label has letters, digits and '.', '_', '+', '-'")
        continue
      }
      if let first = pairs.first(where: { $0.label.scalar == text }), first.label.range != label.range {
        collector.report(
          .duplicateName, "axis '\(axis)': the label '\(text)' comes twice", at: label.range,
          notes: ["the first is at \(first.label.range)"])
        continue
      }
      result.append(Axis.Entry(label: text, value: value))
    }
    return result
  }

  private static func kept(
    _ labels: [Node], of axis: Axis, into collector: inout DiagnosticCollector
  ) -> [Axis.Entry] {
    var result: [Axis.Entry] = []
    for node in labels {
      guard let label = node.scalar else {
        collector.report(
          .wrongShape, "axis '\(axis.name)': expected the label of a record, found \(node.described)", at: node.range)
        continue
      }
      guard let entry = axis[label] else {
        collector.report(
          .unknownLabel, "axis '\(axis.name)' has no record '\(label)'", at: node.range,
          hint: Suggestion.hint(for: label, among: axis.labels) ?? "it has " + axis.labels.joined(separator: ", "))
        continue
      }
      guard !result.contains(where: { $0.label == label }) else {
        collector.report(.duplicateName, "axis '\(axis.name)': the label '\(label)' comes twice", at: node.range)
        continue
      }
      result.append(entry)
    }
    return result
  }
}
