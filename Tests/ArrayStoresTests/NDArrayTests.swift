import Fingerprints
import Testing

@testable import ArrayStores

/// A small generator with a fixed sequence, so that properties are tried on the same cases each time.
struct Sequence64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 29) &* 0x9e37_79b9_7f4a_7c15
  }

  mutating func next(_ bound: Int) -> Int { Int(next() >> 33) % bound }

  mutating func array(_ type: ElementType, _ shape: [Int]) throws -> NDArray {
    let count = shape.reduce(1, *) * type.size
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 40) }
    return try NDArray(type: type, shape: shape, bytes: type == .bool ? bytes.map { $0 & 1 } : bytes)
  }
}

@Suite struct NDArrayTests {
  @Test func `values come back as they went in`() throws {
    #expect(try NDArray([Int16(-2), 300], shape: [2]).values(as: Int16.self) == [-2, 300])
    #expect(try NDArray([true, false], shape: [1, 2]).bytes == [1, 0])
    #expect(try NDArray([Float(0.5)], shape: []).values() == [Float(0.5)])
  }

  @Test func `asking for another type is an error`() throws {
    let array = try NDArray([UInt16(1)], shape: [1])
    let error = try #require(throws: ArrayStoreError.self) { try array.values(as: Float.self) }
    #expect(error.message == "an array of uint16 has no values of type float32")
  }

  @Test(arguments: [([2, 3], 5), ([-1], 0), ([Int.max, 2], 1), ([], 0)])
  func `values that do not fill a shape are refused`(shape: [Int], count: Int) {
    #expect(throws: ArrayStoreError.self) { try NDArray([UInt8](repeating: 0, count: count), shape: shape) }
    #expect(throws: ArrayStoreError.self) {
      try NDArray(type: .uint8, shape: shape, bytes: [UInt8](repeating: 0, count: count))
    }
  }

  @Test func `any numeric type converts to Float`() throws {
    #expect(try NDArray([true], shape: [1]).floats() == [1])
    #expect(try NDArray([Int8(-3)], shape: [1]).floats() == [-3])
    #expect(try NDArray([UInt16(65535)], shape: [1]).floats() == [65535])
    #expect(try NDArray([Int64(-1) << 40], shape: [1]).floats() == [-0x1p40])
    #expect(try NDArray([UInt64.max], shape: [1]).floats() == [0x1p64])
    #expect(try NDArray([0.1], shape: [1]).floats() == [Float(0.1)])
  }

  @Test func `a region is the box that it names`() throws {
    let array = try NDArray((0..<24 as Range<UInt8>).map { $0 }, shape: [2, 3, 4])
    let part = try array.region(Region(start: [1, 0, 2], shape: [1, 3, 2]))
    #expect(try part.values(as: UInt8.self) == [14, 15, 18, 19, 22, 23])
    #expect(throws: ArrayStoreError.self) { try array.region(Region(start: [1, 0, 2], shape: [2, 1, 1])) }
    #expect(throws: ArrayStoreError.self) { try array.region(Region(start: [0, 0], shape: [1, 1])) }
    #expect(throws: ArrayStoreError.self) { try array.region(Region(start: [0, 0, .max], shape: [1, 1, .max])) }
  }

  // MARK: - Digests

  @Test func `the logical digest is what its definition says`() throws {
    // Computed by hand from the definition, so that nobody changes it unawares.
    let array = try NDArray([UInt16(1), 2, 3], shape: [3])
    var leaf = ContentHasher(domain: "lightbench.array.leaf.1")
    leaf.update(UInt64(0))
    leaf.update([1, 0, 2, 0, 3, 0])
    var whole = ContentHasher(domain: "lightbench.array.1")
    try whole.update(
      ["type": "uint16", "shape": [3], "axes": ["x"], "voxel_size": [1.5], "attributes": ["a": 1]])
    whole.update(leaf.finalise())
    #expect(try array.logicalDigest(axes: ["x"], voxelSize: [1.5], attributes: ["a": 1]) == whole.finalise())
  }

  @Test func `everything that has a meaning changes the digest`() throws {
    var random = Sequence64(seed: 3)
    let array = try random.array(.uint16, [3, 300, 4])
    var changed = array.bytes
    changed[changed.count - 1] ^= 1
    let digests = [
      try array.logicalDigest(),
      try array.logicalDigest(axes: ["z", "y", "x"]),
      try array.logicalDigest(axes: ["z", "y", "x"], voxelSize: [1, 1, 1]),
      try array.logicalDigest(axes: ["z", "y", "x"], voxelSize: [1, 1, 2]),
      try array.logicalDigest(attributes: ["a": 1]),
      try array.reshaped([300, 3, 4]).logicalDigest(),
      try NDArray(type: .int16, shape: array.shape, bytes: array.bytes).logicalDigest(),
      try NDArray(type: .uint16, shape: array.shape, bytes: changed).logicalDigest(),
      try NDArray(type: .uint16, shape: [0, 300, 4], bytes: []).logicalDigest(),
      try NDArray(type: .uint16, shape: [1, 0, 4], bytes: []).logicalDigest(),
    ]
    #expect(Set(digests).count == digests.count)
  }

  @Test func `axes of another rank are refused`() throws {
    let array = try NDArray([Float(1)], shape: [1])
    #expect(throws: ArrayStoreError.self) { try array.logicalDigest(axes: ["z", "y"]) }
    #expect(throws: ArrayStoreError.self) { try array.logicalDigest(voxelSize: [1, 1]) }
    #expect(throws: CanonicalError.self) { try array.logicalDigest(voxelSize: [.nan]) }
  }

  // MARK: - Checksums and errors

  @Test func `crc32c has the values of RFC 3720`() {
    func checksum(_ bytes: [UInt8]) -> UInt32 { unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) } }
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(checksum([UInt8](repeating: 255, count: 32)) == 0x62a8_ab43)
    #expect(checksum([UInt8](0..<32)) == 0x46dd_794e)
    #expect(checksum(Array("123456789".utf8)) == 0xe306_9283)
  }

  @Test func `an error names its place`() throws {
    let error = try #require(throws: ArrayStoreError.self) {
      try ArrayStoreError.located(store: "a.zarr", array: "x") {
        try ArrayStoreError.located(store: "other", chunk: [1, 2]) {
          throw ArrayStoreError(.chunkCorrupt, "it is broken", store: "a.zarr")
        }
      }
    }
    #expect(error.description == "'a.zarr', array 'x', chunk [1, 2]: it is broken (chunk_corrupt)")
  }
}
