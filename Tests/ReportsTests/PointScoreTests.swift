import Imaging
import Pipeline
import Testing

@testable import Artifacts
@testable import Reports

@Suite struct PointScoreTests {
  private func points(_ regions: [(String, [Point])]) -> PointFile {
    PointFile(
      regions: regions.map { name, points in
        .init(name: name, detections: Detections(points: points, scores: points.map { _ in 1 }))
      })
  }

  private let cells = [Point(1, 5, 5), Point(1, 20, 20), Point(1, 20, 60)]
  private let found = [Point(1, 5, 6), Point(1, 28, 28), Point(1, 20, 62), Point(3, 20, 60)]

  @Test func `one region pairs with one where a file names none`() throws {
    let score = try PointScore(points([("", found)]), against: points([("test-1", cells)]), .init())
    let grid = try score.grid(title: "t")
    #expect(grid.rows.count == 1)
    #expect(grid.rows[0].map(\.text) == ["test-1", "0.571", "0.500", "0.667", "1.500", "4", "3", "2"])
    #expect(
      grid.notes[0] == "matching: one-to-one by distance (greedy), within 6 px, in pixels of index space")
  }

  @Test func `rules, boxes, thresholds and micrometres are those that are asked for, and stated`() throws {
    var rules = PointScore.Rules()
    rules.settings = ScoringSettings(rule: .nearest, unit: .um)
    (rules.tolerance, rules.voxelSize) = (6, VoxelSize(4, 2, 2))
    rules.ignore = [Box(lower: Extent(0, 0, 0), upper: Extent(2, 10, 10))]
    let grid = try PointScore(points([("", found)]), against: points([("", cells)]), rules).grid(title: "t")
    // Within 6 um of (1, 20, 60): 4 um beside; 2 planes of 4 um are too far.
    #expect(grid.rows[0].map(\.text) == ["all", "0.400", "0.333", "0.500", "4.000", "3", "2", "1"])
    #expect(
      grid.notes.prefix(2) == [
        "matching: many-to-one (nearest), within 6 um, in micrometres", "left out: 1 ignore box, a border of 0 px",
      ])
  }

  @Test func `regions pair by name, are pooled and averaged, and one without predictions is missed`() throws {
    let score = try PointScore(
      points([("b", cells)]), against: points([("a", cells), ("b", cells), ("c", [])]), .init())
    let grid = try score.grid(title: "t")
    #expect(grid.rows.map { $0[1].text } == ["0.000", "1.000", "n/a", "0.667", "0.500"])
    #expect(grid.notes.contains("1 regions hold neither detections nor annotations: n/a, in no mean"))
  }

  @Test func `what does not fit together is told with what to do`() throws {
    func refusal(_ predictions: PointFile, _ change: (inout PointScore.Rules) -> Void = { _ in }) throws -> String {
      var rules = PointScore.Rules()
      change(&rules)
      return try #require(throws: TaskFailure.self) {
        try PointScore(predictions, against: points([("a", cells), ("b", cells)]), rules)
      }.message
    }
    #expect(
      try refusal(points([("c", cells)]))
        == "the predictions have a region 'c', the annotations have 'a', 'b'; regions pair by their names")
    #expect(
      try refusal(points([("", cells)]))
        == "the predictions have points without a region, the annotations have 'a', 'b'; regions pair by their names")
    var plain = points([("a", cells)])
    plain.hasScores = false
    #expect(
      try refusal(plain) { $0.settings.tau = 0.5 }
        == "a threshold of 0.500 needs scores, and the predictions have none; leave --tau out")
    let other = try #require(throws: TaskFailure.self) {
      try PointScore(points([("a", cells)]), against: points([("b", cells)]), .init())
    }
    #expect(
      other.message
        == "the predictions have a region 'a', the annotations have 'b'; regions pair by their names")
    let unnamed = try #require(throws: TaskFailure.self) {
      try PointScore(points([("a", cells), ("b", cells)]), against: points([("", cells)]), .init())
    }
    #expect(
      unnamed.message
        == "the predictions have a region 'a', the annotations have one without a name; regions pair by their names")
    #expect(
      try refusal(points([("a", cells)])) { $0.border = 5 }
        == "a border of 5 pixels needs the size of the volume; say it with --size z,y,x")
    #expect(
      try refusal(points([("a", cells)])) { $0.settings.unit = .um }
        == "a tolerance in micrometres needs the voxel size; say it with --voxel z,y,x")
  }

  @Test func `an empty file is one empty region, on either side, whatever its format`() throws {
    let table = PointFile(regions: [], hasScores: false)
    let markers = PointFile(regions: [.init(detections: Detections())], hasScores: false)
    for empty in [table, markers] {
      let none = try PointScore(points([("a", cells), ("b", cells)]), against: empty, .init()).grid(title: "t")
      #expect(none.rows.map { $0[0].text } == ["a", "b", "pooled", "mean"])
      #expect(none.rows[0].map(\.text) == ["a", "0.000", "0.000", "n/a", "n/a", "3", "0", "0"])
      var rules = PointScore.Rules()
      rules.settings.tau = 0.5
      let missed = try PointScore(empty, against: points([("a", cells), ("b", cells)]), rules).grid(title: "t")
      #expect(missed.rows[0].map(\.text) == ["a", "0.000", "n/a", "0.000", "n/a", "0", "3", "0"])
      #expect(try PointScore(empty, against: empty, .init()).grid(title: "t").rows[0][0].text == "all")
    }
  }

  @Test func `a point far away costs the intervals and nothing else`() throws {
    let far = [Point(1, 5, 5), Point(1e9, 1e9, 1e9), Point(3e38, -3e38, 0)]
    let grid = try PointScore(points([("", far)]), against: points([("", far)]), .init()).grid(title: "t")
    #expect(grid.rows[0][1].text == "1.000")
    #expect(
      grid.notes.last
        == "no intervals: more than 100000 blocks of 40 px lie between 0 and the last point, or in the size")
  }
}
