import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct NestedShardTests {
  @Test(arguments: [false, true]) func `shards in shards come back, whole, by box and changed in part`(atStart: Bool)
    throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    var random = Sequence64(seed: 5)
    let array = try random.array(.uint16, [21, 17, 30])
    var layout = ZarrLayout(chunkShape: [2, 3, 4], shardShape: [16, 12, 16])
    layout.innerShardShapes = [[8, 12, 8], [4, 6, 8]]
    layout.order = [2, 0, 1]
    layout.isIndexAtStart = atStart
    try ZarrArray.write(array, to: path, layout: layout)
    let opened = try ZarrArray(opening: path)
    #expect(try opened.read() == array)
    for _ in 0..<40 {
      let start = array.shape.map { random.next($0) }
      let shape = zip(array.shape, start).map { 1 + random.next($0 - $1) }
      #expect(try opened.read(start: start, shape: shape) == array.region(Region(start: start, shape: shape)))
    }
    let patch = try random.array(.uint16, [3, 4, 5])
    try ZarrWriter(updating: path).write(patch, at: [7, 9, 13])
    #expect(try ZarrArray(opening: path).read(start: [7, 9, 13], shape: [3, 4, 5]) == patch)
    #expect(
      try ZarrArray(opening: path).read(start: [0, 0, 0], shape: [7, 17, 30])
        == array.region(
          Region(start: [0, 0, 0], shape: [7, 17, 30])))
  }

  /// A layout that `ZarrLayout` does not name: shards of reordered axes, with codecs behind them and a big-endian index.
  @Test func `an array with reordered shards and a compressed file is changed in its own layout`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    let document = """
      {"zarr_format": 3, "node_type": "array", "shape": [10, 7], "data_type": "int32",
      "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8, 6]}},
      "chunk_key_encoding": {"name": "default"}, "fill_value": 258, "codecs": [
      {"name": "transpose", "configuration": {"order": [1, 0]}},
      {"name": "sharding_indexed", "configuration": {"chunk_shape": [3, 4],
      "codecs": [{"name": "transpose", "configuration": {"order": [1, 0]}},
      {"name": "bytes", "configuration": {"endian": "big"}}, {"name": "zstd", "configuration": {"level": 7}}],
      "index_codecs": [{"name": "bytes", "configuration": {"endian": "big"}}, {"name": "crc32c"}]}},
      {"name": "gzip", "configuration": {"level": 5}}]}
      """
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    try Data(document.utf8).write(to: URL(filePath: path.appending("zarr.json").string))
    var random = Sequence64(seed: 6)
    let array = try random.array(.int32, [10, 7])
    let writer = try ZarrWriter(updating: path)
    try writer.write(try array.region(Region(start: [0, 0], shape: [5, 7])), at: [0, 0])
    #expect(try ZarrArray(opening: path).read(start: [8, 0], shape: [1, 1]) == NDArray([Int32(258)], shape: [1, 1]))
    try writer.write(try array.region(Region(start: [5, 0], shape: [5, 7])), at: [5, 0])
    #expect(try ZarrArray(opening: path).read() == array)
  }

  @Test func `inner shards that do not fit are refused`() throws {
    let folder = try TemporaryFolder()
    let array = try NDArray([UInt8](repeating: 1, count: 64), shape: [64])
    var layout = ZarrLayout(chunkShape: [4], shardShape: [32])
    layout.innerShardShapes = [[12]]
    var error = try #require(throws: ArrayStoreError.self) {
      try ZarrArray.write(array, to: folder.path.appending("a"), layout: layout)
    }
    #expect(error.message == "shard shape [32] is no multiple of chunk shape [12]")
    (layout.shardShape, layout.innerShardShapes) = (nil, [[8]])
    error = try #require(throws: ArrayStoreError.self) {
      try ZarrArray.write(array, to: folder.path.appending("a"), layout: layout)
    }
    #expect(error.message == "shards in shards need a shard shape")
  }

  @Test(arguments: [ElementType.int16, .float64])
  func `edges of nothing but fill are left out in either byte order`(type: ElementType) throws {
    let folder = try TemporaryFolder()
    var layout = ZarrLayout(chunkShape: [4])
    (layout.isBigEndian, layout.leavesOutFill) = (true, true)
    let one = type == .int16 ? try NDArray([Int16(1)], shape: []) : try NDArray([1.0], shape: [])
    layout.fillValue = one
    let array = try NDArray(type: type, shape: [6], bytes: Memory.filled(one.bytes, count: 6))
    try ZarrArray.write(array, to: folder.path.appending("a"), layout: layout)
    #expect(TemporaryFolder.files(folder.path.appending("a")).keys.sorted() == ["zarr.json"])
    #expect(try ZarrArray(opening: folder.path.appending("a")).read() == array)
  }

  @Test func `a fill value of version 2 that no word stands for is refused`() throws {
    let folder = try TemporaryFolder()
    var layout = ZarrLayout(chunkShape: [4])
    layout.version = 2
    layout.fillValue = try NDArray([Float(bitPattern: 0x7fc0_0001)], shape: [])
    let array = try NDArray([Float(1)], shape: [1])
    let error = try #require(throws: ArrayStoreError.self) {
      try ZarrArray.write(array, to: folder.path.appending("a"), layout: layout)
    }
    #expect(error.message == "version 2 has no form for the fill value 0x7fc00001")
    layout.fillValue = try NDArray([Float.nan], shape: [])
    try ZarrArray.write(array, to: folder.path.appending("b"), layout: layout)
    #expect(try ZarrArray(opening: folder.path.appending("b")).fillValue == layout.fillValue)
  }
}
