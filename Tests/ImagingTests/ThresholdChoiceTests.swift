import Imaging
import Testing

@Suite struct ThresholdChoiceTests {
  private let region = ThresholdChoice.Region(
    detections: Detections(
      points: [Point(0, 0, 0), Point(0, 0, 20), Point(0, 0, 50), Point(0, 0, 40)], scores: [0.9, 0.7, 0.5, 0.3]),
    annotations: [Point(0, 0, 1), Point(0, 0, 21), Point(0, 0, 41)])

  @Test func `the threshold with the largest F1 wins, of equals the largest`() throws {
    let choice = try ThresholdChoice.best([region], thresholds: [0.2, 0.3, 0.4, 0.6, 0.8], tolerance: .pixels(3))
    #expect(choice.threshold == 0.3)
    #expect(choice.f1 == 6.0 / 7)
    #expect(choice.curve.map(\.threshold) == [0.2, 0.3, 0.4, 0.6, 0.8])
  }

  @Test func `of several markers the mean of F1 decides, not the pooled counts`() throws {
    // Ten cells that want a low threshold, one that wants a high one: pooled, the ten would win.
    let many = ThresholdChoice.Region(
      detections: Detections(points: (0..<10).map { Point(0, 0, Float(20 * $0)) }, scores: (0..<10).map { _ in 0.3 }),
      annotations: (0..<10).map { Point(0, 0, Float(20 * $0)) })
    let one = ThresholdChoice.Region(
      detections: Detections(
        points: (0..<20).map { Point(0, 0, Float(20 * $0)) }, scores: [0.9] + (1..<20).map { _ in 0.4 }),
      annotations: [Point(0, 0, 0)])
    let groups = [many, one, one].map { ThresholdChoice.Group(regions: [$0], tolerance: .pixels(3)) }
    let joint = try ThresholdChoice.best(groups, thresholds: [0.2, 0.6])
    #expect(joint.threshold == 0.6)
    #expect(joint.f1 == 2.0 / 3)
    let pooled = try ThresholdChoice.best([many, one, one], thresholds: [0.2, 0.6], tolerance: .pixels(3))
    #expect(pooled.threshold == 0.2)
    // Each marker within its own tolerance.
    let far = ThresholdChoice.Region(
      detections: Detections(points: [Point(0, 0, 5)], scores: [0.9]), annotations: [Point(0, 0, 0)])
    let unlike = try ThresholdChoice.best(
      [.init(regions: [far], tolerance: .pixels(6)), .init(regions: [far], tolerance: .pixels(4))], thresholds: [0.5])
    #expect(unlike.f1 == 0.5)
  }

  @Test func `the average precision adds each gain in recall at its precision`() throws {
    let choice = try ThresholdChoice.best([region], thresholds: region.detections.scores, tolerance: .pixels(3))
    let area = try #require(choice.averagePrecision)
    #expect(abs(area - (1.0 / 3 + 1.0 / 3 + 0.75 / 3)) < 1e-12)
  }

  @Test func `logit-spaced thresholds are symmetric around one half`() {
    let thresholds = ThresholdChoice.logitSpaced()
    #expect(thresholds.count == 30)
    #expect(thresholds == thresholds.sorted())
    #expect(abs(thresholds[0] - 0.02) < 1e-6)
    #expect(zip(thresholds, thresholds.reversed()).allSatisfy { abs($0 + $1 - 1) < 1e-6 })
  }

  @Test func `rank-spaced thresholds are scores, and there is one where there are none`() {
    #expect(ThresholdChoice.rankSpaced([region.detections], annotations: 1, count: 4) == [0.3, 0.5, 0.7, 0.9])
    #expect(ThresholdChoice.rankSpaced([Detections()], annotations: 1) == [.greatestFiniteMagnitude])
  }

  @Test func `most thresholds lie on the first four detections an annotation`() {
    let points = [Point](repeating: Point(0, 0, 0), count: 1000)
    let many = Detections(points: points, scores: (0..<1000).map { Float($0) })
    let thresholds = ThresholdChoice.rankSpaced([many], annotations: 10)
    #expect(thresholds.count { $0 >= 960 } == 40)
    #expect(thresholds.first == 0)
    #expect(thresholds.last == 999)
  }
}
