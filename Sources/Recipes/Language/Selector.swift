/// Some tasks by stage and labels: `train[marker=cfos|pv]`, `train@marker=cfos`, `[marker=cfos]`, `train`,
/// `phantom-sweep/best[geometry=small]`.
public struct Selector: Sendable, Hashable, CustomStringConvertible {
  /// The labels of one axis, one of which must be a task's.
  public struct Cell: Sendable, Hashable {
    /// The axis's name in the stage.
    public let axis: String
    /// The labels.
    public let labels: [String]

    /// A cell from its parts.
    public init(axis: String, labels: [String]) {
      self.axis = axis
      self.labels = labels
    }
  }

  /// The stage; nil for `[axis=label]`.
  public let stage: String?
  /// What follows the brackets or the stage after a dot: a port, or a path of parameters.
  public let path: [String]
  /// The labels by axis, in the order written.
  public let cells: [Cell]
  /// Where it stands.
  public let range: SourceRange

  /// A selector from its parts.
  public init(stage: String?, path: [String] = [], cells: [Cell], range: SourceRange) {
    self.stage = stage
    self.path = path
    self.cells = cells
    self.range = range
  }

  /// Whether a coordinate has one of the labels on every axis named.
  public func matches(_ coordinate: Coordinate) -> Bool {
    cells.allSatisfy { cell in coordinate[cell.axis].map(cell.labels.contains) ?? false }
  }

  /// The selector as one would type it, without quotes.
  public var description: String {
    let tail = path.map { "." + $0 }.joined()
    guard !cells.isEmpty else { return (stage ?? "") + tail }
    let inner = cells.map { "\($0.axis)=\($0.labels.joined(separator: "|"))" }.joined(separator: ",")
    return "\(stage ?? "")[\(inner)]\(tail)"
  }
}

// MARK: - Parsing

extension Selector {
  /// Reads a selector of the command line; `range` is where its text starts.
  public init(_ text: String, at range: SourceRange? = nil) throws(Diagnostic) {
    let place =
      range ?? SourceRange(file: "selector", line: 1, column: 1, length: max(1, text.unicodeScalars.count))
    let parts = try BracketedText(text, at: place)
    // Before the last '/' stands the experiment that the stage is taken from.
    let cut = parts.head.lastIndex(of: "/").map { parts.head.index(after: $0) } ?? parts.head.startIndex
    let experiment = parts.head[..<cut]
    var path = parts.head[cut...].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let name = path.removeFirst()
    let stage = String(experiment) + name
    guard Self.areLabels(experiment), name.isEmpty ? experiment.isEmpty : Names.isName(name),
      !(stage.isEmpty && parts.cells.isEmpty),
      (path + parts.tail).allSatisfy(Names.isName)
    else { throw BracketedText.malformed(text, at: place) }
    var cells: [Cell] = []
    for (axis, value, _) in parts.cells {
      let labels = value.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard Names.isName(axis), labels.allSatisfy(Names.isLabel) else {
        throw BracketedText.malformed(text, at: place)
      }
      guard !cells.contains(where: { $0.axis == axis }) else {
        throw Diagnostic(
          .badSelector, "the axis '\(axis)' comes twice in '\(text)'", at: place,
          hint: "write several labels as '\(axis)=a|b'")
      }
      cells.append(Cell(axis: axis, labels: labels))
    }
    self.init(stage: stage.isEmpty ? nil : stage, path: path + parts.tail, cells: cells, range: place)
  }
}

extension Selector {
  /// Whether a text is nothing, or labels with a `/` after each.
  private static func areLabels(_ text: Substring) -> Bool {
    text.split(separator: "/", omittingEmptySubsequences: false).dropLast().allSatisfy { Names.isLabel($0) }
  }
}

/// A text of the shape `head[axis=value,axis=value].tail` or `head@axis=value,axis=value`, cut at its joints.
struct BracketedText {
  let head: String
  let cells: [(axis: String, value: String, offset: Int)]
  let tail: [String]

  init(_ text: String, at place: SourceRange) throws(Diagnostic) {
    let scalars = Array(text.unicodeScalars)
    let open = scalars.firstIndex { $0 == "[" || $0 == "@" }
    guard let open else {
      guard !scalars.contains("]"), !scalars.contains("=") else { throw Self.malformed(text, at: place) }
      (head, cells, tail) = (text, [], [])
      return
    }
    var close = scalars.count
    var after: [Unicode.Scalar] = []
    if scalars[open] == "[" {
      guard let bracket = scalars.firstIndex(of: "]"), bracket > open else { throw Self.malformed(text, at: place) }
      close = bracket
      after = Array(scalars[(bracket + 1)...])
    }
    head = Self.string(scalars[..<open])
    guard after.isEmpty || (after.count > 1 && after[0] == ".") else { throw Self.malformed(text, at: place) }
    tail = Self.string(after.dropFirst()).split(separator: ".", omittingEmptySubsequences: after.isEmpty)
      .map(String.init)
    var cells: [(axis: String, value: String, offset: Int)] = []
    for piece in scalars[(open + 1)..<close].split(separator: ",", omittingEmptySubsequences: false) {
      let sides = piece.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else { throw Self.malformed(text, at: place) }
      cells.append((Self.trimmed(sides[0]), Self.trimmed(sides[1]), piece.startIndex))
    }
    self.cells = cells
  }

  static func malformed(_ text: String, at place: SourceRange) -> Diagnostic {
    Diagnostic(.badSelector, "'\(text)' is not a selector", at: place, hint: "write 'stage[axis=label]'")
  }

  private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    string(scalars.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
