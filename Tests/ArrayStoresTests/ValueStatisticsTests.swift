import Testing

@testable import ArrayStores

@Suite struct ValueStatisticsTests {
  @Test func `large integers keep their digits`() throws {
    let values: [Int32] = [16_777_217, 16_777_219, .max, -5]
    let found = try ValueStatistics(of: NDArray(values, shape: [4]))
    #expect((found.count, found.notFinite) == (4, 0))
    #expect((found.minimum, found.maximum) == (-5, 2_147_483_647))
    #expect(found.mean == Double(16_777_217 + 16_777_219 + 2_147_483_647 - 5) / 4)
  }

  @Test func `small differences between large numbers are seen`() throws {
    var random = Sequence64(seed: 5)
    let offsets = try random.array(.uint16, [1000]).values(as: UInt16.self).map { Double($0) / 65_536 }
    let found = try ValueStatistics(of: NDArray(offsets.map { 1e9 + $0 }, shape: [1000]))
    let mean = offsets.reduce(0, +) / 1000
    let deviation = (offsets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1000).squareRoot()
    #expect(abs(found.mean - 1e9 - mean) < 1e-6)
    #expect(abs(found.deviation - deviation) < 1e-6)
    #expect(abs(found.percentiles[2] - 1e9 - offsets.sorted()[499]) < 1e-3)
  }

  @Test func `percentiles keep what numbers hold beside a large one`() throws {
    let values = (0..<1000).map { 1e9 + Double($0) * 1e-6 }
    let found = try ValueStatistics(of: NDArray(values, shape: [1000]), percents: [25, 50, 75])
    for (percentile, place) in zip(found.percentiles, [249, 499, 749]) {
      #expect(abs(percentile - values[place]) < 1e-6, "\(percentile)")
    }
  }

  @Test func `numbers whose differences are larger than any are finite, and their statistics too`() throws {
    let most = Double.greatestFiniteMagnitude
    let found = try ValueStatistics(of: NDArray([most, -most, 1, .nan, .infinity], shape: [5]))
    #expect((found.count, found.notFinite) == (3, 2))
    #expect((found.minimum, found.maximum) == (-most, most))
    #expect(found.mean.isFinite && found.deviation == most && found.percentiles.allSatisfy(\.isFinite))
    // The last of all: the bins reach from one end to the other.
    let ends = try ValueStatistics(of: NDArray([most, -most], shape: [2]), percents: [0, 100])
    // 65,536 bins: a percentile is right to one of them.
    #expect(ends.percentiles[0] == -most && most - ends.percentiles[1] <= most / 32_767)
    let large = try ValueStatistics(of: NDArray([1e300, -1e300, 1], shape: [3]))
    #expect((large.minimum, large.maximum, large.notFinite) == (-1e300, 1e300, 0))
  }
}
