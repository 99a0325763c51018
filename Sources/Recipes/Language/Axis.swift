/// A named list of choices: markers, mask ratios, geometries.
public struct Axis: Sendable {
  /// One choice: its label, and the value that `$axis` stands for.
  public struct Entry: Sendable {
    /// The label in addresses.
    public let label: String
    /// A scalar for an entry of a list; a mapping for a labelled record.
    public let value: Node

    /// An entry from its parts.
    public init(label: String, value: Node) {
      self.label = label
      self.value = value
    }
  }

  /// The axis's name.
  public let name: String
  /// The choices of this run.
  public let entries: [Entry]
  /// The labels of the recipe and of every layer, before the axis was narrowed.
  public let allLabels: [String]
  /// Where the axis stands.
  public let range: SourceRange

  /// An axis from its parts.
  public init(name: String, entries: [Entry], allLabels: [String], range: SourceRange) {
    self.name = name
    self.entries = entries
    self.allLabels = allLabels
    self.range = range
  }

  /// The labels of this run.
  public var labels: [String] { entries.map(\.label) }

  /// Whether the entries are records, with fields that `$axis.field` reads.
  public var isOfRecords: Bool { entries.contains { $0.value.mapping != nil } }

  /// The entry of a label.
  public subscript(label: String) -> Entry? { entries.first { $0.label == label } }
}

/// An axis under the name it has inside one stage: `over: {model: marker}`.
public struct LocalAxis: Hashable, Sendable {
  /// The name inside the stage and in addresses.
  public let name: String
  /// The axis whose entries it takes.
  public let axis: String

  /// A local axis from its parts.
  public init(name: String, axis: String) {
    self.name = name
    self.axis = axis
  }
}

/// One choice for each axis of a task, in the order written.
public struct Coordinate: Hashable, Sendable, CustomStringConvertible {
  /// The axes' local names.
  public let axes: [String]
  /// The labels, one an axis.
  public let labels: [String]

  /// A coordinate of axes and as many labels.
  public init(axes: [String], labels: [String]) {
    precondition(axes.count == labels.count, "coordinate: \(axes.count) axes, \(labels.count) labels")
    self.axes = axes
    self.labels = labels
  }

  /// A coordinate of pairs.
  public init(_ entries: [(axis: String, label: String)]) {
    self.init(axes: entries.map(\.axis), labels: entries.map(\.label))
  }

  /// Axis and label, in the order written.
  public var entries: [(axis: String, label: String)] { zip(axes, labels).map { ($0, $1) } }

  /// The label of an axis.
  public subscript(axis: String) -> String? { axes.firstIndex(of: axis).map { labels[$0] } }

  /// `[model=cfos,test=neun]`, or nothing without axes.
  public var address: String {
    axes.isEmpty ? "" : "[" + entries.map { "\($0.axis)=\($0.label)" }.joined(separator: ",") + "]"
  }

  /// The address.
  public var description: String { address }
}

/// What names and labels may be made of.
enum Names {
  /// A name of an axis, a stage, an input, a variant or a field: a letter, then letters, digits, `_` and `-`.
  static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2D }
  }

  /// A label: letters, digits and `. _ + -`.
  static func isLabel(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || [0x2E, 0x5F, 0x2B, 0x2D].contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
