/// A counter-based random generator: what it yields depends on its keys alone, never on what was drawn before.
///
/// Philox4x32 with ten rounds. Two generators with the same seed, purpose and position yield the same numbers;
/// any difference in one of them gives an independent stream of 2^65 words. The purpose is folded into the key
/// by one block of Philox over its FNV-1a hash; the position is the upper half of the counter.
///
/// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, doi:10.1145/2063384.2063405.
public struct Philox: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let position: UInt64
  private var block: UInt64 = 0
  private var pending: UInt64?
  private var pendingNormal: Double?

  /// A generator at the start of the stream of a seed, a purpose and a position.
  ///
  /// - Parameters:
  ///   - seed: The seed of the run.
  ///   - purpose: What the numbers are for, for example `"crops"`; different purposes never share a stream.
  ///   - position: Which of many streams of one purpose, for example a training step.
  public init(seed: UInt64, purpose: String = "", position: UInt64 = 0) {
    let purposeHash = Philox.hash(purpose)
    let mixed = Philox.block(
      counter: SIMD4(Philox.low(purposeHash), Philox.high(purposeHash), 0, 0),
      key: SIMD2(Philox.low(seed), Philox.high(seed)))
    key = SIMD2(mixed[0], mixed[1])
    self.position = position
  }

  // MARK: - Draws

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if let word = pending {
      pending = nil
      return word
    }
    let words = Philox.block(
      counter: SIMD4(Philox.low(block), Philox.high(block), Philox.low(position), Philox.high(position)), key: key)
    block &+= 1
    pending = UInt64(words[2]) | UInt64(words[3]) << 32
    return UInt64(words[0]) | UInt64(words[1]) << 32
  }

  /// A number of the uniform distribution on [0, 1), a multiple of 2^-53.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number of the uniform distribution between two bounds, the upper one excluded (up to rounding).
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A whole number of the uniform distribution on `0 ..< count`.
  ///
  /// - Precondition: `count` is positive and below 2^53.
  public mutating func below(_ count: Int) -> Int {
    precondition(count > 0, "below: count is \(count), expected at least 1")
    return Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// A number of the standard normal distribution (Box and Muller 1958, with this module's own logarithm and sine).
  public mutating func normal() -> Double {
    if let value = pendingNormal {
      pendingNormal = nil
      return value
    }
    let radius = (-2 * Elementary.log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    pendingNormal = radius * Elementary.sin(angle)
    return radius * Elementary.cos(angle)
  }

  /// One block of the bijection: 128 random bits of a 128-bit counter under a 64-bit key, ten rounds.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var roundKey = key
    for _ in 0..<10 {
      let left = UInt64(state[0]) * 0xD251_1F53
      let right = UInt64(state[2]) * 0xCD9E_8D57
      state = SIMD4(
        high(right) ^ state[1] ^ roundKey[0], low(right), high(left) ^ state[3] ^ roundKey[1], low(left))
      roundKey &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }

  // MARK: - Private

  /// FNV-1a over the UTF-8 bytes of a text, 64 bits.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private static func low(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
  private static func high(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
}
