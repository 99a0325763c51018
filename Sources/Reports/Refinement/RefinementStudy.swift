import Fingerprints
import Imaging
public import Pipeline

/// What refined detections gain over those that they were made of: the same cells of a table before and after.
public struct RefinementStudy: Sendable {
  /// Detections of one test before and after a refiner.
  public struct Pair: Sendable {
    /// What the refiner looks at: the label of the row.
    public let row: String
    /// The test.
    public let column: String
    /// The detector's own list.
    public let before: MatrixStudy.Cell
    /// The same list with the refiner's scores.
    public let after: MatrixStudy.Cell
    /// What the training of the refiner measured.
    public let refiner: [Metric]
  }

  /// In the order of the table.
  public let pairs: [Pair]

  /// Finds the pairs of a table: evaluations of refined detections beside those of the detections they were made of;
  /// nil where there are none.
  ///
  /// - Parameter study: Of the same table.
  public init?(of pivot: Plan.Entry, in plan: Plan, study: MatrixStudy) {
    let cells = zip(pivot.task.inputs.filter { $0.port == "metrics" }, study.cells).map { input, cell in
      (cell: cell, found: Self.producer(of: "detections", in: input.producer, plan))
    }
    var pairs: [Pair] = []
    for (cell, found) in cells {
      guard let found, plan.entries[found].task.prepared.kind == "refine.detections",
        let source = Self.producer(of: "detections", in: found, plan),
        let refiner = Self.producer(of: "refiner", in: found, plan),
        let before = cells.first(where: {
          $0.found == source && $0.cell.column == cell.column && $0.cell.group == cell.group
        })
      else { continue }
      pairs.append(
        Pair(
          row: cell.row, column: cell.column, before: before.cell, after: cell,
          refiner: plan.entries[refiner].manifest?.metrics ?? []))
    }
    guard !pairs.isEmpty else { return nil }
    self.init(pairs: pairs)
  }

  init(pairs: [Pair]) { self.pairs = pairs }

  private static func producer(of port: String, in task: Int, _ plan: Plan) -> Int? {
    plan.entries[task].task.inputs.first { $0.port == port }?.producer
  }
}

// MARK: - Tables

extension RefinementStudy {
  /// A line a test and refiner: F1 of all regions pooled, and how well scores put true ahead of false.
  ///
  /// - Throws: `MatchingError`.
  public func pooledGrid(title: String) throws -> Grid {
    Grid(
      title: title, header: ["test", "refined by"] + Self.gains + ["AUC before", "AUC after"],
      rows: try pairs.map { pair in
        labels(pair)
          + gain(pair.before.evaluation.pooled.f1, pair.after.evaluation.pooled.f1)
          + [.number(try pair.before.study.rankingArea()), .number(try pair.after.study.rankingArea())]
      }, labels: 2, notes: notes)
  }

  /// A line a test, refiner and region.
  public func regionGrid(title: String) -> Grid {
    Grid(
      title: title, header: ["test", "refined by", "region"] + Self.gains + ["annotations"],
      rows: pairs.flatMap { pair in
        zip(pair.before.evaluation.regions, pair.after.evaluation.regions).map { before, after in
          labels(pair) + [Grid.Cell(label: before.id)] + gain(before.scores.f1, after.scores.f1)
            + [.number(Double(before.counts.annotations), 0)]
        }
      }, labels: 3, notes: notes)
  }

  /// A line a test and refiner: what it learnt from, and how it did on validation regions.
  public func refinerGrid(title: String) -> Grid {
    let measures = [
      ("proposals", 0), ("proposals.true", 0), ("inputs", 0), ("train.auc", 3), ("validation.auc", 3),
      ("validation.f1", 3), ("tau", 3),
    ]
    return Grid(
      title: title, header: ["test", "refined by"] + measures.map(\.0),
      rows: pairs.map { pair in
        labels(pair)
          + measures.map { name, decimals in
            Grid.Cell.number(pair.refiner.first { $0.name == name }?.value, decimals)
          }
      }, labels: 2)
  }

  private static let gains = ["F1 before", "F1 after", "absolute", "relative"]

  private func labels(_ pair: Pair) -> [Grid.Cell] {
    let row = [pair.row, pair.after.group].filter { !$0.isEmpty }.joined(separator: " ")
    return [pair.column, row].map { Grid.Cell(label: $0) }
  }

  /// Before, after, and the gain as a difference and as a share of what was before.
  private func gain(_ before: Double?, _ after: Double?) -> [Grid.Cell] {
    let difference = before.flatMap { before in after.map { $0 - before } }
    let share = before.flatMap { before in before > 0 ? difference.map { $0 / before } : nil }
    return [
      .number(before), .number(after),
      Grid.Cell(Self.signed(difference, decimals: 3), difference.map { .number($0) } ?? .null),
      Grid.Cell(
        share == nil ? "n/a" : Self.signed(share.map { 100 * $0 }, decimals: 1) + "%",
        share.map { .number($0) } ?? .null),
    ]
  }

  private static func signed(_ value: Double?, decimals: Int) -> String {
    let text = fixed(value, decimals: decimals)
    return (value ?? 0) > 0 && text.contains { ("1"..."9").contains($0) } ? "+" + text : text
  }

  private var notes: [String] {
    [
      "before: the detector's list from its floor on, at its own threshold; after: the same list with a refiner's scores, "
        + "at the refiner's; both thresholds chosen on validation regions",
      "relative: of the F1 before; AUC: the share of pairs of a true and a false detection that the score puts right",
    ]
  }
}

extension Grid.Cell {
  /// A number with some decimals, or n/a.
  fileprivate static func number(_ value: Double?, _ decimals: Int = 3) -> Grid.Cell {
    Grid.Cell(fixed(value, decimals: decimals), value.map { .number($0) } ?? .null)
  }
}
