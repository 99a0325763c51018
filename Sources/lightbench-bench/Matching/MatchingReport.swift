import Foundation
import Imaging

/// What a run of the benchmark of matching found, as a table for people and as JSON.
struct MatchingReport: Encodable {
  /// One rule on one pair of lists.
  struct Row: Encodable {
    let rule: String
    let points: Int
    let degree: Double
    let lists: String
    let matches: Int
    /// Sorted.
    let seconds: [Double]
    let floor: Double

    init(_ sample: MatchingBenchmark.Case, counts: MatchCounts, seconds: [Double]) {
      rule = sample.rule.rawValue
      points = counts.annotations
      degree = sample.degree
      lists = sample.isJittered ? "jittered" : "random"
      matches = counts.matchedDetections
      self.seconds = seconds
      floor = sample.floor
    }

    var median: Double { seconds[seconds.count / 2] }
    var text: String {
      "\(rule), \(points) a side, \(lists), \(degree.text(1)) within the tolerance: \(median.text(2)) s"
    }
  }

  let machine = Machine.description
  let commit = Machine.commit
  let rows: [Row]

  init(rows: [Row]) { self.rows = rows }

  private enum CodingKeys: String, CodingKey { case machine, commit, rows }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  var markdown: String {
    let table = TextTable(
      ["rule", "points a side", "lists", "within the tolerance", "matches", "s", "floor s", ""],
      rows: rows.map { row in
        [
          row.rule, "\(row.points)", row.lists, row.degree.text(1), "\(row.matches)", row.median.text(2),
          row.floor.text(0), row.median <= row.floor ? "met" : "missed",
        ]
      })
    return """
      # Matching
      \(machine); commit \(commit). Points in a cube, tolerance 6 px, one thread; medians of \(rows[0].seconds.count). \
      Jittered: detections are annotations moved by a normal of 2 px along each axis, 15% of them anywhere; random: both \
      sides uniform. Within the tolerance: annotations within the tolerance of a place, on average.

      \(table.markdown)

      """
  }
}
