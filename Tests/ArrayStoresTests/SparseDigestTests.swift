import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

/// What is not stored is not read to be hashed, and counts as the values it stands for.
@Suite struct SparseDigestTests {
  /// An array that tells nothing of what it lacks, and so is read.
  private struct Dense: StoredArray {
    let array: any StoredArray
    var type: ElementType { array.type }
    var shape: [Int] { array.shape }
    var chunkShape: [Int] { array.chunkShape }
    func read(_ region: Region) throws -> NDArray { try array.read(region) }
  }

  private func expectEqual(_ array: any StoredArray, _ comment: Comment) throws {
    let dense = Dense(array: array)
    #expect(try array.logicalDigest() == dense.logicalDigest(), comment)
    #expect(try array.valueHash() == dense.valueHash(), comment)
  }

  /// Writes some boxes of an array of 100 x 300 x 520, 2 x 2 x 3 blocks.
  private func write(_ boxes: [[Int]], _ layout: ZarrLayout, to path: FilePath) throws -> ZarrArray {
    var random = Sequence64(seed: 5)
    var layout = layout
    layout.leavesOutFill = true
    layout.fillValue = try NDArray([Int16(-7)], shape: [])
    let writer = try ZarrWriter(creating: path, type: .int16, shape: [100, 300, 520], layout: layout)
    for start in boxes { try writer.write(try random.array(.int16, [10, 10, 10]), at: start) }
    try writer.finish()
    return try ZarrArray(opening: path)
  }

  static let layouts: [ZarrLayout] = {
    var nested = ZarrLayout(chunkShape: [5, 10, 10], shardShape: [50, 100, 260])
    nested.innerShardShapes = [[10, 50, 130]]
    var moved = ZarrLayout(chunkShape: [16, 20, 10], shardShape: [80, 100, 100])
    moved.order = [2, 0, 1]
    return [
      ZarrLayout(chunkShape: [64, 64, 64], compression: .none),
      ZarrLayout(chunkShape: [100, 300, 520], compression: .blosc()),
      ZarrLayout(chunkShape: [16, 20, 40], shardShape: [64, 100, 200]), nested, moved,
    ]
  }()

  @Test(
    arguments: layouts,
    [
      [], [[0, 0, 0]], [[90, 290, 510]], [[0, 0, 0], [90, 290, 510]], [[60, 250, 250]], [[0, 0, 0], [0, 0, 300]],
    ])
  func `a sparse Zarr array has the digest of its values`(layout: ZarrLayout, boxes: [[Int]]) throws {
    let folder = try TemporaryFolder()
    try expectEqual(try write(boxes, layout, to: folder.path.appending("a")), "\(layout) \(boxes)")
  }

  @Test func `of an array of which nothing is stored nothing is read`() throws {
    let folder = try TemporaryFolder()
    let array = try write([], ZarrLayout(chunkShape: [64, 64, 64]), to: folder.path.appending("a"))
    let whole = Region(all: array.shape)
    #expect(try array.absentElements(of: [whole]) == [[0xf9, 0xff]])
    let some = try write([[70, 0, 0]], ZarrLayout(chunkShape: [64, 64, 64]), to: folder.path.appending("b"))
    let halves = [0, 64].map { Region(start: [$0, 0, 0], shape: [10, 300, 520]) }
    #expect(try some.absentElements(of: [whole] + halves) == [nil, [0xf9, 0xff], nil])
  }

  @Test func `inner chunks that a shard lacks are known without decoding the others`() throws {
    let folder = try TemporaryFolder()
    let layout = ZarrLayout(chunkShape: [16, 20, 40], shardShape: [64, 100, 200])
    let array = try write([[0, 0, 0]], layout, to: folder.path.appending("a"))
    let boxes = [Region(start: [0, 0, 0], shape: [1, 1, 1]), Region(start: [16, 0, 0], shape: [48, 100, 200])]
    #expect(try array.absentElements(of: boxes) == [nil, [0xf9, 0xff]])
  }

  @Test func `a damaged index is not taken for absence`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    let array = try write([[0, 0, 0]], ZarrLayout(chunkShape: [16, 20, 40], shardShape: [64, 100, 200]), to: path)
    try Data([1, 2, 3]).write(to: URL(filePath: path.appending("c/0/0/0").string))
    let error = try #require(throws: ArrayStoreError.self) { try array.logicalDigest() }
    #expect(error.code == .chunkTruncated && error.chunk == [0, 0, 0])
    try FileManager.default.removeItem(atPath: path.appending("c/0/0/0").string)
    try FileManager.default.createDirectory(
      atPath: path.appending("c/0/0/0").string, withIntermediateDirectories: false)
    #expect(try #require(throws: ArrayStoreError.self) { try array.logicalDigest() }.code == .inputOutput)
  }

  @Test func `a sparse HDF5 dataset has the digest of its values`() throws {
    let path = Fixture.folder.appending("sparse.h5")
    let file = try HDF5File(opening: path)
    for name in ["none", "some", "contiguous"] { try expectEqual(try file.array(name), "\(name)") }
    let fills = try ["none", "some", "contiguous"].map { name in
      let array = try file.array(name)
      return try array.absentElements(of: [Region(all: array.shape)])[0]
    }
    #expect(fills == [[0xf9, 0xff], nil, [0xf9, 0xff]])
  }

  @Test func `a volume at one place of a sparse array is sparse`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    let layout = ZarrLayout(chunkShape: [1, 8, 8, 8])
    let writer = try ZarrWriter(creating: path, type: .uint8, shape: [2, 8, 8, 8], layout: layout)
    try writer.write(
      try NDArray(type: .uint8, shape: [1, 8, 8, 8], bytes: [UInt8](repeating: 3, count: 512)), at: [1, 0, 0, 0])
    try writer.finish()
    let file = try ArrayFile(opening: path)
    let boxes = [Region(all: [8, 8, 8])]
    #expect(try file.volume(at: [0]).absentElements(of: boxes) == [[0]])
    #expect(try file.volume(at: [1]).absentElements(of: boxes) == [nil])
    for place in 0...1 { try expectEqual(try file.volume(at: [place]), "\(place)") }
  }
}
