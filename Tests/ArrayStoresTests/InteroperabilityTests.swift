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
      for (kind, shard) in [("chunks", nil), ("shards", [8, 12, 8]), ("nested", [8, 12, 8])] as [(String, [Int]?)] {
        for isBigEndian in [false, true] {
          var layout = ZarrLayout(chunkShape: [4, 6, 4], shardShape: shard, compression: compression)
          if kind == "nested" { (layout.chunkShape, layout.innerShardShapes) = ([2, 3, 4], [[4, 6, 8]]) }
          layout.isBigEndian = isBigEndian
          layout.hasChecksum = isBigEndian
          layout.isIndexAtStart = isBigEndian
          if isBigEndian { layout.order = [2, 0, 1] }
          layouts.append(("3-\(name)-\(kind)-\(isBigEndian ? "big" : "little")", layout))
        }
      }
      var second = ZarrLayout(chunkShape: [4, 6, 4], compression: compression)
      second.version = 2
      second.separator = "."
      layouts.append(("2-\(name)", second))
    }
    return layouts
  }()

  /// What was written, for the script that reads it.
  private struct Written {
    let folder: TemporaryFolder
    var list: [CanonicalValue] = []

    mutating func note(_ kind: String, _ path: String, _ name: String, _ array: NDArray) {
      list.append([
        "kind": .text(kind), "path": .text(path), "array": .text(name), "type": .text(array.type.rawValue),
        "shape": .list(array.shape.map { .integer(Int64($0)) }), "sha256": .text(Digest.of(array.bytes).hex),
      ])
    }

    func path(_ name: String) -> FilePath { folder.path.appending(name) }
  }

  private func writeZarr(_ written: inout Written, _ random: inout Sequence64) throws {
    for type in ElementType.allCases {
      let array = try random.array(type, [9, 13, 10])
      for (name, layout) in Self.layouts {
        let path = "\(type.rawValue)-\(name).zarr"
        try ZarrArray.write(array, to: written.path(path), layout: layout)
        written.note(layout.version == 2 ? "zarr2" : "zarr3", path, "", array)
      }
      // Half of it is not stored, and has to come from the fill value.
      for version in [2, 3] {
        var layout = ZarrLayout(chunkShape: [4, 6, 4])
        (layout.version, layout.leavesOutFill) = (version, true)
        layout.fillValue = Self.fill(type)
        let half = NDArray(checked: type, [4, 13, 10], Array(array.bytes.prefix(4 * 130 * type.size)))
        let rest = Memory.filled(layout.fillValue?.bytes ?? [], count: 5 * 130)
        let path = "\(type.rawValue)-\(version)-fill.zarr"
        let whole = NDArray(checked: type, [9, 13, 10], half.bytes + rest)
        try ZarrArray.write(whole, to: written.path(path), layout: layout)
        written.note(version == 2 ? "zarr2" : "zarr3", path, "", whole)
      }
    }
  }

  /// An element that is not zero; no number, where the type has such.
  private static func fill(_ type: ElementType) -> NDArray? {
    switch type {
    case .float16: try? NDArray([Float16.nan], shape: [])
    case .float32: try? NDArray([-Float.infinity], shape: [])
    case .float64: try? NDArray([Double.nan], shape: [])
    case .complex64: NDArray(checked: type, [], Memory.bytes(of: [Float(1.5), -2]))
    case .complex128: NDArray(checked: type, [], Memory.bytes(of: [1.5, -2.25]))
    default: NDArray(checked: type, [], [1] + [UInt8](repeating: 0, count: type.size - 1))
    }
  }

  private func writeConsolidated(_ written: inout Written, _ random: inout Sequence64) throws {
    for version in [2, 3] {
      let root = written.path("consolidated-\(version).zarr")
      var layout = ZarrLayout(chunkShape: [4, 6])
      layout.version = version
      try ZarrGroup.write(to: root, attributes: ["who": "µ"], version: version)
      try ZarrGroup.write(to: root.appending("g"), version: version)
      for name in ["a", "g/b"] {
        let array = try random.array(.float32, [9, 10])
        try ZarrArray.write(array, to: root.appending(name), layout: layout)
        written.note("consolidated", "consolidated-\(version).zarr", name, array)
      }
      try ZarrGroup.consolidate(root)
    }
  }

  private func writeHDF5(_ written: inout Written, _ random: inout Sequence64) throws {
    for (index, compression) in HDF5Storage.Compression.allForTests.enumerated() {
      let contents = try ElementType.allCases.map { (path: $0.rawValue, array: try random.array($0, [9, 13, 10])) }
      let storage = HDF5Storage(chunkShape: [4, 6, 4], compression: compression, hasChecksum: index == 1)
      try HDF5File.write(contents, storage: storage, to: written.path("\(index).h5"))
      for (name, array) in contents { written.note("hdf5", "\(index).h5", name, array) }
    }
    let columns = try HDF5WritingTests.columns()
    let texts = HDF5File.Texts(shape: [2, 2], values: ["z", "", "µm", "pixel"])
    let short = HDF5File.Texts(shape: [4], values: texts.values, length: 6)
    try HDF5File.write(
      items: [
        .init(at: "cells/table", .table(columns), attributes: ["axes": .texts(["z", "y", "x"])]),
        .init(at: "cells/texts", .texts(texts), attributes: ["unit": "µm"]), .init(at: "cells/short", .texts(short)),
        .init(at: "empty", .group, attributes: ["size": .array(try NDArray([6.0, 1.62], shape: [2]))]),
      ], to: written.path("table.h5"))
    for case .numbers(let array) in columns.map(\.values) {
      let name = columns.first { $0.values == .numbers(array) }?.name ?? ""
      written.note("column", "table.h5", "cells/table/\(name)", array)
    }
    func list(_ texts: [String]) -> CanonicalValue { .list(texts.map { .text($0) }) }
    func expect(_ array: String, _ attribute: String?, _ value: CanonicalValue) {
      written.list.append([
        "kind": "texts", "path": "table.h5", "array": .text(array), "attribute": attribute.map { .text($0) } ?? .null,
        "value": value,
      ])
    }
    expect("cells/texts", nil, list(texts.values))
    expect("cells/short", nil, list(short.values))
    for case .texts(let values) in columns.map(\.values) {
      let name = columns.first { $0.values == .texts(values) }?.name ?? ""
      expect("cells/table/\(name)", nil, list(values))
    }
    expect("cells/texts", "unit", list(["µm"]))
    expect("cells/table", "axes", list(["z", "y", "x"]))
    expect("empty", "size", .list([.number(6), .number(1.62)]))
  }

  @Test func `zarr-python, tensorstore and h5py read what is written`() throws {
    var written = Written(folder: try TemporaryFolder())
    var random = Sequence64(seed: 31)
    try writeZarr(&written, &random)
    try writeConsolidated(&written, &random)
    try writeHDF5(&written, &random)
    let list = Data(CanonicalValue.list(written.list).json.utf8)
    try list.write(to: URL(filePath: written.path("written.json").string))
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = [Fixture.folder.appending("check_written.py").string, written.folder.path.string]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    print("interoperability: \(text)")
    #expect(process.terminationStatus == 0, "\(text)")
    withExtendedLifetime(written) {}
  }
}

private let python = ProcessInfo.processInfo.environment["LIGHTBENCH_PYTHON"]
