import Foundation
import Imaging
import Tensors
import Testing

@Suite struct MatchingTests {
  private func line(_ places: [Float]) -> [Point] { places.map { Point(0, 0, $0) } }

  @Test func `greedy takes the shortest pair first and each point once`() throws {
    let matching = try Matching(line([0, 3]), with: line([2, 10]), tolerance: .pixels(3))
    #expect(matching.pairs == [.init(detection: 1, annotation: 0, distance: 1)])
    #expect(matching.counts.scores.f1 == 0.5)
  }

  @Test func `nearest counts every point that has a partner`() throws {
    let matching = try Matching(line([0, 3, 30]), with: line([2, 10]), tolerance: .pixels(3), rule: .nearest)
    #expect(matching.counts.matchedDetections == 2)
    #expect(matching.counts.matchedAnnotations == 1)
    #expect(matching.counts.scores.precision == 2.0 / 3)
    #expect(matching.counts.scores.recall == 0.5)
    #expect(matching.counts.scores.localisationError == 1.5)
  }

  @Test func `the tolerance itself is within the tolerance`() throws {
    #expect(try Matching([Point(0, 3, 4)], with: [Point(0, 0, 0)], tolerance: .pixels(5)).counts.matchedDetections == 1)
    #expect(
      try Matching([Point(0, 3, 4)], with: [Point(0, 0, 0)], tolerance: .pixels(4.999)).counts.matchedDetections == 0)
  }

  @Test func `micrometres use the voxel size of each axis`() throws {
    let tolerance = Tolerance.micrometres(6, VoxelSize(4, 1.8, 1.8))
    #expect(try Matching([Point(2, 0, 0)], with: [Point(0, 0, 0)], tolerance: tolerance).pairs.isEmpty)
    #expect(try Matching([Point(0, 0, 3)], with: [Point(0, 0, 0)], tolerance: tolerance).pairs.count == 1)
  }

  @Test func `equal distances are settled by indices`() throws {
    let matching = try Matching(line([1, 3]), with: line([2, 2]), tolerance: .pixels(2))
    #expect(matching.pairs.map { [$0.detection, $0.annotation] } == [[0, 0], [1, 1]])
  }

  @Test func `ignore boxes and borders drop points of both lists`() throws {
    let area = EvaluationArea(
      size: Extent(1, 1, 100), ignore: [Box(lower: Extent(0, 0, 40), upper: Extent(1, 1, 60))], border: 0)
    let matching = try Matching(line([10, 40, 70]), with: line([59, 60, 71]), tolerance: .pixels(1), area: area)
    #expect(matching.counts.detections == 2)
    #expect(matching.counts.annotations == 2)
    #expect(matching.pairs == [.init(detection: 2, annotation: 2, distance: 1)])
    let narrow = EvaluationArea(size: Extent(21, 21, 21), border: 5)
    #expect(narrow.contains(Point(5, 5, 15)))
    #expect(!narrow.contains(Point(5, 5, 15.5)))
    #expect(!narrow.contains(Point(4.9, 10, 10)))
  }

  @Test func `nothing over nothing is not a number but absent`() {
    let empty = MatchCounts().scores
    #expect(empty.precision == nil && empty.recall == nil && empty.f1 == nil && empty.localisationError == nil)
    let missed = MatchCounts(detections: 0, annotations: 4).scores
    #expect(missed.precision == nil && missed.recall == 0 && missed.f1 == 0)
  }

  @Test func `the mean leaves absent measures out and pooling adds counts`() {
    let evaluation = Evaluation(regions: [
      .init(id: "a", counts: MatchCounts(detections: 10, annotations: 10, matchedDetections: 5, matchedAnnotations: 5)),
      .init(id: "b", counts: MatchCounts()),
      .init(id: "c", counts: MatchCounts(detections: 2, annotations: 2, matchedDetections: 2, matchedAnnotations: 2)),
    ])
    #expect(evaluation.mean.f1 == 0.75)
    #expect(evaluation.regionsWithoutF1 == 1)
    #expect(evaluation.pooled.f1 == 14.0 / 24)
  }

  @Test(arguments: [MatchRule.greedy, .nearest])
  func `the tree finds what looking at all pairs finds`(rule: MatchRule) throws {
    var random = Philox(seed: 2, purpose: "match")
    let cloud = { (random: inout Philox) in
      (0..<400).map { _ in Point(Float(random.below(20)), Float(random.below(40)), Float(random.below(40))) }
    }
    let found = cloud(&random)
    let actual = cloud(&random)
    let matching = try Matching(found, with: actual, tolerance: .pixels(4), rule: rule)
    var edges: [(Double, Int, Int)] = []
    for (p, one) in found.enumerated() {
      for (t, other) in actual.enumerated() {
        let apart = SIMD3(Double(one.z - other.z), Double(one.y - other.y), Double(one.x - other.x))
        let distance = (apart * apart).sum().squareRoot()
        if distance <= 4 { edges.append((distance, p, t)) }
      }
    }
    guard rule == .greedy else {
      #expect(matching.counts.matchedDetections == Set(edges.map(\.1)).count)
      #expect(matching.counts.matchedAnnotations == Set(edges.map(\.2)).count)
      return
    }
    var used: (Set<Int>, Set<Int>) = ([], [])
    var pairs: [[Int]] = []
    for edge in edges.sorted(by: <) where !used.0.contains(edge.1) && !used.1.contains(edge.2) {
      used.0.insert(edge.1)
      used.1.insert(edge.2)
      pairs.append([edge.1, edge.2])
    }
    #expect(matching.pairs.map { [$0.detection, $0.annotation] } == pairs)
  }

  // MARK: - Golden counts of SciPy

  private struct Golden: Decodable {
    struct Counts: Decodable {
      let greedy: Int
      let optimal: Int
      let detections: Int?
      let annotations: Int?

      enum CodingKeys: String, CodingKey {
        case greedy = "greedy_tp"
        case optimal = "hungarian_tp"
        case detections = "pred_with_truth_within"
        case annotations = "truth_with_pred_within"
      }
    }
    let results: [String: Counts]
  }

  @Test(.enabled(if: RealData.isHere, RealData.absent), arguments: ["cfos_969", "cfos_753", "microglia_1874"])
  func `counts equal the golden ones of SciPy at every tolerance`(name: String) throws {
    let folder = try #require(RealData.folder)
    let data = try Data(contentsOf: folder.appendingPathComponent("golden/match_expected.json"))
    let golden = try #require(try JSONDecoder().decode([String: Golden].self, from: data)[name])
    let found = try RealData.rows("golden/match_\(name)_pred.csv").map { Point($0[0], $0[1], $0[2]) }
    let kind = name.prefix { $0 != "_" }
    let actual = try RealData.rows("\(kind)/\(name)_centres.csv").map { Point($0[1], $0[2], $0[3]) }
    #expect(golden.results.count >= 9)
    for (key, counts) in golden.results {
      let parts = key.split(separator: "_")
      let distance = try #require(Double(parts[1]))
      let tolerance: Tolerance =
        parts[0] == "px" ? .pixels(distance) : .micrometres(distance, VoxelSize(6, 1.62, 1.62))
      let greedy = try Matching(found, with: actual, tolerance: tolerance).counts
      #expect(greedy.matchedDetections == counts.greedy, "\(name) \(key)")
      let optimal = try Matching(found, with: actual, tolerance: tolerance, rule: .optimal).counts
      #expect(optimal.matchedDetections == counts.optimal, "\(name) \(key)")
      guard let detections = counts.detections else { continue }
      let nearest = try Matching(found, with: actual, tolerance: tolerance, rule: .nearest).counts
      #expect(nearest.matchedDetections == detections, "\(name) \(key)")
      #expect(nearest.matchedAnnotations == counts.annotations, "\(name) \(key)")
    }
  }
}
