/// A value whose bytes depend on its meaning alone: what fingerprints are made of.
///
/// Null, an absent key, an empty text, an empty list and an empty map all differ; so do the integer
/// 1, the number 1.0 and the text '1'. `nil` is no literal of it: `map["x"] == nil` asks whether the key is absent.
public indirect enum CanonicalValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  /// Finite or infinite; NaN has no canonical bytes.
  case number(Double)
  case text(String)
  case bytes([UInt8])
  case list([CanonicalValue])
  case map([String: CanonicalValue])

  /// How deeply lists and maps may stand in one another, in encoding as in decoding.
  public static let maximumDepth = 64

  /// The SHA-256 of the canonical bytes.
  public var digest: Digest {
    get throws { Digest.of(try encoded()) }
  }
}

/// Why a value has no canonical bytes, or bytes are not those of a value.
public struct CanonicalError: Error, Equatable, CustomStringConvertible {
  /// What is wrong and where, in lower case.
  public let message: String

  init(_ message: String) {
    self.message = message
  }

  /// The same as `message`.
  public var description: String { message }
}

extension CanonicalValue: ExpressibleByBooleanLiteral {
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension CanonicalValue: ExpressibleByIntegerLiteral {
  /// An integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension CanonicalValue: ExpressibleByFloatLiteral {
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension CanonicalValue: ExpressibleByStringLiteral {
  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
}

extension CanonicalValue: ExpressibleByArrayLiteral {
  /// A list.
  public init(arrayLiteral elements: CanonicalValue...) { self = .list(elements) }
}

extension CanonicalValue: ExpressibleByDictionaryLiteral {
  /// A later entry of the same key wins.
  public init(dictionaryLiteral elements: (String, CanonicalValue)...) {
    self = .map(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
