import Foundation

extension CanonicalValue {
  /// The canonical bytes: deterministic CBOR (RFC 8949, section 4.2).
  ///
  /// Integers and lengths take the shortest head, lengths are definite, numbers are always 8-byte
  /// IEEE 754 (so that type and value alone decide) with -0 written as +0, texts are in Unicode
  /// normal form C. Map entries stand in the order of the bytes of their encoded keys (4.2.1), not
  /// of the bare UTF-8: any strict CBOR reader then accepts them. As the head holds the length,
  /// that is shorter keys first and UTF-8 order among keys of one length.
  ///
  /// - Throws: `CanonicalError` for NaN and for nesting beyond `maximumDepth`.
  public func encoded() throws -> [UInt8] {
    var bytes: [UInt8] = []
    try append(to: &bytes, depth: 0)
    return bytes
  }

  private func append(to bytes: inout [UInt8], depth: Int) throws {
    guard depth <= Self.maximumDepth else {
      throw CanonicalError("nesting is deeper than \(Self.maximumDepth)")
    }
    switch self {
    case .null: bytes.append(0xf6)
    case .boolean(let value): bytes.append(value ? 0xf5 : 0xf4)
    case .integer(let value) where value < 0: CBORHead.append(1, UInt64(bitPattern: ~value), to: &bytes)
    case .integer(let value): CBORHead.append(0, UInt64(value), to: &bytes)
    case .number(let value):
      guard !value.isNaN else { throw CanonicalError("NaN has no canonical form") }
      bytes.append(0xfb)
      CBORHead.append(bigEndian: value == 0 ? 0 : value.bitPattern, count: 8, to: &bytes)
    case .text(let value): Self.append(text: value, to: &bytes)
    case .bytes(let value):
      CBORHead.append(2, UInt64(value.count), to: &bytes)
      bytes += value
    case .list(let values):
      CBORHead.append(4, UInt64(values.count), to: &bytes)
      for value in values { try value.append(to: &bytes, depth: depth + 1) }
    case .map(let entries):
      CBORHead.append(5, UInt64(entries.count), to: &bytes)
      let keyed = entries.map { key, value in
        var head: [UInt8] = []
        Self.append(text: key, to: &head)
        return (head, value)
      }
      for (head, value) in keyed.sorted(by: { $0.0.lexicographicallyPrecedes($1.0) }) {
        bytes += head
        try value.append(to: &bytes, depth: depth + 1)
      }
    }
  }

  private static func append(text: String, to bytes: inout [UInt8]) {
    let utf8 = text.normalisedUTF8
    CBORHead.append(3, UInt64(utf8.count), to: &bytes)
    bytes += utf8
  }
}

/// The first bytes of a CBOR item: its major type and an argument.
enum CBORHead {
  static func append(_ major: UInt8, _ argument: UInt64, to bytes: inout [UInt8]) {
    let type = major << 5
    switch argument {
    case 0..<24: bytes.append(type | UInt8(argument))
    case 24...0xff:
      bytes.append(type | 24)
      append(bigEndian: argument, count: 1, to: &bytes)
    case 0x100...0xffff:
      bytes.append(type | 25)
      append(bigEndian: argument, count: 2, to: &bytes)
    case 0x1_0000...0xffff_ffff:
      bytes.append(type | 26)
      append(bigEndian: argument, count: 4, to: &bytes)
    default:
      bytes.append(type | 27)
      append(bigEndian: argument, count: 8, to: &bytes)
    }
  }

  static func append(bigEndian value: UInt64, count: Int, to bytes: inout [UInt8]) {
    for index in (0..<count).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8)))
    }
  }
}

extension String {
  /// The UTF-8 bytes of normal form C.
  var normalisedUTF8: [UInt8] {
    let plain = Array(utf8)
    // ASCII is its own normal form, and nearly every key and value is ASCII.
    return plain.allSatisfy { $0 < 0x80 } ? plain : Array(precomposedStringWithCanonicalMapping.utf8)
  }
}
