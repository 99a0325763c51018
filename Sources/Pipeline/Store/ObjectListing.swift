import ArrayStores
import Fingerprints
import Foundation

/// What `object.json` says about an artifact: its meaning, by which it is named, and the files that hold it.
struct ObjectListing: Sendable, Equatable {
  /// One array of the artifact.
  struct Array: Sendable, Equatable {
    let name: String
    /// Whether it is kept in Zarr; else in HDF5.
    let isVolume: Bool
    let digest: Digest
    let voxelSize: [Double]?
  }

  /// One file of the folder.
  struct File: Sendable, Equatable {
    let path: String
    let size: Int
    let digest: Digest
  }

  static let fileName = "object.json"

  let type: ArtifactType
  let facts: [String: CanonicalValue]
  /// Sorted by name.
  let arrays: [Array]
  /// Sorted by path.
  let files: [File]

  /// The digest of the logical content: type, facts and arrays, however they are chunked and compressed.
  var digest: Digest {
    get throws {
      try CanonicalValue.map([
        "domain": .text("lightbench.object"), "format": .integer(1), "type": .text(type.name), "facts": .map(facts),
        "arrays": .map(Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, .bytes($0.digest.bytes)) })),
      ]).digest
    }
  }

  /// All files of the folder, this listing among them.
  var fileNames: [String] { [Self.fileName] + files.map(\.path) }

  /// Bytes on disk, this listing left out.
  var contentSize: Int { files.reduce(0) { $0 + $1.size } }
}

// MARK: - Text

extension ObjectListing {
  /// The content of `object.json`: the same listing gives the same bytes.
  func text() throws -> [UInt8] {
    let canonical = Data(try CanonicalValue.map(facts).encoded()).base64EncodedString()
    let document = JSON.object([
      .init("format", .number("1")),
      .init("type", .text(type.name)),
      .init("digest", .text(try digest.hex)),
      .init("facts", CanonicalValue.map(facts).document),
      .init("canonical", .text(canonical)),
      .init("arrays", .list(arrays.map(Self.document))),
      .init("files", .list(files.map(Self.document))),
    ])
    return Swift.Array((document.formatted + "\n").utf8)
  }

  private static func document(_ array: Array) -> JSON {
    .object([
      .init("name", .text(array.name)),
      .init("kind", .text(array.isVolume ? "volume" : "table")),
      .init("digest", .text(array.digest.hex)),
      .init("voxel_size", array.voxelSize.map { .list($0.map { .number("\($0)") }) } ?? .null),
    ])
  }

  private static func document(_ file: File) -> JSON {
    .object([
      .init("path", .text(file.path)), .init("size", .number("\(file.size)")), .init("digest", .text(file.digest.hex)),
    ])
  }

  /// Reads `object.json`.
  ///
  /// - Throws: `Damage` for anything that `text()` does not write.
  init(text: [UInt8]) throws {
    do {
      let document = try JSON(parsing: text)
      guard document["format"]?.integer == 1 else { throw Damage(reason: "'object.json' has no format that is known") }
      type = ArtifactType(try document.required("type").string)
      guard let bytes = Data(base64Encoded: try document.required("canonical").string),
        case .map(let facts) = try CanonicalValue.decoded(from: Swift.Array(bytes))
      else { throw Damage(reason: "the facts of 'object.json' are no map") }
      self.facts = facts
      arrays = try document.required("arrays").items.map(Self.array)
      files = try document.required("files").items.map(Self.file)
      guard Set(arrays.map(\.name)).count == arrays.count else { throw Damage(reason: "an array is listed twice") }
      guard try self.text() == text else { throw Damage(reason: "'object.json' is not as it was written") }
    } catch let damage as Damage {
      throw damage
    } catch {
      throw Damage(reason: "'object.json' cannot be read: \(error)")
    }
  }

  private static func array(_ document: JSON) throws -> Array {
    guard let digest = Digest(hex: try document.required("digest").string) else {
      throw Damage(reason: "'object.json' holds a wrong digest")
    }
    var voxelSize: [Double]?
    if case .list(let values)? = document["voxel_size"] { voxelSize = try values.map { try $0.double } }
    return Array(
      name: try document.required("name").string, isVolume: try document.required("kind").string == "volume",
      digest: digest, voxelSize: voxelSize)
  }

  private static func file(_ document: JSON) throws -> File {
    let path = try document.required("path").string
    guard let digest = Digest(hex: try document.required("digest").string), let size = document["size"]?.integer,
      !path.hasPrefix("/"), !path.split(separator: "/").contains("..")
    else { throw Damage(reason: "'object.json' holds a wrong file") }
    return File(path: path, size: size, digest: digest)
  }
}

extension JSON {
  fileprivate func required(_ key: String) throws -> JSON {
    guard let value = self[key] else { throw Damage(reason: "'object.json' has no '\(key)'") }
    return value
  }

  fileprivate var string: String {
    get throws {
      guard case .text(let value) = self else { throw Damage(reason: "'object.json' holds a wrong value") }
      return value
    }
  }

  fileprivate var items: [JSON] {
    get throws {
      guard case .list(let values) = self else { throw Damage(reason: "'object.json' holds a wrong value") }
      return values
    }
  }

  fileprivate var double: Double {
    get throws {
      guard case .number(let lexeme) = self, let value = Double(lexeme) else {
        throw Damage(reason: "'object.json' holds a wrong number")
      }
      return value
    }
  }

  fileprivate var integer: Int? {
    if case .number(let lexeme) = self { Int(lexeme) } else { nil }
  }
}
