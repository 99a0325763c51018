import Fingerprints
import Foundation
import SystemPackage
import Testing

/// A conformance corpus: folders with files and what must come of reading them; its README is the specification.
///
/// Found by the environment variable LIGHTBENCH_CONFORMANCE, else beside the data folder. Nothing
/// here knows a case by its name, so that any folder of the same form can be walked.
enum Corpus {
  static let folder: FilePath? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["LIGHTBENCH_CONFORMANCE"] { return FilePath(path) }
    let candidate = DataFolder.root.removingLastComponent().appending("conformance")
    return FileManager.default.fileExists(atPath: candidate.appending("manifest.json").string) ? candidate : nil
  }()

  /// How many cases the manifest lists.
  static let listed = folder.flatMap { json($0.appending("manifest.json")) }?["cases"]?.list?.count ?? 0

  /// Every case of the manifest, in its order.
  static let cases: [Case] = {
    guard let folder, let manifest = json(folder.appending("manifest.json")) else { return [] }
    return (manifest["cases"]?.list ?? []).compactMap { entry in
      guard let id = entry["id"]?.text, let place = entry["dir"]?.text,
        let expected = json(folder.appending(place).appending("expected.json"))
      else { return nil }
      return Case(
        id: id, folder: folder.appending(place), kind: entry["kind"]?.text ?? "", level: entry["level"]?.text ?? "",
        bytes: entry["bytes"]?.integers(1)?.first ?? 0, expected: expected)
    }
  }()

  fileprivate static func json(_ path: FilePath) -> CanonicalValue? {
    FileManager.default.contents(atPath: path.string).flatMap { try? CanonicalValue(json: Array($0)) }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let id: String
    let folder: FilePath
    let kind: String
    let level: String
    /// Of all its files.
    let bytes: Int
    let expected: CanonicalValue

    var testDescription: String { id }
    var path: FilePath { folder.appending(expected["path"]?.text ?? "") }
    var arrays: [CanonicalValue] { expected["arrays"]?.list ?? [] }
    /// Arrays of an image are those of its Zarr store.
    var arrayKind: String { kind == "ome-zarr" ? "zarr" : kind }

    /// Whether every `make test` runs it; `make test-full` runs all.
    var isSmall: Bool { bytes <= 1 << 19 }

    /// False where an array is marked as too large for that.
    var isSmallEnoughToReadWhole: Bool {
      !arrays.contains { $0["sha256"] == .null && $0["regions"]?.list?.isEmpty == false }
    }

    /// Memory and seconds as the case says.
    var limits: ConformanceChild.Limits {
      var limits = ConformanceChild.Limits()
      if let most = expected["limits"]?["max_rss_mb"]?.numbers(1)?[0] { limits.mebibytes = most }
      if let most = expected["limits"]?["max_seconds"]?.numbers(1)?[0] { limits.seconds = most }
      return limits
    }

    /// The texts of a list of names; a single text is a list of one.
    func names(_ key: String) -> [String] {
      expected[key]?.list?.compactMap(\.text) ?? expected[key]?.text.map { [$0] } ?? []
    }

    /// Whether the metadata in the store says another shape of chunks than the corpus does.
    ///
    /// One of the 25 arrays with shards in the open half: its inner chunk is the whole shard. The store's own words
    /// decide.
    func contradicts(_ chunk: [Int], of array: String) -> Bool {
      let place = array.isEmpty ? path : path.appending(array)
      guard let metadata = Corpus.json(place.appending("zarr.json")) else { return false }
      let codecs = metadata["codecs"]?.list ?? []
      func configuration(_ name: String) -> CanonicalValue? {
        codecs.first { $0["name"]?.text == name }?["configuration"]
      }
      var shape = configuration("sharding_indexed")?["chunk_shape"]?.integers ?? []
      // An inner chunk has the axes as they are behind a transposition.
      if let order = configuration("transpose")?["order"]?.integers, order.count == shape.count {
        let stored = shape
        for (place, axis) in order.enumerated() { shape[axis] = stored[place] }
      }
      return !shape.isEmpty && shape != chunk
    }

    /// The codes that a broken case may end with; nil among them stands for reading on, which
    /// alternatives in words allow.
    var outcomes: [String?] {
      let alternatives = expected["alternatives"]?.list?.compactMap(\.text) ?? []
      return [expected["error"]?.text] + alternatives.map { $0.contains(" ") ? nil : $0 }
    }
  }
}

/// The real data, found by LIGHTBENCH_DATA, else beside the repository.
enum DataFolder {
  static let root: FilePath = {
    if let path = ProcessInfo.processInfo.environment["LIGHTBENCH_DATA"] { return FilePath(path) }
    let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    return package.removingLastComponent().appending("shared").appending("data")
  }()

  static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path).string)
  }
}

extension CanonicalValue {
  subscript(key: String) -> CanonicalValue? {
    if case .map(let entries) = self { entries[key] } else { nil }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var list: [CanonicalValue]? { if case .list(let values) = self { values } else { nil } }
  var integers: [Int]? {
    list?.compactMap { if case .integer(let value) = $0 { Int(value) } else { nil } }
  }
  /// The value as so many integers.
  func integers(_ count: Int) -> [Int]? {
    let all = CanonicalValue.list([self]).integers
    return all?.count == count ? all : nil
  }
  var numbers: [Double]? {
    list?.compactMap { value in
      switch value {
      case .integer(let value): Double(value)
      case .number(let value): value
      default: nil
      }
    }
  }
}

/// A folder that is removed with the value.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    path = FilePath(NSTemporaryDirectory()).appending("lightbench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// Every file below a folder with its bytes.
  static func files(_ root: FilePath) -> [String: Data] {
    var files: [String: Data] = [:]
    for name in FileManager.default.enumerator(atPath: root.string)! {
      let path = root.appending(name as! String).string
      files[name as! String] = FileManager.default.contents(atPath: path)
    }
    return files
  }
}
