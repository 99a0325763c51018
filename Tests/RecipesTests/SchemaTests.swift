import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Recipes

/// The JSON Schema of the language, held against the parser by a small validator.
@Suite struct SchemaTests {
  private static let schema = LanguageSchema(kinds: [
    .init(name: "demo.stage", summary: "does", parameters: Demo.schema.listing),
    .init(name: "demo.table", summary: "gathers", parameters: []),
  ])

  private func problems(_ text: String) throws -> [String] {
    let node = try Node.parse(text, file: "x.yaml")
    return SchemaValidator(root: Self.schema.document).problems(of: node.canonical)
  }

  @Test(arguments: [
    ("recipe", RecipeDocument.keys + RecipeDocument.resolvedKeys), ("stage", StageDecoder.keys),
    ("gather", ["from", "as", "by", "rows", "columns", "mean"]), ("needs", StageDecoder.needsKeys),
    ("stop", StageDecoder.stopKeys), ("profile", Profile.keys), ("experiment", ExperimentDocument.keys),
  ])
  func `it has the keys that the parser has`(definition: String, keys: [String]) throws {
    guard case .map(let schema)? = Self.schema.definitions[definition],
      case .map(let properties)? = schema["properties"]
    else {
      Issue.record("no '\(definition)'")
      return
    }
    #expect(Set(properties.keys) == Set(keys))
    #expect(schema["additionalProperties"] == false)
  }

  @Test(arguments: DesignFiles.names)
  func `it accepts the files of the design, and their resolved recipes`(name: String) throws {
    let files = try DesignFiles.all()
    #expect(try problems(try #require(files.texts[name])) == [])
    #expect(try problems(try files.load(name).resolvedYAML()) == [])
  }

  @Test func `it accepts what only some files have`() throws {
    let taking = TakingTests.files
    for text in taking.texts.values { #expect(try problems(text) == []) }
    #expect(try problems(try taking.load("experiments/e.yaml").resolvedYAML()) == [])
    #expect(
      try problems(
        """
        lightbench: 1
        extends: a.yaml
        axes: {m: {a: {k: [1]}, 0.5: {}}, n: [1, 0.5, no]}
        stages:
          s:
            use: demo.stage
            over: {p: m}
            with: {path: 08, model: {dim: $m.k}, size: 2 um, crop: [16, 64, $m.k], learning_rate: 1e-3}
            vary: {"[p=a]": {model.dim: 3, batch: 2}, "@p=b": {clip: true}}
            except: "[p=a]"
            stop: {rule: halving, metric: x, eta: 2}
            needs: {memory: 1 GiB, time: 1h 30m, cores: 2}
        """) == [])
    #expect(try problems("lightbench: 1\nneeds: {demo.stage: {cores: 2}}\nexecutor: local\n") == [])
  }

  @Test(arguments: [
    "lightbench: 2\nstages: {}", "stages: {}", "lightbench: 1\nstages: {a: {use: demo.stage, wiht: {}}}",
    "lightbench: 1\nstages: {a: {with: {}}}", "lightbench: 1\nstages: {a: {use: demo.stage, with: {lr: 1}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, with: {batch: 0}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, with: {batch: many}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, with: {rule: gredy}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, with: {crop: [1, 2]}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, with: {model: {width: 3}}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, vary: {\"p=a\": {batch: 3}}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, needs: {memory: 3}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, stop: {rule: halving}}}",
    "lightbench: 1\nstages: {a: {use: demo.stage, in: {x: [a, b]}}}", "lightbench: 1\nrecipe: r.yaml\nsett: {}",
    "lightbench: 1\nrecipe: r.yaml\nbind: {a: {from: x}}", "lightbench: 1\nrecipe: r.yaml\nreplicates: 0",
    "lightbench: 1\nrecipe: r.yaml\naxes: {m: []}", "lightbench: 1\nrecipe: r.yaml\nvariants: {v: {bind: {}}}",
    "lightbench: 1\nexecutor: cloud",
  ])
  func `it refuses what the parser refuses`(text: String) throws {
    #expect(try !problems(text).isEmpty)
  }
}

/// As much of JSON Schema as the language's schema uses; an unknown keyword is a problem.
struct SchemaValidator {
  let root: CanonicalValue

  func problems(of value: CanonicalValue) -> [String] { problems(of: value, by: root, at: "") }

  private func problems(of value: CanonicalValue, by schema: CanonicalValue, at path: String) -> [String] {
    guard case .map(let keywords) = schema else { return schema == false ? ["\(path): nothing may stand here"] : [] }
    return keywords.keys.sorted().flatMap { keyword in
      problems(of: value, keyword, keywords[keyword] ?? .null, beside: keywords, at: path)
    }
  }

  private func fits(_ value: CanonicalValue, _ schema: CanonicalValue, _ path: String) -> Bool {
    problems(of: value, by: schema, at: path).isEmpty
  }

  private func problems(
    of value: CanonicalValue, _ keyword: String, _ argument: CanonicalValue, beside others: [String: CanonicalValue],
    at path: String
  ) -> [String] {
    let list = if case .list(let items) = argument { items } else { [CanonicalValue]() }
    func complaint(_ isRight: Bool) -> [String] { isRight ? [] : ["\(path): \(keyword) \(argument)"] }
    switch keyword {
    case "$schema", "title", "description", "definitions", "then", "else", "properties", "patternProperties": break
    case "$ref":
      guard case .text(let reference) = argument, case .map(let top) = root, case .map(let all)? = top["definitions"],
        let schema = all[reference.replacing("#/definitions/", with: "").replacing("%20", with: " ")]
      else { return ["\(path): no definition \(argument)"] }
      return problems(of: value, by: schema, at: path)
    case "type":
      return complaint(
        (list.isEmpty ? [argument] : list).contains {
          $0 == type(of: value) || $0 == "number" && type(of: value) == "integer"
        })
    case "const": return complaint(value == argument)
    case "enum": return complaint(list.contains(value))
    case "anyOf": return complaint(list.contains { fits(value, $0, path) })
    case "allOf": return list.flatMap { problems(of: value, by: $0, at: path) }
    case "if":
      let branch = fits(value, argument, path) ? others["then"] : others["else"]
      return branch.map { problems(of: value, by: $0, at: path) } ?? []
    case "required":
      guard case .map(let entries) = value else { return [] }
      return complaint(list.allSatisfy { if case .text(let key) = $0 { entries[key] != nil } else { false } })
    case "pattern":
      guard case .text(let text) = value, case .text(let pattern) = argument, let regex = try? Regex(pattern) else {
        return []
      }
      return complaint(text.firstMatch(of: regex) != nil)
    case "minimum", "maximum", "exclusiveMinimum":
      guard let number = numeric(value), let bound = numeric(argument) else { return [] }
      return complaint(keyword == "minimum" ? number >= bound : keyword == "maximum" ? number <= bound : number > bound)
    case "items":
      guard case .list(let items) = value else { return [] }
      return items.enumerated().flatMap { problems(of: $1, by: argument, at: "\(path)[\($0)]") }
    case "minItems", "maxItems":
      guard case .list(let items) = value, case .integer(let bound) = argument else { return [] }
      return complaint(keyword == "minItems" ? items.count >= bound : items.count <= bound)
    case "uniqueItems":
      guard case .list(let items) = value else { return [] }
      return complaint(Set(items).count == items.count)
    case "minProperties":
      guard case .map(let entries) = value, case .integer(let bound) = argument else { return [] }
      return complaint(entries.count >= bound)
    case "propertyNames":
      guard case .map(let entries) = value else { return [] }
      return entries.keys.sorted().flatMap { problems(of: .text($0), by: argument, at: "\(path).\($0)") }
    case "additionalProperties": return properties(of: value, others, argument, at: path)
    default: return ["\(path): unknown keyword \(keyword)"]
    }
    // A schema without 'additionalProperties' still has properties.
    if keyword == "properties", others["additionalProperties"] == nil {
      return properties(of: value, others, true, at: path)
    }
    return []
  }

  private func properties(
    of value: CanonicalValue, _ keywords: [String: CanonicalValue], _ more: CanonicalValue, at path: String
  ) -> [String] {
    guard case .map(let entries) = value else { return [] }
    let known = if case .map(let known)? = keywords["properties"] { known } else { [String: CanonicalValue]() }
    let patterns =
      if case .map(let known)? = keywords["patternProperties"] { known } else { [String: CanonicalValue]() }
    return entries.keys.sorted().flatMap { key in
      let matching = patterns.filter { pattern in
        (try? Regex(pattern.key)).map { key.firstMatch(of: $0) != nil } ?? false
      }.map(\.value)
      let schemas = (known[key].map { [$0] } ?? []) + matching
      return (schemas.isEmpty ? [more] : schemas).flatMap {
        problems(of: entries[key] ?? .null, by: $0, at: "\(path).\(key)")
      }
    }
  }

  private func type(of value: CanonicalValue) -> CanonicalValue {
    switch value {
    case .null: "null"
    case .boolean: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .text, .bytes: "string"
    case .list: "array"
    case .map: "object"
    }
  }

  private func numeric(_ value: CanonicalValue) -> Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
