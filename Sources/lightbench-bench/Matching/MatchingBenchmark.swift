import Foundation
import Imaging
import Tensors

/// The whole of `make bench-matching`: lists of points paired by each rule, on one thread.
struct MatchingBenchmark {
  static let usage = """
    usage: lightbench-bench matching [--quick]
      --quick           a hundredth of the points, once each; writes nothing
    A whole run writes results/benchmarks/matching.md and matching.json.
    """

  /// Lists of points, and what is asked of a rule on them.
  struct Case {
    let rule: MatchRule
    /// On each side.
    let points: Int
    /// Annotations within the tolerance of a place, on average.
    let degree: Double
    /// Whether detections are jittered annotations, with 15% of them anywhere; else both sides are random.
    let isJittered: Bool
    /// Seconds that it may take.
    let floor: Double
  }

  static let cases: [Case] =
    [MatchRule.greedy, .nearest].flatMap { rule in
      [(1.8, true), (1.8, false), (6, false)].map { degree, isJittered in
        Case(rule: rule, points: 1_000_000, degree: degree, isJittered: isJittered, floor: 10)
      }
    }
    + [(1.8, true), (1.8, false), (3, false), (6, true), (6, false), (12, false)].map { degree, isJittered in
      Case(rule: .optimal, points: 100_000, degree: degree, isJittered: isJittered, floor: 60)
    }

  private let isQuick: Bool

  init(_ words: [String]) throws {
    guard words.isEmpty || words == ["--quick"] else {
      throw BenchmarkError("'\(words.joined(separator: " "))' is no option\n\(Self.usage)")
    }
    isQuick = !words.isEmpty
  }

  /// Measures everything, prints it, and writes it where the run was a whole one.
  func run() throws {
    let report = MatchingReport(rows: try Self.cases.map(measure))
    print(report.markdown, terminator: "")
    guard !isQuick else { return note("nothing is written: this was not a whole run") }
    let folder = URL(filePath: "results/benchmarks")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(report.markdown.utf8).write(to: folder.appending(path: "matching.md"))
    try report.json.write(to: folder.appending(path: "matching.json"))
    note("results/benchmarks/matching.md, results/benchmarks/matching.json")
  }

  // MARK: - Private

  private static let tolerance = 6.0

  private func measure(_ sample: Case) throws -> MatchingReport.Row {
    let count = isQuick ? sample.points / 100 : sample.points
    // A cube in which a ball of the tolerance holds `degree` points on average.
    let ball = 4 / 3 * Double.pi * Self.tolerance * Self.tolerance * Self.tolerance
    let side = cbrt(Double(count) * ball / sample.degree)
    var random = Philox(seed: 1, purpose: "matching")
    let actual = (0..<count).map { _ in Self.anywhere(side, &random) }
    let found = actual.map { point in
      guard sample.isJittered, random.uniform() < 0.85 else { return Self.anywhere(side, &random) }
      func shifted(_ value: Float) -> Float { value + Float(2 * random.normal()) }
      return Point(shifted(point.z), shifted(point.y), shifted(point.x))
    }
    let repeats = try (0..<(isQuick ? 1 : 3)).map { _ in
      try Timed { try Matching(found, with: actual, tolerance: .pixels(Self.tolerance), rule: sample.rule).counts }
    }
    let row = MatchingReport.Row(sample, counts: repeats[0].value, seconds: repeats.map(\.seconds).sorted())
    note(row.text)
    return row
  }

  private static func anywhere(_ side: Double, _ random: inout Philox) -> Point {
    Point(Float(side * random.uniform()), Float(side * random.uniform()), Float(side * random.uniform()))
  }
}
