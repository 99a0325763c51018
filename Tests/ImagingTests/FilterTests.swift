import Imaging
import Testing

@Suite struct FilterTests {
  @Test func `the Gaussian filter equals SciPy's`() throws {
    let reference = try Reference.load()
    let smooth = GaussianFilter.applied(to: reference.volume, sigma: SIMD3(0.8, 1.2, 1.2))
    #expect(largestDifference(smooth.values, reference.gaussian) < 0.01)
  }

  @Test func `the mean filter equals SciPy's`() throws {
    let reference = try Reference.load()
    let mean = MeanFilter.applied(to: reference.volume, window: Extent(3, 5, 7))
    #expect(largestDifference(mean.values, reference.mean) < 0.01)
  }

  @Test func `percentiles equal NumPy's for counts and for other numbers`() throws {
    let reference = try Reference.load()
    let percents = [0, 0.5, 37.3, 99.8, 100]
    let found = Percentiles.of(reference.values, at: percents)
    #expect(zip(found, reference.percentiles).allSatisfy { abs($0 - $1) < 1e-6 })
    let halves = Percentiles.of(reference.values.map { $0 / 2 + 0.25 }, at: percents)
    #expect(zip(halves, reference.percentiles).allSatisfy { abs($0 - ($1 / 2 + 0.25)) < 1e-6 })
  }

  @Test(arguments: [Extent(1, 1, 1), Extent(1, 7, 1), Extent(2, 3, 50)])
  func `filters leave a constant volume as it is, whatever its size`(size: Extent) {
    let volume = Volume(size: size, repeating: 3)
    #expect(largestDifference(GaussianFilter.applied(to: volume, sigma: SIMD3(2, 3, 4)).values, volume.values) < 1e-5)
    #expect(largestDifference(MeanFilter.applied(to: volume, window: Extent(9, 61, 61)).values, volume.values) < 1e-5)
  }
}
