import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

/// What this module writes, read by others: set LIGHTBENCH_PYTHON to a Python with zarr, tensorstore, h5py and hdf5plugin.
@Suite(.enabled(if: python != nil, "set LIGHTBENCH_PYTHON to read with zarr-python and others"))
struct InteroperabilityTests {
  /// The product of layouts that every reader should know.
  static let layouts: [(name: String, layout: ZarrLayout)] = {
    let compressions: [(String, ZarrLayout.Compression)] = [
      ("none", .none), ("zstd", .zstd(level: 1)), ("gzip", .gzip(level: 1)),
      ("blosc", .blosc("lz4", level: 5, shuffle: .bits)), ("blosc-zstd", .blosc()),
    ]
    var layouts: [(String, ZarrLayout)] = []
    for (name, compression) in compressions {
      for shard in [nil, [8, 12, 8]] as [[Int]?] {
        for isBigEndian in [false, true] {
          var layout = ZarrLayout(chunkShape: [4, 6, 4], shardShape: shard, compression: compression)
          layout.isBigEndian = isBigEndian
          layout.hasChecksum = isBigEndian
          layout.isIndexAtStart = isBigEndian
          if isBigEndian, shard == nil { layout.order = [2, 0, 1] }
          layouts.append(("3-\(name)-\(shard == nil ? "chunks" : "shards")-\(isBigEndian ? "big" : "little")", layout))
        }
      }
      var second = ZarrLayout(chunkShape: [4, 6, 4], compression: compression)
      second.version = 2
      second.separator = "."
      layouts.append(("2-\(name)", second))
    }
    return layouts
  }()

  @Test func `zarr-python, tensorstore and h5py read what is written`() throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 31)
    var written: [CanonicalValue] = []
    func note(_ kind: String, _ path: String, _ name: String, _ array: NDArray) {
      written.append([
        "kind": .text(kind), "path": .text(path), "array": .text(name), "type": .text(array.type.rawValue),
        "shape": .list(array.shape.map { .integer(Int64($0)) }), "sha256": .text(Digest.of(array.bytes).hex),
      ])
    }
    for type in ElementType.allCases {
      let array = try random.array(type, [9, 13, 10])
      for (name, layout) in Self.layouts {
        let path = "\(type.rawValue)-\(name).zarr"
        try ZarrArray.write(array, to: folder.path.appending(path), layout: layout)
        note(layout.version == 2 ? "zarr2" : "zarr3", path, "", array)
      }
    }
    for (index, compression) in HDF5Storage.Compression.allForTests.enumerated() {
      let contents = try ElementType.allCases.map { (path: $0.rawValue, array: try random.array($0, [9, 13, 10])) }
      let storage = HDF5Storage(chunkShape: [4, 6, 4], compression: compression, hasChecksum: index == 1)
      try HDF5File.write(contents, storage: storage, to: folder.path.appending("\(index).h5"))
      for (name, array) in contents { note("hdf5", "\(index).h5", name, array) }
    }
    let list = Data(CanonicalValue.list(written).json.utf8)
    try list.write(to: URL(filePath: folder.path.appending("written.json").string))
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = [Fixture.folder.appending("check_written.py").string, folder.path.string]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    print("interoperability: \(text)")
    #expect(process.terminationStatus == 0, "\(text)")
    withExtendedLifetime(folder) {}
  }
}

private let python = ProcessInfo.processInfo.environment["LIGHTBENCH_PYTHON"]
