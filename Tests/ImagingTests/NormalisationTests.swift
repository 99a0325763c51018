import Imaging
import Testing

@Suite struct NormalisationTests {
  private let ramp = Volume(size: Extent(1, 1, 1001), values: (0...1000).map { Float($0) })

  @Test func `percentiles become 0 and 1 without a clip`() {
    let method = Normalisation.percentile()
    let values = method.measured(on: ramp)
    #expect(values == NormalisationValues(low: 5, high: 998))
    let scaled = method.applied(to: ramp, values)
    #expect(scaled.values[5] == 0)
    #expect(abs(scaled.values[998] - 1) < 1e-6)
    #expect(scaled.values[0] < 0)
    #expect(scaled.values[1000] > 1)
  }

  @Test func `a clip keeps values within 0 and 1`() {
    let scaled = Normalisation.percentile(clips: true).applied(to: ramp)
    #expect(scaled.values.min() == 0)
    #expect(scaled.values.max() == 1)
  }

  @Test func `an empty region stays finite`() {
    let flat = Volume(size: Extent(2, 3, 4), repeating: 7)
    #expect(Normalisation.percentile().applied(to: flat).values.allSatisfy { $0 == 0 })
    #expect(Normalisation.logRatio().applied(to: flat).values.allSatisfy { abs($0) < 1e-6 })
    let dark = Volume(size: Extent(2, 3, 4), repeating: 0)
    #expect(Normalisation.logRatio().applied(to: dark).values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [Float(0.5), 3, 20])
  func `the log ratio does not change with the gain`(gain: Float) throws {
    let reference = try Reference.load()
    let louder = Volume(size: reference.extent, values: reference.values.map { $0 * gain })
    let one = Normalisation.logRatio(window: Extent(3, 5, 5)).applied(to: reference.volume)
    let other = Normalisation.logRatio(window: Extent(3, 5, 5)).applied(to: louder)
    #expect(largestDifference(one.values, other.values) < 1e-4)
    #expect(one.values.allSatisfy { $0 >= -0.5 && $0 <= 2 })
    #expect(one.values.contains(-0.5))
  }
}
