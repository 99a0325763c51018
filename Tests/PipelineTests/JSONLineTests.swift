import Foundation
import Testing

@testable import Pipeline

@Suite struct JSONLineTests {
  struct Values: Codable, Equatable {
    enum Word: String, Codable { case first, second }
    enum Choice: Codable, Equatable {
      case nothing
      case pair(Int, String)
      case named(size: Double)
    }
    var text = ""
    var whole = 0
    var large: UInt64 = 0
    var small: Int32 = 0
    var number = 0.0
    var single: Float = 0
    var truth = false
    var maybe: String?
    var word = Word.first
    var choices: [Choice] = []
    var texts: [String: String] = [:]
    var nested: [String: [Int]] = [:]
    var optionals: [Double?] = []
  }

  static let samples: [Values] = [
    Values(),
    Values(
      text: "a/b \"c\" \\ \u{8}\t\n\u{c}\r\u{1}\u{1f}\u{7f} \u{2028} naïve 𝄞", whole: .min, large: .max, small: -7,
      number: 0.1, single: 0.1, truth: true, maybe: "", word: .second,
      choices: [.nothing, .pair(3, "x"), .named(size: 2)], texts: ["row": "a", "column": "b", "é": "ü", "A": ""],
      nested: ["z": [], "a": [1, 2], "B": [-1]], optionals: [nil, 1, nil]),
    Values(
      number: 1e21, single: 1e-7,
      optionals: [Double.leastNonzeroMagnitude, -0.0, 1e16, 123456789.125, 1.7976931348623157e308]),
  ]

  /// What Foundation writes with sorted keys.
  private func reference(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }

  @Test(arguments: samples.indices) func `the bytes are Foundation's`(index: Int) throws {
    let values = Self.samples[index]
    #expect(
      String(decoding: try JSONLine.encode(values), as: UTF8.self)
        == String(decoding: try reference(values), as: UTF8.self))
  }

  @Test(arguments: samples.indices) func `what is written is read again`(index: Int) throws {
    #expect(try JSONLine.decode(from: try JSONLine.encode(Self.samples[index])) == Self.samples[index])
  }

  @Test func `a row is read as Foundation reads it`() throws {
    let temporary = try TemporaryStore()
    let manifest = try Sample.publish(in: temporary.store).manifest
    let bytes = try Posix.read(temporary.store.actionFile(manifest.fingerprint))
    #expect(try bytes == reference(manifest))
    let read = try JSONDecoder().decode(Manifest.self, from: Data(bytes))
    #expect(try reference(read) == bytes)
    #expect(try reference(try JSONLine.decode(Manifest.self, from: bytes)) == bytes)
  }

  @Test(arguments: [
    (#"{"a": "\u00e9\ud834\udd1e\/\"\\\b\f\n\r\t"}"#, "é𝄞/\"\\\u{8}\u{c}\n\r\t"), (" {\r\n\t\"a\" :\"b\"} ", "b"),
    (#"{"b": [{"a": 1}, []], "a": "c"}"#, "c"), (#"{"\u0061": "d"}"#, "d"),
  ])
  func `other writers' JSON is read`(text: String, value: String) throws {
    #expect(try JSONLine.decode([String: Ignored].self, from: Array(text.utf8))["a"]?.text == value)
  }

  /// A text, or anything else.
  struct Ignored: Decodable {
    let text: String?
    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }

  @Test func `whole numbers may be written as fractions`() throws {
    #expect(try JSONLine.decode([Int].self, from: Array("[1.0, 2e2, -0]".utf8)) == [1, 200, 0])
    #expect(try JSONLine.decode([Double].self, from: Array("[1, -2.5e-1]".utf8)) == [1, -0.25])
  }

  @Test(arguments: [
    ("", "the document ends early, at byte 0"), ("{", "a key expected, at byte 1"),
    (#"{"a":1"#, "'}' expected, at byte 6"), (#"{"a" 1}"#, "':' expected, at byte 5"),
    ("[1,]", "not a JSON value, at byte 3"),
    ("[1", "']' expected, at byte 2"), (#"["a"#, "a text does not end, at byte 3"), ("[01]", "']' expected, at byte 2"),
    ("[1] x", "something follows the document, at byte 4"), ("[tru]", "not a JSON value, at byte 4"),
    ("[\"\n\"]", "a control character in a text, at byte 2"), (#"["\x"]"#, "a text has an unknown escape, at byte 3"),
    (#"["\ud834"]"#, "half of a surrogate pair, at byte 8"),
    (#"["\u00g0"]"#, "an escape without four hexadecimal digits, at byte 4"),
    ("[.5]", "not a JSON value, at byte 1"), (#"["a", "b"#, "a text does not end, at byte 8"),
    ("[1e]", "not a JSON value, at byte 3"),
  ])
  func `what is no JSON is an error with its place`(text: String, words: String) throws {
    let error = try #require(throws: DecodingError.self) { try JSONLine.decode([String].self, from: Array(text.utf8)) }
    #expect("\(error)".contains(words), "\(error)")
  }

  @Test(arguments: [
    (#"{"a": 1}"#, "expected a text, found number, at byte 6"), (#"{"a": "b"#, "a text does not end"),
    (#"["a"]"#, "expected an object, found list, at byte 0"),
  ])
  func `a value of another type is an error`(text: String, words: String) throws {
    let error = try #require(throws: DecodingError.self) {
      try JSONLine.decode([String: String].self, from: Array(text.utf8))
    }
    #expect("\(error)".contains(words), "\(error)")
  }

  @Test func `a missing key is named`() throws {
    let error = try #require(throws: DecodingError.self) { try JSONLine.decode(Values.self, from: Array("{}".utf8)) }
    #expect("\(error)".contains("there is no 'text'"))
  }

  @Test func `numbers that do not fit are errors`() {
    #expect(throws: DecodingError.self) { try JSONLine.decode([Int32].self, from: Array("[3000000000]".utf8)) }
    #expect(throws: DecodingError.self) { try JSONLine.decode([Int].self, from: Array("[1.5]".utf8)) }
    #expect(throws: EncodingError.self) { try JSONLine.encode([Double.nan]) }
  }

  @Test func `nesting has an end`() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: DecodingError.self) { try JSONLine.decode([Int].self, from: Array(text.utf8)) }
  }
}
