import Foundation
import SystemPackage
import Testing

@testable import Recipes

/// One fixture: files after `@@ NAME`, options after `@@ options`, a profile's name after `@@ profile`, what must be printed after `@@ expected`.
struct ErrorFixture: CustomTestStringConvertible, Sendable {
  let name: String
  let url: URL
  var files: [String: String] = [:]
  var entry = ""
  var options: [String] = []
  var variant: String?
  var profile: String?
  var expected = ""

  var testDescription: String { name }

  static let folder = Bundle.module.bundleURL.appending(path: "Fixtures/errors")

  static let all: [ErrorFixture] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap(ErrorFixture.init)
  }()

  init?(_ name: String) {
    self.name = name
    url = Self.folder.appending(path: name)
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
    for part in ("\n" + text).components(separatedBy: "\n@@ ").dropFirst() {
      let head = String(part.prefix { $0 != "\n" })
      let body = String(part.dropFirst(head.count + 1))
      switch head {
      case "expected": expected = body.trimmingCharacters(in: .newlines)
      case "options": options = body.split(separator: "\n").map(String.init)
      case "profile": profile = body.trimmingCharacters(in: .newlines)
      case "variant": variant = body.trimmingCharacters(in: .newlines)
      default:
        if entry.isEmpty { entry = head }
        if body != "missing" { files[head] = body + "\n" }
      }
    }
  }

  /// What is printed: by the loader, else by the schema of `demo.stage`.
  func printed() -> String {
    do {
      if let profile {
        _ = try Profile.load(profile, kinds: ["demo.stage", "demo.table"]) { path in
          files[path.string].map { .success(Array($0.utf8)) } ?? .failure(.init(reason: "no such file"))
        }
      }
      let recipe = try MemoryFiles(texts: files).load(
        entry, variant: variant, overrides: options, kinds: ["demo.stage", "demo.table"])
      var collector = DiagnosticCollector()
      for stage in recipe.stages where stage.kind == "demo.stage" {
        for coordinate in recipe.coordinates(of: stage) {
          let node = stage.parameters(at: coordinate, axes: recipe.axes).node
          _ = Demo.schema.decode(node, of: "\(stage.name)", at: stage.range, into: &collector)
        }
      }
      return RecipeError(collector.diagnostics, sources: recipe.sources).rendered()
    } catch {
      return error.rendered()
    }
  }
}

@Suite struct ErrorTextTests {
  @Test(arguments: ErrorFixture.all)
  func `each mistake prints its exact text`(fixture: ErrorFixture) throws {
    let printed = fixture.printed()
    if let folder = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] {
      let source = URL(filePath: folder).appending(path: fixture.name)
      let text = try String(contentsOf: source, encoding: .utf8)
      let head = text.components(separatedBy: "\n@@ expected")[0]
      try (head + "\n@@ expected\n" + printed + "\n").write(to: source, atomically: true, encoding: .utf8)
      return
    }
    #expect(printed == fixture.expected)
    #expect(printed.contains("[" + fixture.name.prefix(4) + "]"))
  }

  /// The codes that the source declares: a new one without a fixture fails here.
  static let declared: [String] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let source = root.appending(path: "Sources/Recipes/Diagnostics/DiagnosticCode.swift")
    let text = (try? String(contentsOf: source, encoding: .utf8)) ?? ""
    return text.matches(of: /: Self = "([EW]\d{3})"/).map { String($0.output.1) }
  }()

  @Test func `every code of the source is known here`() {
    #expect(Self.declared.count > 40)
    #expect(Set(Self.declared).count == Self.declared.count)
  }

  @Test(arguments: declared)
  func `each code has a fixture`(code: String) {
    // Bytes that are no text, and sizes, cannot stand in a text fixture; E111 is said where graphs are built.
    let elsewhere = ["E002", "E014", "E111"]
    #expect(elsewhere.contains(code) || ErrorFixture.all.contains { $0.name.hasPrefix(code) }, "\(code)")
  }

  @Test func `bytes that are no UTF-8 are refused at their place`() {
    var collector = DiagnosticCollector()
    let root = YAMLDocument.parse(Array("a: 1\nb: é".utf8) + [0xFF], file: "x.yaml", into: &collector)
    #expect(root == nil)
    #expect(
      collector.error.rendered()
        == "x.yaml:2:5: error[E002]: 'x.yaml' is not UTF-8 text\n      = hint: save the file as UTF-8")
  }

  @Test func `a file beyond the largest size is refused`() {
    var collector = DiagnosticCollector()
    let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: (4 << 20) + 1)
    #expect(YAMLDocument.parse(bytes, file: "x.yaml", into: &collector) == nil)
    #expect(
      collector.diagnostics.first?.message
        == "'x.yaml' has 4194305 bytes, more than the 4194304 that a recipe may have")
    #expect(collector.diagnostics.first?.code == "E014")
  }

  @Test func `more than twenty mistakes are cut`() {
    let range = SourceRange(file: "x.yaml", line: 1, column: 1, length: 1)
    let many = (0..<23).map { Diagnostic("E101", "mistake \($0)", at: range) }
    #expect(RecipeError(many).rendered().hasSuffix("\nand 3 more"))
  }
}
