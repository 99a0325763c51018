import Foundation
import Tensors
import Testing

@testable import Imaging

/// `optimal` beside SciPy's assignments, whose costs beyond the tolerance are prohibitive; see `Fixtures/optimal.py`.
@Suite struct OptimalMatchingTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let detections: [[Float]]
    let annotations: [[Float]]
    let tolerance: Double
    let voxel: [Double]?
    let matches: Int
    let distance: Double
    var testDescription: String { name }

    static let all: [Case] = {
      guard let url = Bundle.module.url(forResource: "Fixtures/optimal", withExtension: "json") else { return [] }
      return (try? JSONDecoder().decode([Case].self, from: Data(contentsOf: url))) ?? []
    }()
  }

  @Test func `there are cases`() { #expect(Case.all.count == 9) }

  @Test(arguments: Case.all)
  func `as many pairs as SciPy finds, and the same distance`(sample: Case) throws {
    let points = { (rows: [[Float]]) in rows.map { Point($0[0], $0[1], $0[2]) } }
    let tolerance =
      sample.voxel.map { Tolerance.micrometres(sample.tolerance, VoxelSize($0[0], $0[1], $0[2])) }
      ?? .pixels(sample.tolerance)
    let matching = try Matching(
      points(sample.detections), with: points(sample.annotations), tolerance: tolerance, rule: .optimal)
    #expect(matching.pairs.count == sample.matches)
    #expect(abs(matching.counts.distance - sample.distance) <= 1e-9 * max(1, sample.distance))
    #expect(Set(matching.pairs.map(\.detection)).count == sample.matches)
    #expect(Set(matching.pairs.map(\.annotation)).count == sample.matches)
    #expect(matching.pairs.allSatisfy { $0.distance <= sample.tolerance })
  }

  private func cloud(_ count: Int, _ side: Int, _ random: inout Philox) -> [Point] {
    (0..<count).map { _ in Point(Float(random.below(side)), Float(random.below(side)), Float(random.below(side))) }
  }

  @Test(arguments: 1...20)
  func `never fewer pairs than greedy, never longer where they are as many, and the same both ways`(seed: Int) throws {
    var random = Philox(seed: UInt64(seed), purpose: "optimal")
    let found = cloud(20 + random.below(120), 14, &random)
    let actual = cloud(20 + random.below(120), 14, &random)
    let greedy = try Matching(found, with: actual, tolerance: .pixels(3)).counts
    let optimal = try Matching(found, with: actual, tolerance: .pixels(3), rule: .optimal).counts
    #expect(optimal.matchedDetections >= greedy.matchedDetections)
    if optimal.matchedDetections == greedy.matchedDetections { #expect(optimal.distance <= greedy.distance + 1e-9) }
    let turned = try Matching(actual, with: found, tolerance: .pixels(3), rule: .optimal).counts
    #expect(turned.matchedDetections == optimal.matchedDetections)
    #expect(abs(turned.distance - optimal.distance) < 1e-9)
  }

  @Test func `a chain gives up a short pair for one pair more`() throws {
    let line = { (places: [Float]) in places.map { Point(0, 0, $0) } }
    let matching = try Matching(line([0, 3]), with: line([2, 5]), tolerance: .pixels(2), rule: .optimal)
    #expect(matching.pairs.map { [$0.detection, $0.annotation] } == [[0, 0], [1, 1]])
    #expect(try Matching(line([0, 3]), with: line([2, 5]), tolerance: .pixels(2)).pairs.count == 1)
  }

  @Test func `ignore boxes are dropped first`() throws {
    let area = EvaluationArea(size: Extent(1, 1, 20), ignore: [Box(lower: Extent(0, 0, 4), upper: Extent(1, 1, 6))])
    let matching = try Matching(
      [Point(0, 0, 3), Point(0, 0, 5)], with: [Point(0, 0, 4), Point(0, 0, 6)], tolerance: .pixels(3), rule: .optimal,
      area: area)
    #expect(matching.pairs == [.init(detection: 0, annotation: 1, distance: 3)])
    #expect(matching.counts.detections == 1)
  }

  @Test func `too many points are refused with what to do`() throws {
    let points = [Point](repeating: Point(0, 0, 0), count: Matching.optimalLimit.points + 1)
    let error = try #require(throws: MatchingError.self) {
      try Matching(points, with: [], tolerance: .pixels(3), rule: .optimal)
    }
    #expect(
      error.description
        == "the rule 'optimal' takes up to 200000 points a side, here are 200001 detections and 0 annotations; "
        + "use the rule 'greedy'")
  }

  @Test func `too many pairs are refused by greedy too, before they fill the memory`() throws {
    let points = [Point](repeating: Point(0, 0, 0), count: 40).map(\.vector)
    let error = try #require(throws: MatchingError.self) {
      try Matching.greedy(points, points, .pixels(3), limit: 1599)
    }
    #expect(
      error.description
        == "the rule 'greedy' takes up to 1599 pairs within the tolerance, here are more within 3.0 px; use a smaller "
        + "tolerance, or the rule 'nearest'")
    #expect(try Matching.greedy(points, points, .pixels(3), limit: 1600).count == 40)
    // No more edges are held than one beyond the limit, also where one place has many.
    #expect(MatchGraph([points[0]], points, radius: 3, most: 10).edges.count == 11)
  }

  @Test func `too many pairs are refused with what to do`() throws {
    let points = [Point](repeating: Point(0, 0, 0), count: 40)
    #expect(throws: MatchingError.self) {
      try Matching.optimal(
        points.map(\.vector), points.map(\.vector), .pixels(3), limit: (points: 100, pairs: 2000, work: 40 * 1599))
    }
    let error = try #require(throws: MatchingError.self) {
      try Matching.optimal(
        points.map(\.vector), points.map(\.vector), .pixels(3), limit: (points: 100, pairs: 1599, work: .max))
    }
    #expect(
      error.description
        == "the rule 'optimal' takes up to 1599 pairs within the tolerance of so many points, here are more within 3.0 px; "
        + "use a smaller tolerance, or the rule 'nearest'")
    #expect(
      try Matching.optimal(
        points.map(\.vector), points.map(\.vector), .pixels(3), limit: (points: 100, pairs: 1600, work: .max)
      )
      .count == 40)
  }
}
