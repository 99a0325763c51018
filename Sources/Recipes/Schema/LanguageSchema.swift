public import Fingerprints

/// The language as JSON Schema (draft 7), for editors and validators that read YAML 1.2.
///
/// It accepts all that the parser accepts of a file by itself, and refuses unknown keys, parameters and words. What
/// depends on several places of a file (axes, references, cells) is left to `lightbench check`.
public struct LanguageSchema: Sendable {
  /// A stage kind as far as the schema needs it.
  public struct Kind: Sendable {
    /// The name in `use`.
    public let name: String
    /// One sentence.
    public let summary: String
    /// Its parameters.
    public let parameters: [ParameterListing]

    /// A kind from its parts.
    public init(name: String, summary: String, parameters: [ParameterListing]) {
      self.name = name
      self.summary = summary
      self.parameters = parameters
    }
  }

  let kinds: [Kind]

  /// The schema of a program with these stage kinds.
  public init(kinds: [Kind]) { self.kinds = kinds }

  /// The whole document.
  public var document: CanonicalValue {
    [
      "$schema": "http://json-schema.org/draft-07/schema#",
      "title": "Recipes, experiments and profiles of lightbench, language version 1",
      "type": "object", "required": ["lightbench"],
      "if": ["required": ["recipe"]], "then": .reference("experiment"),
      "else": [
        "if": ["anyOf": [["required": ["stages"]], ["required": ["extends"]]]], "then": .reference("recipe"),
        "else": ["anyOf": [.reference("recipe"), .reference("experiment"), .reference("profile")]],
      ],
      "definitions": .map(definitions),
    ]
  }

  var definitions: [String: CanonicalValue] {
    files.merging(stageDefinitions) { $1 }.merging(small) { $1 }
  }

  // MARK: - Files

  private var files: [String: CanonicalValue] {
    [
      "recipe": .object(
        [
          "lightbench": .version, "name": .reference("name"), "seed": ["type": "integer"],
          "extends": ["type": "string", "description": "Another recipe: its axes, inputs and stages."],
          "folder": [
            "type": "string", "description": "Of a resolved recipe: where the files of its stages lie, from this file.",
          ],
          "data": .reference("data"), "replicates": .reference("replicates"), "axes": .reference("axes"),
          "inputs": .entries(
            of: .object(["over": .reference("over"), "type": ["type": "string"]], required: ["type"])),
          "bind": .reference("bind"), "experiments": ["type": "object"],
          "stages": .entries(of: .reference("stage")),
        ], required: ["lightbench"]
      ).with(["anyOf": [["required": ["stages"]], ["required": ["extends"]]]]),
      "experiment": .object(
        [
          "lightbench": .version,
          "recipe": ["type": "string", "description": "The recipe, from this file's folder."],
          "data": .reference("data"), "bind": .reference("bind"), "set": .reference("set"),
          "axes": .reference("axes"), "replicates": .reference("replicates"),
          "variants": .entries(
            of: .object([
              "set": .reference("set"), "axes": .reference("axes"), "replicates": .reference("replicates"),
            ]).or(["type": "null"])),
        ], required: ["lightbench", "recipe"]),
      "profile": .object(
        [
          "lightbench": .version, "executor": Profile.Executor.jsonSchema, "store": ["type": "string"],
          "needs": ["type": "object", "additionalProperties": .reference("needs")],
        ], required: ["lightbench"]),
    ]
  }

  // MARK: - Stages

  private var stageDefinitions: [String: CanonicalValue] {
    let cases: [CanonicalValue] = kinds.map { kind in
      [
        "if": ["properties": ["use": ["const": .text(kind.name)]], "required": ["use"]],
        "then": ["properties": ["with": .reference("with \(kind.name)"), "vary": .reference("vary \(kind.name)")]],
      ]
    }
    let bound = stageProperties.filter { StageDecoder.bindingKeys.contains($0.key) }
    var definitions: [String: CanonicalValue] = [
      "stage": CanonicalValue.object(stageProperties, required: ["use"]).with(["allOf": .list(cases)]),
      "bind": .entries(
        of: [
          "if": ["anyOf": [["required": ["from"]], ["required": ["select"]]]],
          "then": .object(
            ["from": ["type": "string"], "select": .reference("reference")], required: StageDecoder.takenKeys),
          "else": CanonicalValue.object(bound, required: ["use"]).with(["allOf": .list(cases)]),
        ]),
    ]
    for kind in kinds {
      let with = Self.parameters(kind.parameters)
      definitions["with \(kind.name)"] = with
      // A cell may set `model.dim` alone.
      definitions["vary \(kind.name)"] = .cells(of: with.with(["patternProperties": ["\\.": [:]]]))
    }
    return definitions
  }

  private var stageProperties: [String: CanonicalValue] {
    let words = kinds.map { CanonicalValue.text($0.name) }
    return [
      // The names of kinds are for editors; the parser says which exist.
      "use": ["anyOf": [["enum": .list(words)], ["type": "string"]]],
      "over": .reference("over"),
      "in": ["type": "object", "additionalProperties": .reference("reference")],
      "gather": ["anyOf": [.reference("gather"), ["type": "array", "items": .reference("gather")]]],
      "with": ["type": "object"], "vary": .cells(of: ["type": "object"]),
      "except": ["anyOf": [.reference("cell"), ["type": "array", "items": .reference("cell")]]],
      "needs": .reference("needs"), "keep": Keep.jsonSchema, "stop": .reference("stop"),
      "allow_leakage": ["type": "boolean"],
    ]
  }

  private static func parameters(_ listings: [ParameterListing]) -> CanonicalValue {
    let properties = listings.map { listing in
      let schema = listing.nested.isEmpty ? listing.schema : parameters(listing.nested).orVariable
      let standard = listing.defaultText.map { " Default: \($0)." } ?? ""
      return (listing.name, schema.with(["description": .text(listing.documentation + standard)]))
    }
    return .object(Dictionary(properties) { first, _ in first })
  }

  // MARK: - Parts

  private var small: [String: CanonicalValue] {
    [
      "name": ["type": "string", "pattern": .text("^\(Self.name)$")],
      "label": ["type": ["string", "number", "boolean"], "pattern": "^[A-Za-z0-9._+-]+$"],
      "names": ["anyOf": [.reference("name"), ["type": "array", "items": .reference("name")]]],
      "reference": ["type": "string", "pattern": .text("^\(Self.name)(\\.\(Self.name))?([\\[@].*)?$")],
      "cell": ["type": "string", "pattern": "^[\\[@]"],
      "axes": .entries(
        of: [
          "anyOf": [
            ["type": "array", "minItems": 1, "items": .reference("label")],
            ["type": "object", "minProperties": 1, "propertyNames": ["pattern": "^[A-Za-z0-9._+-]+$"]],
          ]
        ]),
      "over": [
        "anyOf": [
          .reference("name"), ["type": "array", "uniqueItems": true, "items": .reference("name")],
          .entries(of: .reference("name")),
        ]
      ],
      "gather": .object(
        [
          "from": .reference("name"), "as": .entries(of: .reference("label")), "by": .reference("names"),
          "rows": .reference("names"), "columns": .reference("names"), "mean": .reference("names"),
        ], required: ["from"]),
      "needs": .object([
        "cores": ["type": "integer", "minimum": 1], "memory": ByteCount.jsonSchema, "time": Seconds.jsonSchema,
        "retry": ["type": "integer", "minimum": 0],
      ]),
      "stop": .object(
        [
          "rule": StopRule.Rule.jsonSchema, "metric": ["type": "string"], "eta": ["type": "integer", "minimum": 2],
          "min": ["type": "integer", "minimum": 1],
        ], required: ["rule", "metric"]),
      "data": .object(
        ["root": ["anyOf": [["type": "string"], .object(["env": ["type": "string"]], required: ["env"])]]],
        required: ["root"]),
      "replicates": ["type": "integer", "minimum": 1, "maximum": 1000],
      "set": ["type": "object", "propertyNames": ["pattern": .text("^\(Self.name)[.\\[@]")]],
    ]
  }

  private static let name = "[A-Za-z][A-Za-z0-9_-]*"
}

extension CanonicalValue {
  fileprivate static var version: CanonicalValue { ["const": 1, "description": "The version of the language."] }

  fileprivate static func reference(_ definition: String) -> CanonicalValue {
    ["$ref": .text("#/definitions/" + definition.replacing(" ", with: "%20"))]
  }

  /// A mapping with these keys and no others.
  fileprivate static func object(
    _ properties: [String: CanonicalValue], required: [String] = []
  ) -> CanonicalValue {
    let schema: CanonicalValue = [
      "type": "object", "additionalProperties": false, "properties": .map(properties),
    ]
    return required.isEmpty ? schema : schema.with(["required": .list(required.map { .text($0) })])
  }

  /// A mapping of names to values of one schema.
  fileprivate static func entries(of schema: CanonicalValue) -> CanonicalValue {
    ["type": "object", "additionalProperties": schema, "propertyNames": .reference("name")]
  }

  /// A mapping of cells to values of one schema.
  fileprivate static func cells(of schema: CanonicalValue) -> CanonicalValue {
    ["type": "object", "additionalProperties": schema, "propertyNames": .reference("cell")]
  }
}
