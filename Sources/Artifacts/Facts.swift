import Fingerprints
import Pipeline

/// Reads the facts of a bundle, with an error that names what is missing.
struct Facts {
  private let values: [String: CanonicalValue]
  private let owner: String

  init(_ bundle: Bundle) {
    values = bundle.facts
    owner = "the artifact of type '\(bundle.type)'"
  }

  /// Facts from elsewhere; `owner` is what lacks what is missing.
  init(_ values: [String: CanonicalValue], owner: String) {
    self.values = values
    self.owner = owner
  }

  func text(_ name: String) throws -> String {
    guard case .text(let text)? = values[name] else { throw failure(name, "text") }
    return text
  }

  func integer(_ name: String) throws -> Int {
    guard case .integer(let integer)? = values[name] else { throw failure(name, "an integer") }
    return Int(integer)
  }

  func number(_ name: String) throws -> Double {
    guard case .number(let number)? = values[name] else { throw failure(name, "a number") }
    return number
  }

  /// A number, or nil where null stands.
  func optionalNumber(_ name: String) throws -> Double? {
    if case .null? = values[name] { return nil }
    return try number(name)
  }

  func boolean(_ name: String) throws -> Bool {
    guard case .boolean(let boolean)? = values[name] else { throw failure(name, "true or false") }
    return boolean
  }

  func digest(_ name: String) throws -> Digest {
    guard case .bytes(let bytes)? = values[name], let digest = Digest(bytes: bytes) else {
      throw failure(name, "a digest")
    }
    return digest
  }

  func integers(_ name: String) throws -> [Int] {
    try list(name).map {
      guard case .integer(let integer) = $0 else { throw failure(name, "integers") }
      return Int(integer)
    }
  }

  func numbers(_ name: String) throws -> [Double] {
    try list(name).map {
      guard case .number(let number) = $0 else { throw failure(name, "numbers") }
      return number
    }
  }

  /// Numbers, or nil where null stands.
  func optionalNumbers(_ name: String) throws -> [Double]? {
    if case .null? = values[name] { return nil }
    return try numbers(name)
  }

  /// A list of lists of numbers.
  func rows(_ name: String) throws -> [[Double]] {
    try list(name).map { try Facts([name: $0], owner: owner).numbers(name) }
  }

  func texts(_ name: String) throws -> [String] {
    try list(name).map {
      guard case .text(let text) = $0 else { throw failure(name, "texts") }
      return text
    }
  }

  func record(_ name: String) throws -> Facts {
    guard case .map(let record)? = values[name] else { throw failure(name, "a record") }
    return Facts(record, owner: owner)
  }

  /// A record, or nil where null stands.
  func optionalRecord(_ name: String) throws -> Facts? {
    if case .null? = values[name] { return nil }
    return try record(name)
  }

  func records(_ name: String) throws -> [Facts] {
    try list(name).map {
      guard case .map(let record) = $0 else { throw failure(name, "records") }
      return Facts(record, owner: owner)
    }
  }

  private func list(_ name: String) throws -> [CanonicalValue] {
    guard case .list(let items)? = values[name] else { throw failure(name, "a list") }
    return items
  }

  private func failure(_ name: String, _ expected: String) -> TaskFailure {
    TaskFailure(code: .store, message: "\(owner) lacks '\(name)', which should be \(expected)", phase: "read")
  }
}

extension CanonicalValue {
  static func integers(_ values: [Int]) -> CanonicalValue { .list(values.map { .integer(Int64($0)) }) }
  static func numbers(_ values: [Double]) -> CanonicalValue { .list(values.map { .number($0) }) }
  static func numbers(_ values: [Double]?) -> CanonicalValue { values.map { numbers($0) } ?? .null }
}
