import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct ZarrTests {
  /// A random array with random chunks, told apart by a seed.
  struct Trial: Sendable, CustomTestStringConvertible {
    let seed: UInt64
    var testDescription: String { "seed \(seed)" }

    func make() throws -> (array: NDArray, chunk: [Int], shard: [Int]?, region: Region) {
      var random = Sequence64(seed: seed)
      let shape = (0..<random.next(5)).map { _ in random.next(10) }
      let type = ElementType.allCases[random.next(ElementType.allCases.count)]
      let chunk = shape.map { _ in 1 + random.next(5) }
      let shard = random.next(2) == 0 ? nil : chunk.map { $0 * (1 + random.next(3)) }
      let start = shape.map { random.next($0 + 1) }
      let extent = zip(shape, start).map { random.next($0 - $1 + 1) }
      return (try random.array(type, shape), chunk, shard, Region(start: start, shape: extent))
    }
  }

  @Test(arguments: (0..<120).map { Trial(seed: $0) })
  func `arrays come back in whole and in part`(trial: Trial) throws {
    let folder = try TemporaryFolder()
    let (array, chunk, shard, region) = try trial.make()
    let path = folder.path.appending("a")
    try ZarrArray.write(array, to: path, chunkShape: chunk, shardShape: shard, attributes: ["a": [1, "b", .null]])
    let opened = try ZarrArray(opening: path)
    #expect(opened.shape == array.shape && opened.type == array.type && opened.chunkShape == chunk)
    #expect(opened.attributes == ["a": [1, "b", .null]])
    #expect(try opened.read() == array)
    #expect(try opened.read(region) == array.region(region))
  }

  @Test func `the same array gives the same bytes, whoever writes it`() throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 1)
    let array = try random.array(.uint16, [20, 30, 40])
    for name in ["a", "b"] {
      try ZarrArray.write(
        array, to: folder.path.appending(name), chunkShape: [8, 8, 8], shardShape: [16, 16, 16],
        attributes: ["z": 1, "y": 2, "x": ["b": 1, "a": 2]], dimensionNames: ["z", "y", "x"])
    }
    let first = TemporaryFolder.files(folder.path.appending("a"))
    #expect(first.count == 1 + 2 * 2 * 3)
    #expect(first == TemporaryFolder.files(folder.path.appending("b")))
  }

  @Test func `chunks, shards and formats do not change the digest`() throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 2)
    let array = try random.array(.float32, [70, 20, 300])
    try ZarrArray.write(array, to: folder.path.appending("a"), chunkShape: [7, 20, 64])
    try ZarrArray.write(array, to: folder.path.appending("b"), chunkShape: [64, 5, 100], shardShape: [64, 20, 300])
    try HDF5File.write([("x", array)], to: folder.path.appending("c.h5"))
    let digest = try array.logicalDigest(axes: ["z", "y", "x"])
    #expect(try ZarrArray(opening: folder.path.appending("a")).read().logicalDigest(axes: ["z", "y", "x"]) == digest)
    #expect(try ZarrArray(opening: folder.path.appending("b")).read().logicalDigest(axes: ["z", "y", "x"]) == digest)
    #expect(
      try HDF5File(opening: folder.path.appending("c.h5")).read("x").logicalDigest(axes: ["z", "y", "x"]) == digest)
  }

  @Test func `a partial read leaves broken chunks outside its box alone`() throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 5)
    let array = try random.array(.uint16, [16, 16])
    try ZarrArray.write(array, to: folder.path.appending("a"), chunkShape: [4, 4], shardShape: [8, 8])
    let shard = folder.path.appending("a/c/0/0").string
    var bytes = try #require(FileManager.default.contents(atPath: shard))
    bytes[6] ^= 0xff  // in the first inner chunk
    try bytes.write(to: URL(filePath: shard))
    try Data().write(to: URL(filePath: folder.path.appending("a/c/1/1").string))
    let opened = try ZarrArray(opening: folder.path.appending("a"))
    let sound = Region(start: [4, 4], shape: [4, 12])
    #expect(try opened.read(sound) == array.region(sound))
    let error = try #require(throws: ArrayStoreError.self) { try opened.read(start: [0, 0], shape: [1, 1]) }
    #expect(error.chunk == [0, 0] && error.store == folder.path.appending("a").string)
    #expect(throws: ArrayStoreError.self) { try opened.read() }
  }

  @Test func `a missing chunk is filled, a folder in its place is an error`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    try ZarrArray.write(try NDArray([UInt8](repeating: 7, count: 4), shape: [4]), to: path, chunkShape: [2])
    try FileManager.default.removeItem(atPath: path.appending("c/1").string)
    #expect(try ZarrArray(opening: path).read().bytes == [7, 7, 0, 0])
    try FileManager.default.createDirectory(atPath: path.appending("c/1").string, withIntermediateDirectories: false)
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: path).read() }
    #expect(error.code == .inputOutput && error.chunk == [1])
  }

  @Test func `an array is never written over another`() throws {
    let folder = try TemporaryFolder()
    let array = try NDArray([UInt8(1)], shape: [1])
    try ZarrArray.write(array, to: folder.path)
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray.write(array, to: folder.path) }
    #expect(error.code == .alreadyExists)
  }

  @Test(arguments: [([4], nil), ([0, 4], nil), ([2, 2], [4]), ([2, 2], [4, 3])] as [([Int], [Int]?)])
  func `shapes that do not fit are refused before a file exists`(chunk: [Int], shard: [Int]?) throws {
    let folder = try TemporaryFolder()
    let array = try NDArray([UInt8](0..<16), shape: [4, 4])
    let path = folder.path.appending("a")
    let error = try #require(throws: ArrayStoreError.self) {
      try ZarrArray.write(array, to: path, chunkShape: chunk, shardShape: shard)
    }
    #expect(error.code == .invalidArgument)
    #expect(!FileManager.default.fileExists(atPath: path.string))
  }

  @Test(arguments: ["..", "a/../b", "a//b", "/a", "a/", "."])
  func `a name that leaves the store is refused`(name: String) throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: folder.path, array: name) }
    #expect(error.code == .pathEscape)
  }

  @Test func `a group has attributes and members`() throws {
    let folder = try TemporaryFolder()
    try ZarrGroup.write(to: folder.path, attributes: ["name": "brain", "n": 9_007_199_254_740_993])
    try ZarrArray.write(try NDArray([UInt8(1)], shape: [1]), to: folder.path.appending("b"))
    try ZarrGroup.write(to: folder.path.appending("a"))
    try FileManager.default.createDirectory(
      atPath: folder.path.appending("stray").string, withIntermediateDirectories: false)
    let group = try ZarrGroup(opening: folder.path)
    #expect(group.attributes == ["name": "brain", "n": 9_007_199_254_740_993])
    #expect(try group.members() == ["a", "b"])
    #expect(throws: ArrayStoreError.self) { try ZarrArray(opening: folder.path) }
    #expect(throws: ArrayStoreError.self) { try ZarrGroup(opening: folder.path, group: "b") }
  }

  @Test(arguments: [[6.0, 1.62, 1.62], nil] as [[Double]?])
  func `an image comes back with its voxel size`(voxelSize: [Double]?) throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 8)
    let volume = try random.array(.uint16, [5, 6, 7])
    try OMEZarrImage.write(
      volume, voxelSize: voxelSize, name: "cfos", to: folder.path.appending("i"), attributes: ["marker": "cFos"])
    let image = try OMEZarrImage(opening: folder.path.appending("i"))
    #expect(image.version == "0.5" && image.name == "cfos")
    #expect(image.axes.map(\.name) == ["z", "y", "x"])
    #expect(image.voxelSize() == voxelSize)
    #expect(try image.array().read() == volume)
    #expect(try image.array().dimensionNames == ["z", "y", "x"])
    #expect(try ZarrGroup(opening: folder.path.appending("i")).attributes["marker"] == "cFos")
  }

  @Test(.enabled(if: DataFolder.has("ome_zarr_tubhiswt"), "the data folder was not found"))
  func `a real image has the values that zarr-python reads`() throws {
    let root = DataFolder.root.appending("ome_zarr_tubhiswt").appending("tubhiswt4D_sub.zarr")
    let image = try OMEZarrImage(opening: root)
    let coarse = try image.array(level: image.levels.count - 1).read()
    #expect(Digest.of(coarse.bytes).hex == "b8fd339119b09d27ae00f05b109589150e3605dbd7864d57fe7388f948619049")
    let labels = try image.label(try #require(image.labels().first))
    let embryo = try labels.array(level: labels.levels.count - 1).read()
    #expect(Digest.of(embryo.bytes).hex == "826a9d2d3b5fcb6294f3d6a7a96fcddcae33c5a152adab835010573fa431785a")
  }
}
