import Synchronization

/// Keeps the chunks that were read last, of any number of stored arrays, up to a number of bytes.
///
/// For those who read many small boxes of arrays that are too large to be held. What is kept never changes what is read.
public final class ChunkCache: Sendable {
  fileprivate struct Key: Hashable {
    let array: Int
    let place: [Int]
  }

  private struct Kept {
    let chunk: NDArray
    var lastUse: Int
  }

  private struct State {
    var kept: [Key: Kept] = [:]
    var bytes = 0
    var uses = 0
    var arrays = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: Bytes of decoded chunks that are kept; the chunk read last stays whatever its size.
  public init(limit: Int) { self.limit = limit }

  /// The array, its chunks kept here.
  public func caching(_ array: any StoredArray) -> CachedArray {
    let number = state.withLock { state in
      state.arrays += 1
      return state.arrays
    }
    return CachedArray(array: array, number: number, cache: self)
  }

  /// Bytes of the chunks that are kept now.
  public var bytes: Int { state.withLock { $0.bytes } }

  fileprivate func chunk(_ key: Key, read: () throws -> NDArray) rethrows -> NDArray {
    let found = state.withLock { state in
      state.uses += 1
      state.kept[key]?.lastUse = state.uses
      return state.kept[key]?.chunk
    }
    if let found { return found }
    let chunk = try read()
    state.withLock { state in
      guard state.kept[key] == nil else { return }
      while state.bytes + chunk.bytes.count > limit,
        let oldest = state.kept.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.kept[oldest.key] = nil
        state.bytes -= oldest.value.chunk.bytes.count
      }
      state.kept[key] = Kept(chunk: chunk, lastUse: state.uses)
      state.bytes += chunk.bytes.count
    }
    return chunk
  }
}

/// A stored array that is read a chunk at a time, through a cache.
public struct CachedArray: StoredArray {
  private let array: any StoredArray
  private let number: Int
  private let cache: ChunkCache

  fileprivate init(array: any StoredArray, number: Int, cache: ChunkCache) {
    (self.array, self.number, self.cache) = (array, number, cache)
  }

  /// As of the array itself.
  public var type: ElementType { array.type }
  /// As of the array itself.
  public var shape: [Int] { array.shape }
  /// As of the array itself.
  public var chunkShape: [Int] { array.chunkShape }

  /// The values of a box, put together from its chunks.
  public func read(_ region: Region) throws -> NDArray {
    try region.check(inside: shape)
    var target = [UInt8](repeating: 0, count: try Shape.count(region.shape) * type.size)
    let size = chunkShape
    let met = Shape.chunks(meeting: region, of: size)
    try Shape.forEachIndex(from: met.low, upTo: met.high) { place in
      let start = zip(place, size).map { $0 * $1 }
      let whole = Region(start: start, shape: start.indices.map { min(size[$0], shape[$0] - start[$0]) })
      guard let part = whole.intersection(region) else { return }
      let chunk = try cache.chunk(ChunkCache.Key(array: number, place: place)) { try array.read(whole) }
      Memory.copy(
        part.shape, elementSize: type.size, from: chunk.bytes, shape: whole.shape, at: part.relative(to: start).start,
        to: &target, shape: region.shape, at: part.relative(to: region.start).start)
    }
    return NDArray(checked: type, region.shape, target)
  }
}
