import ArrayStores
import Fingerprints
import Foundation
import SystemPackage
import Testing

/// Times reading and writing for Fixtures/bench_arrays.py, which sets LIGHTBENCH_BENCH to a folder with plan.json.
///
/// Meaningful in a release build only; writes swift.json into the folder.
@Suite(.enabled(if: folder != nil, "run Fixtures/bench_arrays.py"), .serialized) struct ArrayBenchmarks {
  private static func seconds(_ repeats: Int, _ body: () throws -> Void) rethrows -> [Double] {
    try (0..<repeats).map { _ in try ContinuousClock().measure { try body() } / .seconds(1) }
  }

  private static func open(_ entry: CanonicalValue, in folder: FilePath) throws -> any StoredArray {
    let path = folder.appending(entry["path"]?.text ?? "")
    return entry["kind"]?.text == "hdf5"
      ? try HDF5File(opening: path).array(entry["array"]?.text ?? "") : try ZarrArray(opening: path)
  }

  private static func layout(_ entry: CanonicalValue) -> ZarrLayout {
    let compression: ZarrLayout.Compression =
      switch entry["codec"]?.text {
      case "blosc-lz4": .blosc("lz4", level: 5, shuffle: .bytes)
      case "blosc-zstd": .blosc("zstd", level: 3, shuffle: .bytes)
      case "none": .none
      default: .zstd(level: 3, checksum: false)
      }
    return ZarrLayout(
      chunkShape: entry["chunk"]?.integers, shardShape: entry["shard"]?.integers, compression: compression)
  }

  @Test func `times of whole arrays, of regions and of writing`() throws {
    let folder = try #require(folder)
    let bytes = try #require(FileManager.default.contents(atPath: folder.appending("plan.json").string))
    let plan = try CanonicalValue(json: Array(bytes))
    let repeats = plan["repeats"]?.numbers(1).map { Int($0[0]) } ?? 3
    var results: [CanonicalValue] = []
    func note(_ entry: CanonicalValue, _ operation: String, _ seconds: [Double]) {
      results.append([
        "name": entry["name"] ?? .null, "operation": .text(operation),
        "seconds": .list(seconds.map { .number($0) }),
      ])
    }
    var volume: NDArray?
    for entry in plan["stores"]?.list ?? [] {
      let array = try Self.open(entry, in: folder)
      note(entry, "read", try Self.seconds(repeats) { volume = try array.read() })
      let regions = (plan["regions"]?.list ?? []).compactMap(\.integers)
      note(
        entry, "regions",
        try Self.seconds(repeats) {
          for start in regions { _ = try array.read(start: start, shape: [64, 64, 64]) }
        })
      guard let values = volume else { continue }
      let target = folder.appending("swift-written")
      note(
        entry, "write",
        try (0..<repeats).map { _ in
          try? FileManager.default.removeItem(atPath: target.string)
          return try Self.seconds(1) {
            if entry["kind"]?.text == "hdf5" {
              let storage = HDF5Storage(
                chunkShape: entry["chunk"]?.integers, compression: .gzip(level: 4), shuffles: true)
              try HDF5File.write([("volume", values)], storage: storage, to: target)
            } else {
              try ZarrArray.write(values, to: target, layout: Self.layout(entry))
            }
          }[0]
        })
      try? FileManager.default.removeItem(atPath: target.string)
    }
    if let values = volume {
      note(["name": "digest"], "digest", try Self.seconds(repeats) { _ = try values.logicalDigest() })
    }
    let text = Data(CanonicalValue.list(results).json.utf8)
    try text.write(to: URL(filePath: folder.appending("swift.json").string))
  }
}

private let folder = ProcessInfo.processInfo.environment["LIGHTBENCH_BENCH"].map { FilePath($0) }
