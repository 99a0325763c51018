import Synchronization

/// Memory of a tensor: floats aligned to 64 bytes, given back to the pool it came from.
///
/// - Safety: the pointer is private to the folder `Kernels`, valid for `count` floats as long as the object lives, and
///   every access from outside goes through `Floats`, which checks its range. Invariant behind `@unchecked Sendable`:
///   memory is written only by the operation that made it, by disjoint units of work, before its tensor is handed on;
///   later writes happen through `Tensor.mutate`, which copies shared memory first.
@safe final class Storage: @unchecked Sendable {
  let count: Int
  fileprivate let base: UnsafeMutablePointer<Float>
  private let pool: BufferPool?

  /// Memory with unspecified content.
  init(uninitialised count: Int, pool: BufferPool?) {
    self.count = count
    self.pool = pool
    let bytes = Storage.bytes(for: count)
    let raw = unsafe pool?.take(bytes) ?? Storage.allocate(bytes)
    unsafe base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  deinit {
    let raw = unsafe UnsafeMutableRawPointer(base)
    if let pool {
      unsafe pool.give(raw, bytes: Storage.bytes(for: count))
    } else {
      unsafe raw.deallocate()
    }
  }

  private static func bytes(for count: Int) -> Int { max(64, (count * 4 + 63) / 64 * 64) }

  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
  }
}

/// Buffers that wait for their next use, so that a training step allocates next to nothing after the first.
///
/// Kept and used memory together stay within one and a half times the largest amount that was in use at once, or within
/// `BufferPool.small`, below which nothing is worth freeing.
///
/// - Safety: a pointer in `kept` has no other owner.
@safe final class BufferPool: Sendable {
  private struct State {
    var kept: [Int: [UInt]] = [:]
    var keptBytes = 0
    var usedBytes = 0
    var peakBytes = 0
    var allocations = 0
  }
  private let state = Mutex(State())
  private static let small = 32 << 20

  /// How often memory came from the system and not from here.
  var allocations: Int { state.withLock { $0.allocations } }

  fileprivate func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let found: UInt? = state.withLock { state in
      state.usedBytes += bytes
      state.peakBytes = max(state.peakBytes, state.usedBytes)
      if let address = state.kept[bytes]?.popLast() {
        state.keptBytes -= bytes
        return address
      }
      state.allocations += 1
      BufferPool.trim(&state)
      return nil
    }
    if let found, let pointer = unsafe UnsafeMutableRawPointer(bitPattern: found) { return unsafe pointer }
    return unsafe Storage.allocate(bytes)
  }

  fileprivate func give(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let address = UInt(bitPattern: pointer)
    state.withLock { state in
      state.usedBytes -= bytes
      state.keptBytes += bytes
      state.kept[bytes, default: []].append(address)
    }
  }

  /// Frees kept buffers, the largest first, until the limit is met.
  private static func trim(_ state: inout State) {
    let limit = max(state.peakBytes + state.peakBytes / 2, BufferPool.small)
    guard state.keptBytes + state.usedBytes > limit else { return }
    for bytes in state.kept.keys.sorted(by: >) {
      while state.keptBytes + state.usedBytes > limit, let address = state.kept[bytes]?.popLast() {
        state.keptBytes -= bytes
        unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
      }
    }
  }

  deinit {
    state.withLock { state in
      for address in state.kept.values.joined() { unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
    }
  }
}

/// A run of floats in some memory, whose range is checked; what kernels read and write.
struct Floats: Sendable {
  let storage: Storage
  let start: Int
  let count: Int

  init(_ storage: Storage, start: Int = 0, count: Int? = nil) {
    let count = count ?? storage.count - start
    precondition(start >= 0 && count >= 0 && start + count <= storage.count, "floats: outside of the memory")
    self.storage = storage
    self.start = start
    self.count = count
  }

  /// The floats in a range that counts from the first one here.
  subscript(_ range: Range<Int>) -> Floats {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "floats: \(range) is outside of \(count)")
    return Floats(storage, start: start + range.lowerBound, count: range.count)
  }

  subscript(_ index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "floats: \(index) is outside of \(count)")
      return unsafe storage.base[start + index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "floats: \(index) is outside of \(count)")
      unsafe storage.base[start + index] = newValue
    }
  }

  /// The `index`th of the pieces of `length` floats.
  func piece(_ index: Int, of length: Int) -> Floats { self[index * length..<(index + 1) * length] }

  /// Where the floats lie; valid while `storage` is kept alive.
  @unsafe var pointer: UnsafeMutablePointer<Float> { unsafe storage.base + start }

  func withSpan<R>(_ body: (Span<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      let buffer = unsafe UnsafeBufferPointer(start: pointer, count: count)
      return try unsafe body(buffer.span)
    }
  }

  func withMutableSpan<R>(_ body: (inout MutableSpan<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      let buffer = unsafe UnsafeMutableBufferPointer(start: pointer, count: count)
      var span = unsafe buffer.mutableSpan
      return try body(&span)
    }
  }

  var array: [Float] {
    withExtendedLifetime(storage) { unsafe Array(UnsafeBufferPointer(start: pointer, count: count)) }
  }

  func fill(_ value: Float) {
    withExtendedLifetime(storage) { unsafe pointer.update(repeating: value, count: count) }
  }

  func copy(from other: Floats) {
    precondition(other.count == count, "copy: \(other.count) floats into \(count)")
    withExtendedLifetime((storage, other.storage)) { unsafe pointer.update(from: other.pointer, count: count) }
  }
}
