import Fingerprints

/// What the metadata of an array says, of either version, checked.
struct ZarrMetadata: Sendable {
  /// How the index of a chunk becomes the key of its file.
  struct KeyEncoding: Sendable, Equatable {
    /// 'c' stands in front (version 3, 'default').
    let isPrefixed: Bool
    let separator: String
    /// The file does not say so, and others would guess otherwise.
    var isAssumed = false

    func key(_ index: [Int]) -> String {
      let parts = index.map(String.init)
      if isPrefixed { return (["c"] + parts).joined(separator: separator) }
      return parts.isEmpty ? "0" : parts.joined(separator: separator)
    }
  }

  let version: Int
  let shape: [Int]
  let type: ElementType
  let chunkShape: [Int]
  let keys: KeyEncoding
  /// One element, little-endian.
  let fill: [UInt8]
  let codecs: CodecChain
  let dimensionNames: [String?]?
  let attributes: CanonicalValue

  /// Throws unless shape and chunks have one rank, extents are sound and the rank is within the limit.
  static func checkShapes(_ shape: [Int], _ chunk: [Int]) throws {
    guard shape.count <= Shape.maximumRank else {
      throw ArrayStoreError(.sizeLimit, "\(shape.count) axes, the limit is \(Shape.maximumRank)")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw ArrayStoreError(.metadataInvalid, "'shape' \(shape) has a negative extent")
    }
    guard chunk.count == shape.count else {
      throw ArrayStoreError(.metadataInvalid, "chunks of \(chunk.count) axes for a shape of \(shape.count)")
    }
    guard chunk.allSatisfy({ $0 > 0 }) else {
      throw ArrayStoreError(.metadataInvalid, "the chunk shape \(chunk) has an extent that is not positive")
    }
  }
}

/// Questions to a JSON document whose answers must have a type.
struct MetadataReader {
  let document: JSON

  /// A document that must be an object.
  init(_ document: JSON, _ what: String) throws {
    guard case .object = document else { throw ArrayStoreError(.metadataInvalid, "\(what) is not an object") }
    self.document = document
  }

  /// Reads the bytes of a metadata file.
  init(parsing bytes: [UInt8], _ what: String) throws {
    let document: JSON
    do {
      document = try JSON(parsing: bytes)
    } catch {
      throw ArrayStoreError(.metadataJSON, "\(what) is not JSON: \(error)", offset: (error as? JSONError)?.offset)
    }
    try self.init(document, what)
  }

  var entries: [JSON.Entry] {
    if case .object(let entries) = document { entries } else { [] }
  }

  var keys: [String] { entries.map(\.key) }

  subscript(key: String) -> JSON? { document[key] }

  func required(_ key: String) throws -> JSON {
    guard let value = document[key] else { throw ArrayStoreError(.metadataInvalid, "'\(key)' is missing") }
    return value
  }

  func text(_ key: String) throws -> String {
    guard case .text(let text) = try required(key) else {
      throw ArrayStoreError(.metadataInvalid, "'\(key)' is not a text")
    }
    return text
  }

  func object(_ key: String) throws -> MetadataReader {
    try MetadataReader(try required(key), "'\(key)'")
  }

  func list(_ key: String) throws -> [JSON] {
    guard case .list(let values) = try required(key) else {
      throw ArrayStoreError(.metadataInvalid, "'\(key)' is not a list")
    }
    return values
  }

  func integers(_ key: String) throws -> [Int] {
    let values = try list(key)
    // Said before the entries are read: a list of a hundred thousand is an attack, not a shape.
    guard values.count <= Shape.maximumRank else {
      throw ArrayStoreError(.sizeLimit, "'\(key)' has \(values.count) entries, the limit is \(Shape.maximumRank)")
    }
    return try values.map { try Self.integer($0, key) }
  }

  /// An integer that fits `Int`; larger ones are `overflow`, other things `metadata_invalid`.
  static func integer(_ json: JSON, _ key: String) throws -> Int {
    guard case .number(let lexeme) = json, !lexeme.contains(where: { ".eE".contains($0) }) else {
      throw ArrayStoreError(.metadataInvalid, "'\(key)' holds \(json.compact), which is not an integer")
    }
    guard let value = Int(lexeme) else {
      throw ArrayStoreError(.overflow, "'\(key)' holds \(lexeme), which does not fit 64 bits")
    }
    return value
  }

  /// Attributes under a key; none when it is absent.
  func attributes(_ key: String) throws -> CanonicalValue {
    guard let json = document[key] else { return .map([:]) }
    guard case .object = json else { throw ArrayStoreError(.metadataInvalid, "'\(key)' is not an object") }
    return CanonicalValue(json)
  }
}
