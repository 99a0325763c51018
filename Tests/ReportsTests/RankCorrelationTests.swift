import Foundation
import Reports
import Testing

private struct Case: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let first: [Double]
  let second: [Double]
  let coefficient: Double
  var testDescription: String { name }

  static func all() throws -> [Case] {
    try JSONDecoder().decode([Case].self, from: Data(contentsOf: fixture("spearman.json")))
  }
}

@Suite struct RankCorrelationTests {
  // The cases are written by Fixtures/spearman.py.
  @Test(arguments: try Case.all())
  private func `the coefficient is that of SciPy`(item: Case) throws {
    let correlation = RankCorrelation(item.first, item.second)
    #expect(abs(try #require(correlation.coefficient) - item.coefficient) < 1e-12)
    #expect(correlation.count == item.first.count)
  }

  @Test(arguments: [([], []), ([1.0], [2.0]), ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])] as [([Double], [Double])])
  func `too few pairs or a constant side give n over a`(first: [Double], second: [Double]) {
    #expect(RankCorrelation(first, second).coefficient == nil)
  }

  @Test func `cells are paired by label whatever the order, without baselines and n over a`() {
    let columns = ["a", "b"].map { Matrix.Column(label: $0) }
    let left = Matrix(
      title: "l", metric: "m", columns: columns,
      rows: [
        .init(label: "a", values: [0.9, 0.2]), .init(label: "b", values: [0.1, nil]),
        .init(label: "dog", kind: .baseline, values: [0.7, 0.6]),
      ])
    let right = Matrix(
      title: "r", metric: "m", columns: columns.reversed(),
      rows: [
        .init(label: "dog", values: [0.5, 0.4]), .init(label: "b", values: [0.8, 0.3]),
        .init(label: "a", values: [0.4, 0.7]),
      ])
    let comparison = MatrixComparison(.init(left, label: "l"), .init(right, label: "r"))
    #expect(comparison.all == RankCorrelation([0.9, 0.2, 0.1], [0.7, 0.4, 0.3]))
    #expect(comparison.all.coefficient == 1)
    #expect(comparison.offDiagonal.count == 2)
  }
}
