import Tensors
import Testing

@Suite struct PhiloxTests {
  /// Known answers of the Random123 distribution (kat_vectors, philox4x32 10).
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func `a block equals the published answer`(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>
  ) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }

  @Test func `the same keys give the same numbers`() {
    var one = Philox(seed: 7, purpose: "crops", position: 3)
    var other = Philox(seed: 7, purpose: "crops", position: 3)
    #expect((0..<100).map { _ in one.next() } == (0..<100).map { _ in other.next() })
  }

  @Test(arguments: [
    Philox(seed: 8, purpose: "crops", position: 3), Philox(seed: 7, purpose: "crop", position: 3),
    Philox(seed: 7, purpose: "crops", position: 4), Philox(seed: 7, purpose: "crops", position: 3 << 32),
  ])
  func `any other key gives other numbers`(other: Philox) {
    var one = Philox(seed: 7, purpose: "crops", position: 3)
    var other = other
    #expect((0..<4).map { _ in one.next() } != (0..<4).map { _ in other.next() })
  }

  @Test func `uniform numbers fill the unit interval evenly`() {
    var random = Philox(seed: 1, purpose: "uniform")
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 { counts[Int(random.uniform() * 10)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
  }

  @Test func `whole numbers below a bound are even`() {
    var random = Philox(seed: 1, purpose: "below")
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.below(7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
  }

  @Test func `normal numbers have mean 0, variance 1 and the tails of a bell`() {
    var random = Philox(seed: 1, purpose: "normal")
    let values = (0..<100_000).map { _ in random.normal() }
    let mean = values.reduce(0, +) / 100_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 100_000
    #expect(abs(mean) < 0.01)
    #expect(abs(variance - 1) < 0.02)
    #expect(abs(Double(values.count { abs($0) > 1.959964 }) - 5_000) < 250)
  }
}
