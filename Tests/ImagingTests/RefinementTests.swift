import Foundation
import Testing

@testable import Imaging

/// What the refinement of detections takes from images and scores.
@Suite struct RefinementTests {
  // MARK: - Ranking

  private struct Ranking: Decodable {
    let scores: [Double]
    let labels: [Bool]
    let area: Double
  }

  @Test func `the area under the ROC curve is SciPy's, ties counted half`() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/ranking", withExtension: "json"))
    let cases = try JSONDecoder().decode([Ranking].self, from: Data(contentsOf: url))
    try #require(cases.count == 4)
    for item in cases {
      let found = try #require(RankingArea.value(scores: item.scores, isTrue: item.labels))
      #expect(abs(found - item.area) < 1e-12)
    }
    #expect(RankingArea.value(scores: [1, 2], isTrue: [true, true]) == nil)
    #expect(RankingArea.value(scores: [], isTrue: []) == nil)
    #expect(RankingArea.value(scores: [1, 2], isTrue: [false, true]) == 1)
  }

  // MARK: - Crops

  @Test(arguments: [
    (Point(10, 20, 30), Extent(2, 4, 14)), (Point(0, 0, 0), Extent(0, 0, 0)), (Point(19, 39, 59), Extent(4, 8, 28)),
    (Point(9.5, 19.4, -3), Extent(2, 3, 0)), (Point(100, 24, 44), Extent(4, 8, 28)),
  ])
  func `a crop is centred on its point, at a border moved inside`(point: Point, lower: Extent) {
    let box = Box(centredOn: point, size: Extent(16, 32, 32), within: Extent(20, 40, 60))
    #expect(box.lower == lower)
    #expect(box.size == Extent(16, 32, 32))
  }

  @Test func `local intensities are those of the voxel, its core and the crop`() {
    let size = Extent(6, 8, 8)
    var volume = Volume(size: size, values: (0..<size.count).map { Float($0 % 7) })
    volume[3, 4, 4] = 50
    volume[0, 0, 0] = -9
    let found = LocalIntensity.values(at: Point(3.2, 3.6, 4), in: volume, crop: Box(size))
    let core = volume.cropped(to: Box(lower: Extent(2, 2, 2), upper: Extent(5, 7, 7))).values
    func moments(_ values: [Float]) -> (Float, Float) {
      let mean = values.reduce(0, +) / Float(values.count)
      let square = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Float(values.count)
      return (mean, square.squareRoot())
    }
    let (near, far) = (moments(core), moments(volume.values))
    let expected: [Float] = [50, near.0, near.1, far.0, far.1, -9, 50]
    #expect(found.count == LocalIntensity.names.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func `a core at a corner is cut, not moved`() {
    let volume = Volume(size: Extent(4, 8, 8), values: (0..<256).map(Float.init))
    let found = LocalIntensity.values(at: Point(0, 0, 0), in: volume, crop: Box(Extent(4, 8, 8)))
    // Two planes of three rows of three.
    #expect(found[0] == 0 && found[1] == 41)
  }

  // MARK: - Impostors

  private static let plain = PhantomSettings(
    marker: .cfos, size: Extent(24, 128, 128), train: 1, validation: 0, test: 0)
  private static let planted: PhantomSettings = {
    var settings = plain
    settings.impostors = 1
    return settings
  }()

  @Test func `impostors leave cells and truth as they are, and none means the phantom as it was`() {
    let one = Phantom.region(Self.plain, seed: 5, role: .train, index: 0)
    let other = Phantom.region(Self.planted, seed: 5, role: .train, index: 0)
    #expect(one.centres == other.centres && one.size == other.size && one.values != other.values)
    var none = Self.planted
    none.impostors = 0
    #expect(Phantom.region(none, seed: 5, role: .train, index: 0) == one)
  }

  @Test func `impostors are as bright as cells, as many as asked, and apart from them`() throws {
    var (cells, rods) = ([Double](), [Double]())
    for seed in 1...3 as ClosedRange<UInt64> {
      let impostors = Phantom.impostors(Self.planted, seed: seed, role: .train, index: 0)
      let region = Phantom.region(Self.planted, seed: seed, role: .train, index: 0)
      #expect(impostors.count == region.centres.count)
      let size = Phantom.voxelSize
      for impostor in impostors {
        for cell in region.centres {
          let apart = SIMD3(
            Double(impostor.z - cell.z) * size.z, Double(impostor.y - cell.y) * size.y,
            Double(impostor.x - cell.x) * size.x)
          #expect((apart * apart).sum().squareRoot() > 17.999)
        }
      }
      let volume = region.volume
      func contrast(_ point: Point) -> Double {
        let near = Box(centredOn: point, size: Extent(3, 3, 3), within: region.size)
        let far = Box(centredOn: point, size: Extent(9, 31, 31), within: region.size)
        let around = volume.cropped(to: far).values.sorted()
        let background = Double(around[around.count / 2])
        return Double(volume.cropped(to: near).values.max() ?? 0) / background - 1
      }
      cells += region.centres.map(contrast)
      rods += impostors.map(contrast)
    }
    try #require(cells.count > 100 && rods.count > 100)
    let (cell, rod) = (cells.sorted()[cells.count / 2], rods.sorted()[rods.count / 2])
    #expect(abs(rod / cell - 1) < 0.15, "cells \(cell), rods \(rod)")
  }
}
