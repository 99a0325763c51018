/// A place in a YAML text as libyaml counts it: everything from zero, in code points.
struct YAMLMark: Hashable, Sendable {
  var index: Int
  var line: Int
  var column: Int
}

/// One step of libyaml through a text, with the start and the end of what it stands for.
struct YAMLEvent: Sendable {
  enum Kind: Sendable {
    case documentStart
    case alias(String)
    case scalar(String, isQuoted: Bool)
    case sequenceStart
    case sequenceEnd
    case mappingStart
    case mappingEnd
  }

  let kind: Kind
  let anchor: String?
  let tag: String?
  let start: YAMLMark
  let end: YAMLMark
}

/// What libyaml says about a text that is no YAML.
struct YAMLSyntaxError: Error, Sendable {
  let problem: String
  let mark: YAMLMark
  /// Where the collection began that the problem lies in.
  var began: YAMLMark?
  let isNesting: Bool
}
