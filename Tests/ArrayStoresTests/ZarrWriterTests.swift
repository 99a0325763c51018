import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct ZarrWriterTests {
  /// A random array in a random layout, told apart by a seed.
  struct Trial: Sendable, CustomTestStringConvertible {
    let seed: UInt64
    var testDescription: String { "seed \(seed)" }

    func make() throws -> (array: NDArray, layout: ZarrLayout) {
      var random = Sequence64(seed: seed)
      let shape = (0..<random.next(4)).map { _ in 1 + random.next(12) }
      let type = ElementType.allCases[random.next(ElementType.allCases.count)]
      var layout = ZarrLayout()
      layout.version = random.next(4) == 0 ? 2 : 3
      let chunk = shape.map { _ in 1 + random.next(6) }
      layout.chunkShape = chunk
      let compressions: [ZarrLayout.Compression] = [
        .none, .zstd(level: -3, checksum: false), .gzip(level: 1), .blosc("lz4", shuffle: .bits), .blosc(), .zstd(),
      ]
      layout.compression = compressions[random.next(compressions.count)]
      layout.isBigEndian = random.next(2) == 0
      layout.separator = random.next(2) == 0 ? "." : "/"
      layout.leavesOutFill = random.next(2) == 0
      layout.fillValue = try random.array(type, [])
      if layout.version == 3 {
        layout.hasChecksum = random.next(2) == 0
        if random.next(2) == 0 { layout.order = Array(shape.indices.reversed()) }
        if random.next(2) == 0 { layout.shardShape = chunk.map { $0 * (1 + random.next(3)) } }
        layout.isIndexAtStart = random.next(2) == 0
      }
      if let order = layout.order, layout.shardShape != nil { #expect(order.count == shape.count) }
      return (try random.array(type, shape), layout)
    }
  }

  @Test(arguments: (0..<150).map { Trial(seed: $0) })
  func `an array comes back from any layout`(trial: Trial) throws {
    let folder = try TemporaryFolder()
    let (array, layout) = try trial.make()
    let path = folder.path.appending("a")
    try ZarrArray.write(array, to: path, layout: layout, attributes: ["a": 1])
    let opened = try ZarrArray(opening: path)
    #expect(opened.shape == array.shape && opened.type == array.type && opened.version == layout.version)
    #expect(opened.attributes == ["a": 1])
    #expect(opened.fillValue == layout.fillValue)
    #expect(try opened.read() == array)
  }

  @Test(arguments: (200..<260).map { Trial(seed: $0) })
  func `boxes written one after the other give the array`(trial: Trial) throws {
    let folder = try TemporaryFolder()
    let (array, layout) = try trial.make()
    let path = folder.path.appending("a")
    let writer = try ZarrWriter(creating: path, type: array.type, shape: array.shape, layout: layout)
    var random = Sequence64(seed: trial.seed + 1)
    // Two halves along a random axis, cut where no chunk ends.
    guard !array.shape.isEmpty else { return }
    let axis = random.next(array.shape.count)
    let cut = random.next(array.shape[axis] + 1)
    for part in [0..<cut, cut..<array.shape[axis]] {
      var (start, shape) = (array.shape.map { _ in 0 }, array.shape)
      (start[axis], shape[axis]) = (part.lowerBound, part.count)
      try writer.write(try array.region(Region(start: start, shape: shape)), at: start)
    }
    try writer.finish()
    #expect(try ZarrArray(opening: path).read() == array)
  }

  @Test(arguments: [nil, [16, 16]])
  func `parts written at the same time by many threads are all there`(shard: [Int]?) async throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 3)
    let array = try random.array(.uint16, [40, 40])
    let path = folder.path.appending("a")
    let writer = try ZarrWriter(
      creating: path, type: .uint16, shape: [40, 40], layout: ZarrLayout(chunkShape: [8, 8], shardShape: shard))
    try await withThrowingTaskGroup { group in
      for row in 0..<20 {
        group.addTask {
          let box = Region(start: [2 * row, 0], shape: [2, 40])
          try writer.write(try array.region(box), at: box.start)
        }
      }
      try await group.waitForAll()
    }
    try writer.finish()
    #expect(try ZarrArray(opening: path).read() == array)
  }

  @Test func `an array that is there already can be changed in part`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    let zeros = try NDArray([Int32](repeating: 0, count: 100), shape: [10, 10])
    try ZarrArray.write(zeros, to: path, chunkShape: [3, 3], shardShape: [6, 6])
    let ones = try NDArray([Int32](repeating: 1, count: 4), shape: [2, 2])
    try ZarrWriter(updating: path).write(ones, at: [5, 5])
    let opened = try ZarrArray(opening: path)
    #expect(try opened.read(start: [5, 5], shape: [2, 2]) == ones)
    #expect(try opened.read().floats().reduce(0, +) == 4)
  }

  @Test func `chunks of nothing but fill are left out when asked`() throws {
    let folder = try TemporaryFolder()
    var layout = ZarrLayout(chunkShape: [4])
    layout.leavesOutFill = true
    layout.fillValue = try NDArray([Float.nan], shape: [])
    var values = [Float](repeating: .nan, count: 12)
    values[5] = 1
    try ZarrArray.write(try NDArray(values, shape: [12]), to: folder.path.appending("a"), layout: layout)
    let names = TemporaryFolder.files(folder.path.appending("a")).keys.filter { $0.hasPrefix("c/") }
    #expect(names == ["c/1"])
    #expect(try ZarrArray(opening: folder.path.appending("a")).read() == NDArray(values, shape: [12]))
  }

  @Test func `a folder that holds something is not written to`() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.path.appending("x").string))
    let error = try #require(throws: ArrayStoreError.self) {
      try ZarrArray.write(try NDArray([1.0], shape: [1]), to: folder.path)
    }
    #expect(error.code == .alreadyExists)
  }

  @Test func `a store in memory is read as one in a folder is`() throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 4)
    let array = try random.array(.float64, [9, 9, 9])
    try ZarrArray.write(array, to: folder.path.appending("g/a"), chunkShape: [4, 4, 4], shardShape: [8, 8, 8])
    try ZarrGroup.write(to: folder.path.appending("g"), attributes: ["x": 1])
    let source = MemorySource(TemporaryFolder.files(folder.path).mapValues { Array($0) })
    #expect(try ZarrGroup(opening: source, group: "g").members() == ["a"])
    #expect(try ZarrArray(opening: source, array: "g/a").read() == array)
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: source, array: "g/b") }
    #expect(error.code == .notFound)
  }

  @Test func `the failure of an inner chunk names chunk, inner chunk, byte and codec`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    let array = try NDArray((0..<64).map { UInt16($0) }, shape: [8, 8])
    try ZarrArray.write(array, to: path, chunkShape: [4, 4], shardShape: [8, 8])
    let file = URL(filePath: path.appending("c/0/0").string)
    var bytes = try Data(contentsOf: file)
    // Inner chunks stand one after the other, the index with 16 bytes each and its checksum behind them.
    let entry = bytes.count - 4 - 2 * 16
    let offset = (0..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[entry + $1]) }
    #expect(offset > 0)
    bytes[offset] ^= 0xff
    try bytes.write(to: file)
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: path).read() }
    #expect(
      error.description
        == "'\(path)', chunk [0, 0], byte \(offset), codec zstd: inner chunk [1, 0]: unknown frame descriptor "
        + "(chunk_corrupt)")
    #expect(error.offset == offset && error.codec == "zstd")

    // A shard whose index is broken: the byte is that where the index begins.
    bytes[offset] ^= 0xff
    bytes[entry] ^= 0xff
    try bytes.write(to: file)
    let index = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: path).read() }
    #expect(index.offset == bytes.count - 4 - 4 * 16 && index.codec == "crc32c" && index.code == .checksumMismatch)
  }
}
