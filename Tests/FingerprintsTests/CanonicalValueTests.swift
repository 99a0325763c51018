import Foundation
import Testing

@testable import Fingerprints

/// One value with the bytes that cbor2 gave it; see Fixtures/make_fixtures.py.
struct Vector: Sendable, CustomTestStringConvertible {
  let value: CanonicalValue
  let cbor: String
  let sha256: String

  var testDescription: String { String(value.description.prefix(60)) }

  static let all: [Vector] = {
    let url = Bundle.module.resourceURL!.appending(path: "Fixtures/canonical.json")
    let document = try! JSON(parsing: Array(try! Data(contentsOf: url)))
    guard case .list(let items) = document else { return [] }
    return items.map { item in
      Vector(value: value(item["value"]!), cbor: text(item["cbor"]), sha256: text(item["sha256"]))
    }
  }()

  private static func text(_ json: JSON?) -> String {
    if case .text(let text)? = json { text } else { "" }
  }

  private static func value(_ json: JSON) -> CanonicalValue {
    guard case .object(let entries) = json else { return CanonicalValue(json) }
    let content = entries[0].value
    switch (entries[0].key, content) {
    case ("i", .text(let text)): return .integer(Int64(text)!)
    case ("f", .text(let text)): return .number(Double(text)!)
    case ("t", .text(let text)): return .text(text)
    case ("b", .text(let text)): return CanonicalValue(.object([.init("$bytes", .text(text))]))
    case ("l", .list(let items)): return .list(items.map(value))
    case ("m", .object(let items)):
      return .map(Dictionary(uniqueKeysWithValues: items.map { ($0.key, value($0.value)) }))
    default: preconditionFailure("unknown notation \(json)")
    }
  }
}

@Suite struct CanonicalValueTests {
  @Test func `a key that is absent is not one that is null`() {
    let map: [String: CanonicalValue] = ["null": .null]
    #expect(map["absent"] == nil)
    #expect(map["null"] != nil)
    #expect(map["null"] == .null)
  }

  @Test(arguments: Vector.all)
  func `bytes and digest are those of an independent encoder`(vector: Vector) throws {
    #expect(Hexadecimal.text(try vector.value.encoded()) == vector.cbor)
    #expect(try vector.value.digest.hex == vector.sha256)
  }

  @Test(arguments: Vector.all)
  func `decoding gives the value whose bytes these are`(vector: Vector) throws {
    let bytes = try vector.value.encoded()
    let back = try CanonicalValue.decoded(from: bytes)
    #expect(try back.encoded() == bytes)
    #expect(back == vector.value)
  }

  @Test func `the vectors were found`() {
    #expect(Vector.all.count > 50)
  }

  @Test func `composed and decomposed texts are one value`() throws {
    #expect(try CanonicalValue.text("e\u{301}").encoded() == CanonicalValue.text("\u{e9}").encoded())
    let keys: [CanonicalValue] = [["e\u{301}": 1], ["\u{e9}": 1]]
    #expect(try keys[0].encoded() == keys[1].encoded())
  }

  @Test func `values that look alike have different bytes`() throws {
    let values: [CanonicalValue] = [
      .null, false, 0, 0.0, "", "0", [], [:], .bytes([]), [.null], ["a": .null], ["a": ""], ["a": []], ["a": [:]],
      "null",
    ]
    #expect(Set(try values.map { try $0.encoded() }).count == values.count)
  }

  @Test func `the order in which a map was built does not show`() throws {
    let keys = (0..<200).map { "key \($0 * 7919 % 1000)" }
    let one = Dictionary(keys.map { ($0, CanonicalValue.text($0)) }, uniquingKeysWith: { $1 })
    let two = Dictionary(keys.reversed().map { ($0, CanonicalValue.text($0)) }, uniquingKeysWith: { $1 })
    #expect(try CanonicalValue.map(one).encoded() == CanonicalValue.map(two).encoded())
  }

  @Test func `NaN is refused wherever it stands`() {
    #expect(throws: CanonicalError("NaN has no canonical form")) {
      try CanonicalValue.list([["a": .number(.nan)]]).encoded()
    }
  }

  @Test func `what is nested too deeply is refused both ways`() throws {
    var value: CanonicalValue = []
    for _ in 0..<CanonicalValue.maximumDepth { value = [value] }
    #expect(try CanonicalValue.decoded(from: try value.encoded()) == value)
    #expect(throws: CanonicalError("nesting is deeper than 64")) { try CanonicalValue.list([value]).encoded() }
    let deep = [UInt8](repeating: 0x81, count: 100_000)
    #expect(throws: CanonicalError("nesting is deeper than 64, at byte 65")) { try CanonicalValue.decoded(from: deep) }
  }

  @Test(
    arguments: [
      ([], "the input ends early, at byte 0"),
      ([0x00, 0x00], "1 bytes follow the value at byte 1"),
      ([0x18, 0x17], "23 is not in its shortest form, at byte 2"),
      ([0x19, 0x00, 0xff], "255 is not in its shortest form, at byte 3"),
      ([0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0], "an integer needs more than 64 bits, at byte 9"),
      ([0x1b, 0, 0], "the input ends early, at byte 3"),
      ([0xfa, 0, 0, 0, 0], "byte 0xfa starts no canonical value, at byte 1"),
      ([0xfb, 0x80, 0, 0, 0, 0, 0, 0, 0], "-0 is not canonical, at byte 9"),
      ([0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], "NaN has no canonical form, at byte 9"),
      ([0x61, 0xff], "a text is not UTF-8, at byte 2"),
      ([0x63, 0x65, 0xcc, 0x81], "a text is not in normal form C, at byte 4"),
      ([0x9f, 0xff], "a length is indefinite or reserved, at byte 1"),
      (
        [0x7b, 0x7f, 255, 255, 255, 255, 255, 255, 255],
        "a length of 9223372036854775807 exceeds the 0 bytes left, at byte 9"
      ),
      (
        [0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
        "a list of 18446744073709551615 exceeds the bytes left, at byte 9"
      ),
      ([0xa2, 0x61, 0x62, 0x00, 0x61, 0x61, 0x00], "key 'a' is out of order or stands twice, at byte 6"),
      ([0xa2, 0x61, 0x61, 0x00, 0x61, 0x61, 0x00], "key 'a' is out of order or stands twice, at byte 6"),
      ([0xa1, 0x00, 0x00], "a key is not a text, at byte 2"),
      ([0xc0, 0x00], "byte 0xc0 starts no canonical value, at byte 1"),
      ([0xf7], "byte 0xf7 starts no canonical value, at byte 1"),
    ] as [([UInt8], String)])
  func `bytes that are not canonical are refused`(bytes: [UInt8], message: String) {
    #expect(throws: CanonicalError(message)) { try CanonicalValue.decoded(from: bytes) }
  }

  @Test func `damaged bytes never decode to a value of other bytes`() throws {
    var seed: UInt64 = 12345
    func random(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % bound
    }
    for vector in Vector.all {
      for _ in 0..<50 {
        var bytes = try vector.value.encoded()
        bytes[random(bytes.count)] ^= UInt8(1 << random(8))
        if let value = try? CanonicalValue.decoded(from: bytes) {
          #expect(try value.encoded() == bytes)
        }
      }
    }
  }

  @Test(
    arguments: [
      (1e-3, "1e-3"), (0.05, "0.05"), (1.25e-5, "1.25e-5"), (0.0, "0.0"), (-2.5e7, "-2.5e7"), (1e6, "1e6"),
      (1e300, "1e300"), (123456.5, "123456.5"), (.infinity, "inf"), (12_345_678, "1.2345678e7"),
      (.leastNonzeroMagnitude, "5e-324"),
    ] as [(Double, String)])
  func `numbers are shown as people write them`(value: Double, text: String) {
    #expect(CanonicalValue.number(value).description == text)
    if value.isFinite { #expect(Double(text) == value) }
  }

  @Test func `a value is shown with quoted texts and sorted keys`() {
    let value: CanonicalValue = [
      "steps": 1500, "rate": 1e-3, "marker": "cFos", "none": .null, "list": [true, .bytes([1, 255])],
    ]
    #expect(value.description == "{list: [true, 0x01ff], marker: 'cFos', none: null, rate: 1e-3, steps: 1500}")
  }

  @Test func `a value comes back from its JSON`() throws {
    let value: CanonicalValue = [
      "integer": 9_223_372_036_854_775_807, "number": 1.0, "text": "a \"quoted\"\n\u{1}µ", "bytes": .bytes([0, 171]),
      "list": [.null, false, [:]],
    ]
    #expect(try CanonicalValue(json: Array(value.json.utf8)) == value)
  }
}
