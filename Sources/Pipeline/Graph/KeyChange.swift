public import Fingerprints
public import Recipes

/// One field of a key, before and now.
public struct KeyChange: Sendable, Hashable {
  /// The field: a parameter's name, `input train`, `seed`, `revision`, `engine numerics`.
  public let field: String
  /// What it was; nil where it was not there.
  public let old: String?
  /// What it is; nil where it is no more.
  public let new: String?
  /// Where the value stands now.
  public let range: SourceRange?
  /// Whether it comes from data outside of the recipe, such as a manifest and what it names.
  public let isOutside: Bool

  init(_ field: String, old: String?, new: String?, range: SourceRange? = nil, isOutside: Bool = false) {
    self.field = field
    self.old = old
    self.new = new
    self.range = range
    self.isOutside = isOutside
  }

  /// In words: `steps 1500 -> 3000`; long values are cut off.
  public var words: String {
    let label = isOutside ? " (outside data)" : ""
    return "\(field) \(Self.short(old)) -> \(Self.short(new))\(label)"
  }

  private static func short(_ value: String?) -> String {
    guard let value else { return "absent" }
    return value.count <= 48 ? value : value.prefix(45) + "..."
  }
}

extension TaskKey {
  /// The fields in which this key differs from an earlier one.
  public func changes(since old: TaskKey) -> [KeyChange] { KeyComparison(old, self).changes }
}

/// Compares two keys field by field.
struct KeyComparison {
  private let old: TaskKey
  private let new: TaskKey
  private let origins: KeyOrigins

  /// - Parameter origins: Where the fields of the new key stand.
  init(_ old: TaskKey, _ new: TaskKey, origins: KeyOrigins = KeyOrigins()) {
    self.old = old
    self.new = new
    self.origins = origins
  }

  var changes: [KeyChange] {
    var changes: [KeyChange] = []
    if old.kind != new.kind {
      changes.append(KeyChange("kind", old: old.kind, new: new.kind, range: origins.kind))
    }
    if old.revision != new.revision {
      changes.append(
        KeyChange("revision", old: "\(old.revision)", new: "\(new.revision)"))
    }
    changes += parameterChanges(from: .map(old.parameters), to: .map(new.parameters), path: [])
    changes += inputChanges
    if old.seed != new.seed {
      changes.append(KeyChange("seed", old: hex(old.seed), new: hex(new.seed), range: origins.seed))
    }
    if old.numerics != new.numerics {
      changes.append(KeyChange("engine numerics", old: "\(old.numerics)", new: "\(new.numerics)"))
    }
    return changes
  }

  private func hex(_ seed: UInt64) -> String { String(seed, radix: 16) }

  // MARK: - Parameters

  /// The leaves in which two values differ, with the line that sets each.
  private func parameterChanges(
    from old: CanonicalValue?, to new: CanonicalValue?, path: [KeyOrigins.Step]
  ) -> [KeyChange] {
    if old == new { return [] }
    if case .map(let before)? = old, case .map(let after)? = new {
      return Set(before.keys).union(after.keys).sorted().flatMap {
        parameterChanges(from: before[$0], to: after[$0], path: path + [.key($0)])
      }
    }
    if case .list(let before)? = old, case .list(let after)? = new, before.count == after.count,
      (before + after).contains(where: \.isComposite)
    {
      return before.indices.flatMap {
        parameterChanges(from: before[$0], to: after[$0], path: path + [.place($0)])
      }
    }
    return [
      KeyChange(
        path.name, old: old?.shown, new: new?.shown, range: new == nil ? nil : origins.range(of: path),
        isOutside: origins.isOutside(path))
    ]
  }

  // MARK: - Inputs

  private var inputChanges: [KeyChange] {
    let before = KeyOrigins.named(old.inputs)
    let after = KeyOrigins.named(new.inputs)
    let earlier = Dictionary(before.map { ($0.name, $0.input) }, uniquingKeysWith: { first, _ in first })
    var changes: [KeyChange] = []
    for (name, input) in after where !origins.pending.contains(KeyOrigins.place(input)) {
      let was = earlier[name]
      if was == input { continue }
      let isMoved = was?.digest == input.digest && was?.labels == input.labels
      let producer = origins.producers[KeyOrigins.place(input)].map { " (\($0))" } ?? ""
      changes.append(
        KeyChange(
          name, old: isMoved ? was.map { "place \($0.place + 1)" } : was?.digest.short,
          new: isMoved ? "place \(input.place + 1)" : input.digest.short + producer,
          range: origins.references[KeyOrigins.place(input)]))
    }
    let names = Set(after.map(\.name))
    for (name, input) in before where !names.contains(name) {
      changes.append(KeyChange(name, old: input.digest.short, new: nil))
    }
    return changes
  }
}

extension Digest {
  /// Enough of the digest to tell it from others: eight digits.
  public var short: String { String(hex.prefix(8)) }
}

extension CanonicalValue {
  fileprivate var isComposite: Bool {
    switch self {
    case .map, .list: true
    default: false
    }
  }

  /// The value for people: a digest by its first digits.
  var shown: String {
    if case .bytes(let bytes) = self, let digest = Digest(bytes: bytes) { return digest.short }
    return description
  }
}
