import Imaging
import Tensors
import Testing

@testable import Reports

/// Pictures of what was found, false and missed.
@Suite struct OutcomeSheetTests {
  private static let region = Extent(20, 120, 150)

  /// Cells in one corner: the window must go there.
  private static let cells = (0..<30).map { place -> Point in
    let (z, y, x) = (12 + place % 3, 70 + place * 7 % 45, 40 + place * 11 % 100)
    return Point(Float(z), Float(y), Float(x))
  }

  private static func sheet(_ outcome: RegionOutcome, side: Int = 112, area: EvaluationArea? = nil) -> OutcomeSheet {
    let window = PictureWindow(
      of: region, voxelSize: VoxelSize(4, 1.8, 1.8), tolerance: 6, annotations: cells, side: side)
    let size = window.box.size
    // Grey noise: what compresses worst.
    let values = (0..<size.count).map { Float(UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) >> 20) }
    return OutcomeSheet(
      volume: Volume(size: size, values: values, voxelSize: VoxelSize(4, 1.8, 1.8)), window: window,
      area: area ?? EvaluationArea(size: region),
      rows: [OutcomeSheet.Row(title: "NeuN model (its own)", outcome: outcome)])
  }

  private static func outcome(found: [Point] = [], wrong: [Point] = [], missed: [Point] = []) throws -> RegionOutcome {
    let scored = ScoredRegion(
      id: "r", detections: Detections(points: found + wrong, scores: (found + wrong).map { _ in 1 }),
      annotations: found + missed, area: EvaluationArea(size: region), voxelSize: nil, tolerance: 0.5)
    return try scored.outcome(ScoringSettings())
  }

  @Test func `the window holds the most annotations, and as many planes as twice the tolerance`() {
    let window = PictureWindow(
      of: Self.region, voxelSize: VoxelSize(4, 1.8, 1.8), tolerance: 6, annotations: Self.cells)
    #expect(window.box.size == Extent(5, 112, 112))
    #expect(window.box.lower == Extent(10, 8, 28))
    #expect(window.plane == 13)
    #expect(Self.cells.count { window.box.contains($0) } == 30)
  }

  @Test func `a region smaller than the window is shown whole, one without annotations from its start`() {
    let small = PictureWindow(of: Extent(2, 30, 40), voxelSize: nil, tolerance: 6, annotations: [Point(1, 3, 3)])
    #expect(small.box == Imaging.Box(Extent(2, 30, 40)))
    let empty = PictureWindow(of: Extent(9, 300, 300), voxelSize: nil, tolerance: 2, annotations: [])
    #expect(empty.box == Imaging.Box(lower: .zero, upper: Extent(4, 112, 112)) && empty.plane == 0)
  }

  /// All windows, each counted: what the choice must come to.
  private static func best(of size: Extent, _ shape: [Int], _ annotations: [Point]) -> [Int] {
    var best: (count: Int, lower: [Int]) = (-1, [])
    let starts = zip(zip(size.axes, shape), [1, 28, 28]).map { sizes, step in
      Array(stride(from: 0, to: sizes.0 - sizes.1, by: step)) + [sizes.0 - sizes.1]
    }
    for z in starts[0] {
      for y in starts[1] {
        for x in starts[2] {
          let box = Imaging.Box(lower: Extent(z, y, x), upper: Extent(z + shape[0], y + shape[1], x + shape[2]))
          let count = annotations.count { box.contains($0) }
          if count > best.count { best = (count, [z, y, x]) }
        }
      }
    }
    return best.lower
  }

  @Test(arguments: [Extent(4, 112, 112), Extent(5, 113, 140), Extent(9, 250, 252), Extent(12, 300, 169)])
  func `the window is that of a count of all windows, the first of equals`(size: Extent) {
    for number in 0..<6 {
      var random = Philox(seed: UInt64(number), purpose: "windows", position: 0)
      let points = (0..<(1 << number)).map { _ in
        Point(
          Float(random.below(4 * size.z)) / 4, Float(random.below(4 * size.y)) / 4, Float(random.below(4 * size.x)) / 4)
      }
      let window = PictureWindow(of: size, voxelSize: nil, tolerance: 2, annotations: points)
      #expect(window.box.lower.axes == Self.best(of: size, [4, 112, 112], points), "\(number)")
    }
  }

  @Test func `a brain of 128 billion voxels has a window, and points outside of it hit none`() {
    let size = Extent(2000, 8000, 8000)
    let cells = [
      Point(1999, 7999, 7999), Point(1998, 7990, 7990), Point(-1, 4, 4), Point(.nan, 4, 4), Point(4, 8000, 4),
    ]
    let window = PictureWindow(of: size, voxelSize: nil, tolerance: 2, annotations: cells)
    #expect(window.box.lower == Extent(1996, 7888, 7888) && window.box.upper == size)
  }

  @Test func `marks lie on the voxels of their points, in both views`() throws {
    let (found, wrong, missed) = (Point(13, 60, 80), Point(13, 30, 60), Point(12, 90, 120))
    let sheet = Self.sheet(try Self.outcome(found: [found], wrong: [wrong], missed: [missed]))
    let picture = sheet.picture()
    let (zoom, lower, top) = (3, sheet.window.box.lower, 2 * 20 + 10 + 2 * 20)
    for left in [10, 2 * 10 + 112 * zoom] {
      // The middle pixel of the voxel; a circle and a square are around it, a cross is on it.
      func pixel(_ point: Point, _ dx: Int, _ dy: Int) -> [UInt8] {
        let x = left + (Int(point.x) - lower.x) * zoom + 1 + dx
        let y = top + (Int(point.y) - lower.y) * zoom + 1 + dy
        return Array(picture.pixels[(y * picture.width + x) * 3..<(y * picture.width + x) * 3 + 3])
      }
      func bytes(_ colour: RGB) -> [UInt8] { [colour.red, colour.green, colour.blue] }
      #expect(pixel(wrong, 0, 0) == bytes(OutcomeMark.wrong.colour))
      #expect(pixel(wrong, 3, 3) == bytes(OutcomeMark.wrong.colour))
      #expect(pixel(wrong, 6, 0) != bytes(OutcomeMark.wrong.colour))
      for (dx, dy) in [(6, 0), (-6, 0), (0, 6), (0, -6)] {
        #expect(pixel(found, dx, dy) == bytes(OutcomeMark.found.colour), "\(left) \(dx) \(dy)")
      }
      #expect(pixel(missed, 5, 4) == bytes(OutcomeMark.missed.colour))
      #expect(pixel(missed, -5, -4) == bytes(OutcomeMark.missed.colour))
      #expect(pixel(missed, 0, 0) != bytes(OutcomeMark.missed.colour))
    }
  }

  @Test func `a plane shows cells at most one plane away, a maximum those of its planes`() throws {
    let points = (8..<18).map { plane -> Point in Point(Float(plane), 60, Float(8 * plane - 14)) }
    let sheet = Self.sheet(try Self.outcome(found: points))
    func planes(_ isSingle: Bool) throws -> [Float] {
      try sheet.marks(of: Self.outcome(found: points), isSingle: isSingle).flatMap(\.points).map(\.z)
    }
    #expect(try planes(true) == [12, 13, 14])
    #expect(try planes(false) == [10, 11, 12, 13, 14])
  }

  @Test func `all marks of a window as large as its region are the counts of the evaluation`() throws {
    let region = Extent(3, 60, 60)
    let cells = (0..<20).map { place -> Point in Point(1, Float(3 * place % 60), Float(place * 17 % 60)) }
    let scored = ScoredRegion(
      id: "r",
      detections: Detections(
        points: cells.prefix(12).map { Point($0.z, $0.y + 1, $0.x) } + [Point(2, 59, 1)],
        scores: [Float](repeating: 1, count: 13)),
      annotations: cells, area: EvaluationArea(size: region), voxelSize: nil, tolerance: 1.5)
    let outcome = try scored.outcome(ScoringSettings())
    let window = PictureWindow(of: region, voxelSize: nil, tolerance: 1.5, annotations: cells)
    let sheet = OutcomeSheet(
      volume: Volume(size: region), window: window, area: scored.area, rows: [.init(title: "m", outcome: outcome)])
    let marks = Dictionary(
      uniqueKeysWithValues: sheet.marks(of: outcome, isSingle: false).map { ($0.mark, $0.points.count) })
    let counts = try DetectionStudy(regions: [scored]).evaluation().pooledCounts
    #expect(marks[.found] == counts.matchedDetections && counts.matchedDetections > 9)
    #expect(marks[.wrong] == counts.detections - counts.matchedDetections)
    #expect(marks[.missed] == counts.annotations - counts.matchedAnnotations)
  }

  @Test func `what does not count is hatched`() throws {
    let box = Imaging.Box(lower: Extent(0, 20, 50), upper: Extent(20, 40, 90))
    let plain = Self.sheet(try Self.outcome()).picture()
    let hatched = Self.sheet(
      try Self.outcome(), area: EvaluationArea(size: Self.region, ignore: [box])
    ).picture()
    let changed = plain.pixels.indices.count { plain.pixels[$0] != hatched.pixels[$0] }
    // Half of the 20 x 40 x 9 pixels of the box, three bytes each, in two views; black ones stay as they are.
    #expect(changed > 19_440 && changed <= 21_600)
  }

  @Test func `six sheets of three detectors leave room in a report of five megabytes`() throws {
    let outcome = try Self.outcome(found: Self.cells, missed: Self.cells.map { Point($0.z, $0.y - 20, $0.x) })
    var rows: [OutcomeSheet.Row] = []
    for _ in 0..<3 { rows.append(.init(title: "NeuN model (its own)", outcome: outcome)) }
    let one = Self.sheet(outcome)
    let sheet = OutcomeSheet(volume: one.volume, window: one.window, area: one.area, rows: rows)
    let bytes = try sheet.png()
    #expect(6 * bytes.count * 4 / 3 < 3_500_000)
    #expect(try sheet.png() == bytes)
  }
}
