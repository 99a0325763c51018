/// Where a port takes its artifact from: `regions`, `prepare.train`, `"train.model[marker=$model]"`, also written
/// `train.model@marker=$model`.
public struct Reference: Sendable {
  /// What a producer's axis is set to.
  public enum AxisValue: Hashable, Sendable {
    /// The label of an axis of the consumer: `$model`.
    case axis(String)
    /// A label, or an ordered list of labels, in a field of an axis of records: `$dataset.markers`.
    case field(String, String)
    /// A label as it stands.
    case label(String)
  }

  /// One entry of the bracket.
  public struct Binding: Hashable, Sendable {
    /// The producer's axis.
    public let axis: String
    /// What it is set to.
    public let value: AxisValue

    /// A binding from its parts.
    public init(axis: String, value: AxisValue) {
      self.axis = axis
      self.value = value
    }
  }

  /// The stage or input.
  public let source: String
  /// The port; nil for an input.
  public let port: String?
  /// The bracket; axes that it does not name match by equal name.
  public let bindings: [Binding]
  /// Where the reference stands.
  public let range: SourceRange
  /// The reference as it was written.
  public let text: String

  /// What a producer's axis is set to, if the bracket names it.
  public subscript(axis: String) -> AxisValue? { bindings.first { $0.axis == axis }?.value }

  /// Reads a reference out of a node.
  public init(_ node: Node) throws(Diagnostic) {
    guard let text = node.scalar, !node.isNull else {
      let hint = node.sequence == nil ? nil : "put quotes around a reference with brackets"
      throw Diagnostic(
        .badReference, "expected a reference such as 'stage.port', found \(node.described)", at: node.range, hint: hint)
    }
    let malformed = Diagnostic(
      .badReference, "'\(text)' is not a reference", at: node.range,
      hint: "write 'input', 'stage.port' or \"stage.port[axis=$axis]\"")
    let parts: BracketedText
    do throws(Diagnostic) { parts = try BracketedText(text, at: node.range) } catch { throw malformed }
    guard parts.tail.isEmpty else { throw malformed }
    let names = parts.head.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard names.count <= 2, names.allSatisfy(Names.isName) else { throw malformed }
    var bindings: [Binding] = []
    for cell in parts.cells {
      guard Names.isName(cell.axis), let value = Self.axisValue(cell.value),
        !bindings.contains(where: { $0.axis == cell.axis })
      else { throw malformed }
      bindings.append(Binding(axis: cell.axis, value: value))
    }
    source = names[0]
    port = names.count == 2 ? names[1] : nil
    self.bindings = bindings
    range = node.range
    self.text = text
  }

  private static func axisValue(_ text: String) -> AxisValue? {
    guard text.hasPrefix("$") else { return Names.isLabel(text) ? .label(text) : nil }
    guard let variable = Variable(text) else { return nil }
    return variable.field.map { .field(variable.axis, $0) } ?? .axis(variable.axis)
  }
}

/// A value that an axis gives: `$axis` or `$axis.field`.
struct Variable: Hashable {
  let axis: String
  let field: String?

  /// The variable that a text is as a whole, or nil.
  init?(_ text: String) {
    guard text.hasPrefix("$") else { return nil }
    let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ Names.isName($0) }) else { return nil }
    axis = String(parts[0])
    field = parts.count == 2 ? String(parts[1]) : nil
  }
}
