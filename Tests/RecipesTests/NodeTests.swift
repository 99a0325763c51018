import Fingerprints
import Testing

@testable import Recipes

@Suite struct NodeTests {
  private func parse(_ text: String) throws -> Node {
    var collector = DiagnosticCollector()
    let node = YAMLDocument.parse(Array(text.utf8), file: "x.yaml", into: &collector)
    #expect(collector.diagnostics.isEmpty)
    return try #require(node)
  }

  @Test func `every node has its line, its column and its length`() throws {
    let node = try parse("a: [1, \"zwei\"]\nbß:\n  c: d e\n")
    #expect(node["a"]?.range == SourceRange(file: "x.yaml", line: 1, column: 4, length: 11))
    #expect(node["a"]?.sequence?[1].range == SourceRange(file: "x.yaml", line: 1, column: 8, length: 6))
    #expect(node["bß"]?["c"]?.range == SourceRange(file: "x.yaml", line: 3, column: 6, length: 3))
    #expect(node.entry("bß")?.key.range.length == 2)
    #expect(node["bß"]?.range == SourceRange(file: "x.yaml", line: 3, column: 3, length: 6))
  }

  @Test(arguments: ["\u{FEFF}a: 1", "a: 1\r\n", "a: 1\n...\n", "# c\n---\na: 1"])
  func `marks, line ends and document starts are no content`(text: String) throws {
    #expect(try parse(text)["a"]?.scalar == "1")
  }

  @Test func `positions after carriage returns count lines once`() throws {
    let node = try parse("a: 1\r\nb: 2\r\n")
    #expect(node["b"]?.range == SourceRange(file: "x.yaml", line: 2, column: 4, length: 1))
  }

  @Test func `an alias keeps both places`() throws {
    let node = try parse("a: &one [1, 2]\nb: *one\n")
    let inner = try #require(node["b"]?.sequence?[1])
    #expect(inner.range.position == SourcePosition(line: 1, column: 13))
    #expect(inner.range.usedAt == SourcePosition(line: 2, column: 4))
    #expect(node["a"]?.range.usedAt == nil)
  }

  @Test(arguments: ["a: \"x\ty\"\n", "a: 1\t\n", "a: 1 # x\ty\n", "a: |\n  x\n  \ty\n"])
  func `tabs in quotes, blocks of text, comments and blank ends are no mistake`(text: String) throws {
    #expect(try parse(text)["a"] != nil)
  }

  @Test(arguments: [
    "a: 1\nb: \"1\"\nc: no\nd: \"a: b\"\ne: []\nf: {}\ng: ~\nh: \"\"\ni: \"null\"\n",
    "x: \"line\\nbreak \\\\ \\\"quoted\\\" \\t tab é 🧠 \\x01 \\u2028\"\n",
    "a: {b: {c: [1, [2, 3], {d: e}]}}\n\"[m=x]\": {steps: 3}\n",
    "a: 24 GiB\nb: -1.5e-3\nc: ../x.yaml\nd: $m\ne: \"$m\"\nf: \"- x\"\ng: .5\nh: a b\n",
    "- 1\n- {a: 2}\n", "word\n",
  ])
  func `what is written parses to the same node`(text: String) throws {
    let node = try parse(text)
    let written = node.write()
    let again = try parse(written)
    #expect(again.canonical == node.canonical)
    #expect(again.write() == written)
  }

  @Test func `long collections are written as blocks`() throws {
    let names = (0..<40).map { "name\($0)" }
    let node = Node.map([("list", .list(names.map { .text($0) }))])
    #expect(node.write().hasPrefix("list:\n  - name0\n  - name1\n"))
    #expect(try parse(node.write())["list"]?.sequence?.count == 40)
  }

  @Test(arguments: [
    ("1", CanonicalValue.integer(1)), ("08", .integer(8)), ("1e-3", .number(0.001)), ("3.0", .number(3)),
    ("no", .text("no")), ("true", .boolean(true)), ("\"1\"", .text("1")), ("~", .null), ("0x10", .text("0x10")),
    (".inf", .text(".inf")), ("1e999", .text("1e999")), ("99999999999999999999", .number(1e20)),
  ])
  func `a value without a type means what it looks like`(text: String, value: CanonicalValue) throws {
    #expect(try parse(text).canonical == value)
  }
}

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "ab", 2), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3),
    ("ca", "abc", 3), ("learningrate", "learning_rate", 1),
  ])
  func `edit distance counts swaps of neighbours once`(first: String, second: String, distance: Int) {
    #expect(Suggestion.editDistance(first, second) == distance)
    #expect(Suggestion.editDistance(second, first) == distance)
  }

  @Test(arguments: [
    ("lr", "learning_rate"), ("batch_size", "batch"), ("epochs", "steps"), ("Batch", "batch"), ("stpes", "steps"),
  ])
  func `synonyms and slips are recognised`(word: String, meant: String) {
    #expect(Suggestion.nearest(to: word, among: ["batch", "learning_rate", "steps"]) == meant)
  }

  @Test func `what is far from everything has no suggestion`() {
    #expect(Suggestion.hint(for: "frobnicate", among: ["batch", "steps"]) == nil)
    #expect(Suggestion.hint(for: "x", among: ["y"]) == nil)
  }
}
