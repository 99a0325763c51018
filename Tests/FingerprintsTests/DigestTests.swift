import Foundation
import Testing

@testable import Fingerprints

@Suite struct DigestTests {
  static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  @Test func `digests are those of SHA-256`() {
    #expect(Digest.of([]).hex == Self.empty)
    #expect(Digest.of("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func `a digest comes back from its text and its bytes`() throws {
    let digest = Digest.of("abc")
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(bytes: digest.bytes) == digest)
    #expect(try JSONDecoder().decode([Digest].self, from: try JSONEncoder().encode([digest])) == [digest])
  }

  @Test(arguments: ["", "abc", String(empty.dropLast()), empty + "0", empty.uppercased(), "g" + empty.dropFirst()])
  func `a text that is no digest is refused`(text: String) {
    #expect(Digest(hex: text) == nil)
  }

  @Test func `digests are ordered as their texts are`() {
    let digests = (0..<100).map { Digest.of("\($0)") }
    #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
  }

  @Test func `a content hash does not depend on how the bytes were handed over`() {
    let bytes = [UInt8](0..<200)
    var whole = ContentHasher(domain: "test.1")
    whole.update(bytes)
    var pieces = ContentHasher(domain: "test.1")
    pieces.update(bytes[..<7])
    pieces.update(bytes[7..<7])
    pieces.update(bytes.span.extracting(7..<100))
    unsafe pieces.update(bytes.span.extracting(100..<200).bytes)
    #expect(whole.finalise() == pieces.finalise())
    var expected: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 6]
    expected += Array("test.1".utf8) + bytes
    #expect(whole.finalise() == Digest.of(expected))
  }

  @Test func `the domain changes the hash`() {
    var one = ContentHasher(domain: "test.1")
    var two = ContentHasher(domain: "test.2")
    one.update(UInt64(5))
    two.update(UInt64(5))
    #expect(one.finalise() != two.finalise())
  }
}

@Suite struct JSONTests {
  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "nul", "01", "1.", "+1", "-", "1e", "NaN", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"",
    "1 2",
    "{\"a\":1,\"a\":2}", "'a'", "[1 2]",
  ])
  func `a text that is not JSON is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: Array(text.utf8)) }
  }

  @Test func `numbers keep every digit`() throws {
    #expect(
      try JSON(parsing: Array("[18446744073709551615, -0.0, 5e-324]".utf8))
        == .list([.number("18446744073709551615"), .number("-0.0"), .number("5e-324")]))
  }

  @Test func `escapes and surrogate pairs are read`() throws {
    #expect(try JSON(parsing: Array(#""\u00b5\ud83d\ude00\n\/""#.utf8)) == .text("µ😀\n/"))
  }

  @Test func `a document comes back from either form`() throws {
    let text = #"{"b": [1, 2], "a": {"x": [[], {}], "y": null}, "t": "a\"b"}"#
    let document = try JSON(parsing: Array(text.utf8))
    #expect(try JSON(parsing: Array(document.formatted.utf8)) == document)
    #expect(try JSON(parsing: Array(document.compact.utf8)) == document)
  }

  @Test func `sixty thousand brackets are an error`() {
    #expect(throws: JSONError.self) { try JSON(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 60_000)) }
  }
}
