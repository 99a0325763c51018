public import Fingerprints
import Foundation
public import SystemPackage

/// What stands at a path: its format, its images, and what each of its arrays is.
public struct CollectionSummary: Sendable {
  /// One array, or what stands in the place of one.
  public struct Item: Sendable {
    /// The path in the store; empty for the root.
    public let name: String
    /// The array; nil for what is none or cannot be opened.
    public let array: ArrayFile?
    /// How it is stored, where the format tells.
    public let form: StoredForm?
    /// Why it cannot be opened; nil for one that can, and for texts and records.
    public let problem: ArrayStoreError?
    /// Of all values, when asked for.
    public let statistics: ValueStatistics?
  }

  /// The collection that was looked at.
  public let collection: ArrayCollection
  /// In the order of the collection.
  public let items: [Item]
  /// The sizes of all files at the path.
  public let storedBytes: Int

  /// Looks at a path.
  ///
  /// - Parameters:
  ///   - format: What it must be; nil to recognise it.
  ///   - withStatistics: Whether all values are read.
  public init(of path: FilePath, as format: ArrayFile.Format? = nil, withStatistics: Bool = false) throws {
    collection = try ArrayCollection(opening: path, as: format)
    storedBytes = Self.size(of: path)
    items = try collection.entries.map { [collection] entry in
      do {
        guard entry.problem == nil, !entry.isOther else {
          return Item(name: entry.name, array: nil, form: nil, problem: entry.problem, statistics: nil)
        }
        let array = try collection.array(entry.name)
        return Item(
          name: entry.name, array: array, form: try array.storedForm(), problem: nil,
          statistics: withStatistics ? try ValueStatistics(of: array) : nil)
      } catch let error as ArrayStoreError {
        return Item(name: entry.name, array: nil, form: nil, problem: error, statistics: nil)
      }
    }
  }

  /// A figure to show: what cannot be looked at counts as nothing.
  private static func size(of path: FilePath) -> Int {
    let files = FileManager.default
    func size(_ path: String) -> Int {
      guard let facts = try? files.attributesOfItem(atPath: path), facts[.type] as? FileAttributeType == .typeRegular
      else { return 0 }
      return facts[.size] as? Int ?? 0
    }
    let names = (try? files.subpathsOfDirectory(atPath: path.string)) ?? []
    return names.reduce(size(path.string)) { $0 + size(path.string + "/" + $1) }
  }

  /// As fields of a JSON object.
  public var fields: [String: CanonicalValue] {
    [
      "path": .text(collection.path.string), "format": .text(collection.format.rawValue),
      "stored_bytes": .integer(Int64(storedBytes)),
      "images": .list(collection.images.sorted { $0.key < $1.key }.map { $1.document(named: $0) }),
      "arrays": .list(items.map(\.document)),
    ]
  }
}

extension CollectionSummary.Item {
  fileprivate var document: CanonicalValue {
    var document: [String: CanonicalValue] = ["array": .text(name)]
    if let problem { document["problem"] = problem.document }
    guard let array else { return .map(document) }
    document["type"] = .text(array.type.rawValue)
    document["shape"] = .integers(array.shape)
    document["chunks"] = .integers(array.chunkShape)
    document["axes"] = .list(array.axes.map { .text($0) })
    document["voxel_size_um"] = array.voxelSize.map { .numbers($0) } ?? .null
    if let form {
      document["codecs"] = .list(form.codecs.map { .text($0) })
      document["shards"] = form.shardShape.map { .integers($0) } ?? .null
      document["fill"] = form.fill.map { .text($0) } ?? .null
    }
    if let zarr = array.array as? ZarrArray {
      document["zarr_version"] = .integer(Int64(zarr.version))
      document["attributes"] = zarr.attributes
    }
    if let statistics { document["statistics"] = statistics.document }
    return .map(document)
  }
}

extension ValueStatistics {
  fileprivate var document: CanonicalValue {
    .map([
      "count": .integer(Int64(count)), "not_finite": .integer(Int64(notFinite)), "minimum": .number(minimum),
      "maximum": .number(maximum), "mean": .number(mean), "deviation": .number(deviation),
      "percentiles": .list(
        zip(Self.percents, percentiles).map { .map(["percent": .number($0), "value": .number($1)]) }),
    ])
  }
}

extension OMEZarrImage {
  fileprivate func document(named group: String) -> CanonicalValue {
    .map([
      "group": .text(group), "version": .text(version), "name": name.map { .text($0) } ?? .null,
      "axes": .list(
        axes.map {
          .map([
            "name": .text($0.name), "type": $0.type.map { .text($0) } ?? .null,
            "unit": $0.unit.map { .text($0) } ?? .null,
          ])
        }),
      "levels": .list(
        levels.map {
          .map(["path": .text($0.path), "scale": .numbers($0.scale), "translation": .numbers($0.translation)])
        }),
      "channels": .list(channels.map { .text($0.label ?? "") }),
    ])
  }
}

extension CanonicalValue {
  fileprivate static func integers(_ values: [Int]) -> CanonicalValue { .list(values.map { .integer(Int64($0)) }) }
  fileprivate static func numbers(_ values: [Double]) -> CanonicalValue { .list(values.map { .number($0) }) }
}
