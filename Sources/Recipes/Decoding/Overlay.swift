/// What one layer changes: settings, axes and replicates.
struct Overlay {
  /// A setting with the stage or input that it is for.
  struct Setting {
    let stage: String
    let stageRange: SourceRange
    let assignment: Assignment
  }

  let layer: Layer
  var settings: [Setting] = []
  var axes: [Node.Entry] = []
  var replicates: Replicates?

  init(layer: Layer) { self.layer = layer }

  /// The `set`, `axes` and `replicates` of an experiment or a variant.
  init(_ reader: MappingReader, layer: Layer, into collector: inout DiagnosticCollector) {
    self.layer = layer
    if let node = reader["axes"] { axes = AxisDecoder.mapping(node, into: &collector) ?? [] }
    replicates = Replicates(reader, into: &collector)
    guard let node = reader["set"] else { return }
    guard let entries = node.mapping else {
      collector.report(
        .wrongShape, "'set' of \(reader.owner): expected a mapping of paths, found \(node.described)", at: node.range)
      return
    }
    for entry in entries { add(entry, into: &collector) }
  }

  /// Adds the setting of a key such as `train[marker=gfap].steps`.
  mutating func add(_ entry: Node.Entry, into collector: inout DiagnosticCollector) {
    let isCommand = layer == .command
    do throws(Diagnostic) {
      let selector = try Selector(entry.name, at: entry.key.range)
      guard let stage = selector.stage, !selector.path.isEmpty else {
        collector.report(
          isCommand ? .badOverride : .unknownPath, "'\(entry.name)' names no parameter", at: entry.key.range,
          hint: "write 'stage.parameter' or 'stage[axis=label].parameter'")
        return
      }
      let keys = PathKeys.belowStage(entry.key)
      let place = entry.key.range.part(at: entry.key.plainScalar == nil ? 1 : 0, length: stage.unicodeScalars.count)
      let assignment = Assignment(
        keys: keys, cells: selector.cells, value: entry.value, layer: layer,
        range: keys.last?.range ?? entry.key.range)
      settings.append(Setting(stage: stage, stageRange: place, assignment: assignment))
    } catch {
      let code: DiagnosticCode = isCommand ? .badOverride : error.code
      collector.report(
        code, "'\(entry.name)' is not a path", at: entry.key.range,
        hint: "write 'stage.parameter' or 'stage[axis=label].parameter'")
    }
  }
}

/// The `-S` options of a command line.
struct CommandOverlay {
  private(set) var overlay = Overlay(layer: .command)
  private(set) var dataRoot: DataRoot?

  init(_ options: [String], into collector: inout DiagnosticCollector) {
    let shown = options.map { String(String.UnicodeScalarView($0.unicodeScalars.map { $0.isLineBreak ? " " : $0 })) }
    guard !options.isEmpty else { return }
    collector.keep(source: shown.joined(separator: "\n"), of: SourceRange.commandLine)
    for (index, option) in options.enumerated() { read(option, line: index + 1, into: &collector) }
  }

  private mutating func read(_ option: String, line: Int, into collector: inout DiagnosticCollector) {
    let scalars = Array(option.unicodeScalars)
    let whole = SourceRange(file: SourceRange.commandLine, line: line, column: 1, length: max(1, scalars.count))
    guard let cut = Self.separator(in: scalars), cut > 0 else {
      collector.report(
        .badOverride, "'\(option)' is not of the form key=value", at: whole,
        hint: "write -S train.steps=20")
      return
    }
    let name = String(String.UnicodeScalarView(scalars[..<cut]))
    let text = String(String.UnicodeScalarView(scalars[(cut + 1)...]))
    let key = Node(.scalar(name, isQuoted: false), range: whole.part(at: 0, length: cut))
    let place = whole.part(at: cut + 1, length: scalars.count - cut - 1)
    if name == "data.root" {
      dataRoot = .path(text, isFromCommandLine: true)
    } else if name == "replicates" {
      let value = Self.yaml(text, at: place, into: &collector)
      overlay.replicates = value.flatMap { Replicates($0, of: "the command line", into: &collector) }
    } else if name.hasPrefix("axes.") {
      let axis = key.range.part(at: 5, length: cut - 5)
      let axisKey = Node(.scalar(String(name.dropFirst(5)), isQuoted: false), range: axis)
      if let value = Self.axisValue(text, at: place, into: &collector) {
        overlay.axes.append(Node.Entry(key: axisKey, value: value))
      }
    } else if let value = Self.yaml(text, at: place, into: &collector) {
      overlay.add(Node.Entry(key: key, value: value), into: &collector)
    }
  }

  /// The first `=` outside of a cell, which is `[axis=label]` or `@axis=label,axis=label`.
  private static func separator(in scalars: [Unicode.Scalar]) -> Int? {
    var depth = 0
    var isInCell = false
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "[": depth += 1
      case "]": depth -= 1
      case "@" where depth <= 0: isInCell = true
      case "=" where depth <= 0:
        if !isInCell { return index }
        // The label after it ends at a comma, where the cell goes on, or at the next sign.
        let next = scalars[(index + 1)...].first { $0 == "," || $0 == "=" }
        isInCell = next == ","
      default: break
      }
    }
    return nil
  }

  /// `a|b`, or a YAML list or mapping.
  private static func axisValue(
    _ text: String, at place: SourceRange, into collector: inout DiagnosticCollector
  ) -> Node? {
    if text.hasPrefix("[") || text.hasPrefix("{") { return yaml(text, at: place, into: &collector) }
    var offset = 0
    var nodes: [Node] = []
    for part in text.split(separator: "|", omittingEmptySubsequences: false) {
      let length = part.unicodeScalars.count
      nodes.append(Node(.scalar(String(part), isQuoted: false), range: place.part(at: offset, length: length)))
      offset += length + 1
    }
    return Node(.sequence(nodes), range: place)
  }

  private static func yaml(
    _ text: String, at place: SourceRange, into collector: inout DiagnosticCollector
  ) -> Node? {
    if text.isEmpty { return Node(.scalar("", isQuoted: false), range: place) }
    return YAMLDocument.parse(text, file: place.file, origin: place.position, into: &collector)
  }
}
