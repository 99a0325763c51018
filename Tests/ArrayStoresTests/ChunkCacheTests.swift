import Synchronization
import Testing

@testable import ArrayStores

/// Says which boxes of an array were read.
private final class WatchedArray: StoredArray {
  let values: NDArray
  let chunkShape: [Int]
  let boxes = Mutex<[Region]>([])
  var type: ElementType { values.type }
  var shape: [Int] { values.shape }

  init(_ values: NDArray, chunk: [Int]) { (self.values, chunkShape) = (values, chunk) }

  func read(_ region: Region) throws -> NDArray {
    boxes.withLock { $0.append(region) }
    return try values.region(region)
  }
}

@Suite struct ChunkCacheTests {
  private let volume: NDArray

  init() throws { volume = try NDArray((0..<5 * 7 * 9).map(UInt16.init), shape: [5, 7, 9]) }

  private static let boxes = [
    Region(start: [0, 0, 0], shape: [5, 7, 9]), Region(start: [1, 2, 3], shape: [1, 1, 1]),
    Region(start: [1, 2, 3], shape: [3, 4, 5]), Region(start: [4, 6, 8], shape: [1, 1, 1]),
    Region(start: [2, 2, 2], shape: [0, 3, 3]),
  ]

  @Test(arguments: [[2, 3, 4], [5, 7, 9], [1, 1, 1], [8, 8, 8]], [0, 100, 1 << 20])
  func `a box is the same through the cache`(chunk: [Int], limit: Int) throws {
    let cached = ChunkCache(limit: limit).caching(WatchedArray(volume, chunk: chunk))
    for box in Self.boxes + Self.boxes.reversed() { #expect(try cached.read(box) == volume.region(box)) }
  }

  @Test func `a chunk that is kept is not read again`() throws {
    let array = WatchedArray(volume, chunk: [2, 3, 4])
    let cached = ChunkCache(limit: 1 << 20).caching(array)
    _ = try cached.read(start: [0, 0, 0], shape: [2, 3, 4])
    _ = try cached.read(start: [1, 1, 1], shape: [1, 1, 2])
    #expect(array.boxes.withLock { $0 } == [Region(start: [0, 0, 0], shape: [2, 3, 4])])
  }

  @Test func `no more is kept than the limit says, and what was used last stays`() throws {
    let array = WatchedArray(volume, chunk: [1, 7, 9])
    let cache = ChunkCache(limit: 2 * 7 * 9 * 2)
    let cached = cache.caching(array)
    for plane in [0, 1, 0, 2, 0, 1] { _ = try cached.read(start: [plane, 0, 0], shape: [1, 7, 9]) }
    #expect(cache.bytes == 2 * 7 * 9 * 2)
    #expect(array.boxes.withLock { $0.map(\.start[0]) } == [0, 1, 2, 1])
  }

  @Test func `two arrays of one cache are not mistaken for one another`() throws {
    let cache = ChunkCache(limit: 1 << 20)
    let other = try NDArray((0..<5 * 7 * 9).map { UInt16(1000 + $0) }, shape: [5, 7, 9])
    let (first, second) = (
      cache.caching(WatchedArray(volume, chunk: [5, 7, 9])), cache.caching(WatchedArray(other, chunk: [5, 7, 9]))
    )
    #expect(try first.read() == volume)
    #expect(try second.read() == other)
  }

  @Test func `a box outside is refused`() throws {
    let cached = ChunkCache(limit: 1 << 20).caching(volume)
    #expect(throws: ArrayStoreError.self) { try cached.read(start: [0, 0, 5], shape: [1, 1, 5]) }
  }
}
