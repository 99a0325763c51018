import Imaging
import Testing

/// What can be measured on an image of a phantom.
private struct Measured {
  let background: Double
  let noise: Double
  let stripes: Double

  init(_ region: PhantomRegion) {
    let size = region.size
    let values = region.values.map(Double.init)
    background = Measured.median(values)
    var steps: [Double] = []
    for place in stride(from: 0, to: values.count - 1, by: 3) { steps.append(abs(values[place + 1] - values[place])) }
    noise = 1.4826 * Measured.median(steps) / 2.0.squareRoot() / background
    var square = 0.0
    for z in 0..<size.z {
      let rows = (0..<size.y).map { y in
        let start = size.offset(z, y, 0)
        return Measured.median(Array(values[start..<(start + size.x)]))
      }
      for y in 7..<(size.y - 7) {
        let change = rows[y] - rows[(y - 7)...(y + 7)].reduce(0, +) / 15
        square += change * change
      }
    }
    stripes = (square / Double(size.z * (size.y - 14))).squareRoot() / background
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// The peaks near the centres over the median around them, relative to it.
  static func contrasts(_ region: PhantomRegion) -> [Double] {
    let volume = region.volume
    return region.centres.map { centre in
      let voxel = Extent(Int(centre.z.rounded()), Int(centre.y.rounded()), Int(centre.x.rounded()))
      let near = Box(lower: voxel, upper: Extent(voxel.z + 1, voxel.y + 1, voxel.x + 1))
      let peak = volume.cropped(to: near.grown(by: Extent(1, 1, 1), within: region.size)).values
      let around = volume.cropped(to: near.grown(by: Extent(4, 15, 15), within: region.size)).values.map(Double.init)
      let background = median(around)
      return (Double(peak.max() ?? 0) - background) / background
    }
  }
}

@Suite struct PhantomTests {
  private static func regions(_ marker: PhantomMarker) -> [PhantomRegion] {
    Phantom.regions(
      PhantomSettings(marker: marker, size: Extent(24, 128, 128), train: 2, validation: 0, test: 1), seed: 3)
  }

  @Test(.enabled(if: Build.isOptimised, Build.slow), arguments: PhantomMarker.allCases)
  func `noise and stripes are those of the real volumes`(marker: PhantomMarker) throws {
    for region in PhantomTests.regions(marker) {
      let measured = Measured(region)
      #expect((0.016...0.042).contains(measured.noise), "\(region.id) \(measured.noise)")
      #expect((0.009...0.030).contains(measured.stripes), "\(region.id) \(measured.stripes)")
      #expect((1_300...3_800).contains(measured.background), "\(region.id) \(measured.background)")
    }
  }

  @Test(.enabled(if: Build.isOptimised, Build.slow))
  func `the contrast of c-Fos is that of the real volumes`() {
    let settings = PhantomSettings(marker: .cfos, size: Extent(32, 192, 192), train: 6, validation: 0, test: 0)
    let contrasts = Phantom.regions(settings, seed: 3).flatMap(Measured.contrasts).sorted()
    let percentile = { (share: Double) in contrasts[Int(share * Double(contrasts.count - 1))] }
    #expect(contrasts.count > 400)
    #expect(abs(percentile(0.1) - 0.35) < 0.1, "\(percentile(0.1))")
    #expect(abs(percentile(0.5) - 0.55) < 0.12, "\(percentile(0.5))")
    #expect(abs(percentile(0.9) - 1.3) < 0.35, "\(percentile(0.9))")
  }

  @Test(
    .enabled(if: Build.isOptimised, Build.slow),
    arguments: [
      (PhantomMarker.neun, 60_000.0...150_000), (.cfos, 1_500...20_000), (.pv, 500...6_000), (.th, 4_000...20_000),
      (.iba1, 6_000...11_500), (.gfap, 5_000...40_000),
    ])
  func `densities are those of the table, and small regions grow to hold enough cells`(
    marker: PhantomMarker, range: ClosedRange<Double>
  ) {
    for region in PhantomTests.regions(marker) {
      let cubicMillimetres = Double(region.size.count) * 4 * 1.8 * 1.8 * 1e-9
      let density = Double(region.centres.count) / cubicMillimetres
      #expect(density > 0.8 * range.lowerBound && density < range.upperBound, "\(region.id) \(density)")
      #expect(region.centres.count >= 40, "\(region.id) \(region.centres.count)")
    }
  }

  @Test func `a further region changes no other`() {
    let few = PhantomSettings(marker: .neun, size: Extent(8, 48, 48), train: 1, validation: 1, test: 1)
    let more = PhantomSettings(marker: .neun, size: Extent(8, 48, 48), train: 2, validation: 1, test: 2)
    let regions = Phantom.regions(more, seed: 1)
    #expect(regions.map(\.id) == ["train-1", "train-2", "validation-1", "test-1", "test-2"])
    #expect(Phantom.regions(few, seed: 1) == [regions[0], regions[2], regions[3]])
    #expect(Phantom.regions(few, seed: 2)[0].values != regions[0].values)
  }

  @Test(.enabled(if: Build.isOptimised, Build.slow))
  func `the third test region is out of distribution`() {
    let settings = PhantomSettings(marker: .cfos, size: Extent(24, 128, 128), train: 0, validation: 0, test: 3)
    let regions = Phantom.regions(settings, seed: 3)
    let medians = regions.map { Measured.median(Measured.contrasts($0)) }
    #expect(medians[2] < 0.75 * min(medians[0], medians[1]), "\(medians)")
    #expect(Measured(regions[2]).stripes > 1.3 * Measured(regions[0]).stripes)
  }

  @Test(.enabled(if: Build.isOptimised, Build.slow))
  func `astrocytes are brighter beside their centres, neurons at them`() {
    let ring = { (region: PhantomRegion) -> Double in
      let volume = region.volume
      let ratios = region.centres.filter { $0.y > 12 && $0.x > 12 && $0.y < 110 && $0.x < 110 }.map { centre in
        let (z, y, x) = (Int(centre.z.rounded()), Int(centre.y.rounded()), Int(centre.x.rounded()))
        var beside: Float = 0
        for dy in -8...8 {
          for dx in -8...8 where (16...64).contains(dy * dy + dx * dx) {
            beside = max(beside, volume[z, y + dy, x + dx])
          }
        }
        return Double(beside / volume[z, y, x])
      }
      return Measured.median(ratios)
    }
    let astrocytes = PhantomTests.regions(.gfap)[0]
    let microglia = PhantomTests.regions(.iba1)[0]
    #expect(ring(astrocytes) > 1.1)
    #expect(ring(microglia) < 0.9)
  }

  @Test(.enabled(if: Build.isOptimised, Build.slow))
  func `without a share of contrast all markers are equally bright`() {
    let bright = { (marker: PhantomMarker, share: Double) -> Double in
      let settings = PhantomSettings(
        marker: marker, size: Extent(24, 128, 128), train: 3, validation: 0, test: 0, contrastShare: share)
      return Measured.median(Phantom.regions(settings, seed: 3).flatMap(Measured.contrasts))
    }
    #expect(bright(.th, 1) / bright(.cfos, 1) > 1.8)
    #expect(bright(.th, 0) / bright(.cfos, 0) < 1.5)
  }
}
