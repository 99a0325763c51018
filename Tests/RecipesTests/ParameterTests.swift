import Fingerprints
import Testing

@testable import Recipes

@Suite struct ParameterTests {
  private func node(_ text: String) throws -> Node {
    var collector = DiagnosticCollector()
    return try #require(YAMLDocument.parse(Array(text.utf8), file: "x.yaml", into: &collector))
  }

  @Test(arguments: [
    ("90 s", 90), ("4h", 14400), ("1h 30m", 5400), ("1h30m", 5400), ("2 min", 120), ("1.5 d", 129_600),
  ])
  func `times are read with their units`(text: String, seconds: Double) throws {
    #expect(try Seconds.decode(node(text)).value == seconds)
  }

  @Test(arguments: [("24 GiB", 25_769_803_776), ("2MiB", 2_097_152), ("1.5 kB", 1500), ("7 B", 7)])
  func `amounts of memory are read with their units`(text: String, bytes: Int64) throws {
    #expect(try ByteCount.decode(node(text)).bytes == bytes)
  }

  @Test(arguments: [("1.8 um", 1.8), ("1.8 µm", 1.8), ("500 nm", 0.5), ("2mm", 2000)])
  func `lengths are read with their units`(text: String, micrometres: Double) throws {
    #expect(abs(try Micrometres.decode(node(text)).value - micrometres) < 1e-12)
  }

  @Test(arguments: ["1.8", "um", "1.8 px", "1 um 2 um", "x um", "[1 um]", "-", "~"])
  func `a length without a unit of length is refused`(text: String) throws {
    let node = try node(text)
    #expect(throws: Diagnostic.self) { try Micrometres.decode(node) }
  }

  @Test(arguments: ["3.0", "1e3", "\"3\"", "0x3", "three", "", "[3]", "99999999999999999999", "1_000"])
  func `what is no plain whole number is no integer`(text: String) throws {
    let node = try node("- " + text).sequence?[0]
    #expect(throws: Diagnostic.self) { try Int.decode(try #require(node)) }
  }

  @Test(arguments: [("no", "no"), ("08", "08"), ("\"3\"", "3"), ("true", "true")])
  func `a text is what was written`(text: String, value: String) throws {
    #expect(try String.decode(node(text)) == value)
  }

  @Test func `a value that may be absent reads nothing`() throws {
    #expect(try Int?.decode(node("~")) == nil)
    #expect(try Int?.decode(node("3")) == 3)
  }

  @Test func `defaults stand where nothing is set`() throws {
    var diagnostics: [Diagnostic] = []
    let demo = Demo.schema.decode(try node("{path: p, model: {dim: 8}}"), of: "demo.stage", into: &diagnostics)
    #expect(diagnostics.isEmpty)
    #expect(demo.model.dim == 8)
    #expect(demo.model.kernel == 5)
    #expect(demo.batch == 8)
  }

  @Test func `canonical values leave neutral ones out and do not depend on the order of keys`() throws {
    var diagnostics: [Diagnostic] = []
    let first = Demo.schema.decode(try node("{path: p, batch: 4, clip: false}"), of: "d", into: &diagnostics)
    let second = Demo.schema.decode(try node("{batch: 4, path: p}"), of: "d", into: &diagnostics)
    let canonical = Demo.schema.canonical(first)
    #expect(canonical == Demo.schema.canonical(second))
    #expect(!canonical.keys.contains("clip"))
    #expect(!canonical.keys.contains("size"))
    #expect(canonical["batch"] == .integer(4))
    #expect(canonical["model"] == .map(["dim": .integer(64), "kernel": .integer(5)]))
    #expect(canonical["crop"] == .list([.integer(16), .integer(64), .integer(64)]))
    let third = Demo.schema.decode(try node("{path: p, clip: true}"), of: "d", into: &diagnostics)
    #expect(Demo.schema.canonical(third)["clip"] == .boolean(true))
  }

  @Test func `a record of neutral values alone is left out, so that adding one moves no key`() throws {
    struct Inner: Sendable { var share = 1.0 }
    struct Outer: Sendable {
      var size = 3
      var inner = Inner()
    }
    let inner = ParameterSchema<Inner>(default: Inner(), [.value("share", \.share, neutral: 1, "a share")])
    let schema = ParameterSchema<Outer>(
      default: Outer(), [.value("size", \.size, "a size"), .record("inner", \.inner, inner, "a record")])
    #expect(schema.canonical(Outer()) == ["size": 3])
    #expect(schema.canonical(Outer(inner: Inner(share: 0.5))) == ["size": 3, "inner": ["share": 0.5]])
  }

  @Test func `the listing shows types, ranges, defaults and records`() {
    let listing = Demo.schema.listing
    #expect(listing.map(\.name) == Demo.schema.fields.map(\.name))
    #expect(listing[0].nested.map(\.defaultText) == ["64", "5"])
    #expect(listing[1].type == "a list, each entry an integer")
    #expect(listing[1].range == "3 entries, each between 1 and 512")
    #expect(listing[1].defaultText == "[16, 64, 64]")
    #expect(listing[2].range == "at least 1")
    #expect(listing[3].range == "more than 0")
    #expect(listing[4].type == "one of greedy, optimal, nearest")
    #expect(listing[5].neutralText == "false")
    #expect(listing[7].isRequired)
    #expect(listing[7].defaultText == nil)
  }
}
