public import Fingerprints

/// A length in micrometres, written `1.8 um`, `2 mm` or `500 nm`.
public struct Micrometres: ParameterValue, Hashable, Comparable {
  /// The length in µm.
  public let value: Double
  /// A length in µm.
  public init(_ value: Double) { self.value = value }
  /// `a length such as '1.8 um'`.
  public static var typeName: String { "a length such as '1.8 um'" }
  /// The length of a number with its unit.
  public static func decode(_ node: Node) throws(Diagnostic) -> Micrometres {
    let units = ["um": 1, "µm": 1, "μm": 1, "nm": 1e-3, "mm": 1e3]
    guard let amount = Amount.read(node, units: units) else { throw mismatch(node) }
    return Micrometres(amount)
  }
  /// The number of µm.
  public var canonical: CanonicalValue { .number(value) }
  /// The length with its unit.
  public var text: String { CanonicalValue.number(value).yamlText + " um" }
  /// Whether a length is less than another.
  public static func < (first: Micrometres, second: Micrometres) -> Bool { first.value < second.value }
}

/// A length in pixels of the plane, written `6 px`.
public struct Pixels: ParameterValue, Hashable, Comparable {
  /// The length in px.
  public let value: Double
  /// A length in px.
  public init(_ value: Double) { self.value = value }
  /// `a length such as '6 px'`.
  public static var typeName: String { "a length such as '6 px'" }
  /// The length of a number with its unit.
  public static func decode(_ node: Node) throws(Diagnostic) -> Pixels {
    guard let amount = Amount.read(node, units: ["px": 1]) else { throw mismatch(node) }
    return Pixels(amount)
  }
  /// The number of px.
  public var canonical: CanonicalValue { .number(value) }
  /// The length with its unit.
  public var text: String { CanonicalValue.number(value).yamlText + " px" }
  /// Whether a length is less than another.
  public static func < (first: Pixels, second: Pixels) -> Bool { first.value < second.value }
}

/// An amount of memory, written `24 GiB` or `500 MB`.
public struct ByteCount: ParameterValue, Hashable, Comparable {
  /// The number of bytes.
  public let bytes: Int64
  /// An amount in bytes.
  public init(_ bytes: Int64) { self.bytes = bytes }
  /// `an amount of memory such as '24 GiB'`.
  public static var typeName: String { "an amount of memory such as '24 GiB'" }
  /// The bytes of a number with its unit, rounded to whole bytes.
  public static func decode(_ node: Node) throws(Diagnostic) -> ByteCount {
    let units = [
      "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
      "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
    ]
    guard let amount = Amount.read(node, units: units), amount >= 0, amount < 0x1p62 else { throw mismatch(node) }
    return ByteCount(Int64(amount.rounded()))
  }
  /// The number of bytes.
  public var canonical: CanonicalValue { .integer(bytes) }
  /// The amount in the largest binary unit that keeps it whole.
  public var text: String {
    for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] {
      let size = Int64(1) << Int64(shift)
      if bytes >= size, bytes % size == 0 { return "\(bytes / size) \(unit)" }
    }
    return "\(bytes) B"
  }
  /// Whether an amount is less than another.
  public static func < (first: ByteCount, second: ByteCount) -> Bool { first.bytes < second.bytes }
}

/// A span of time, written `90 s`, `4h` or `1h 30m`.
public struct Seconds: ParameterValue, Hashable, Comparable {
  /// The span in seconds.
  public let value: Double
  /// A span in seconds.
  public init(_ value: Double) { self.value = value }
  /// `a time such as '4h'`.
  public static var typeName: String { "a time such as '4h'" }
  /// The span of one or more numbers with their units.
  public static func decode(_ node: Node) throws(Diagnostic) -> Seconds {
    let units = ["ms": 1e-3, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400]
    guard let amount = Amount.read(node, units: units, mayRepeat: true), amount >= 0 else { throw mismatch(node) }
    return Seconds(amount)
  }
  /// The number of seconds.
  public var canonical: CanonicalValue { .number(value) }
  /// The span with its unit.
  public var text: String { CanonicalValue.number(value).yamlText + " s" }
  /// Whether a span is less than another.
  public static func < (first: Seconds, second: Seconds) -> Bool { first.value < second.value }
}

/// Reads numbers with units.
private enum Amount {
  static func read(_ node: Node, units: [String: Double], mayRepeat: Bool = false) -> Double? {
    guard let text = node.scalar else { return nil }
    var rest = text[...]
    var sum = 0.0
    var count = 0
    while !rest.isEmpty {
      let number = rest.prefix { !$0.isLetter && $0 != " " }
      rest = rest.dropFirst(number.count).drop { $0 == " " }
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count).drop { $0 == " " }
      guard let value = NumberText.number(String(number)), let factor = units[String(unit)] else { return nil }
      sum += value * factor
      count += 1
    }
    return count == 1 || (mayRepeat && count > 1) ? sum : nil
  }
}
