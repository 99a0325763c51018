import Foundation
import Tensors
import Testing

@testable import Neural

/// The classifiers of a refiner against SciPy and PyTorch; `Fixtures/make_refiner_fixtures.py` writes what those give.
@Suite struct FeatureClassifierTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let count: Int
    let width: Int
    let l2: Double
    let salt: Int
    let labels: [Bool]
    let probabilities: [Double]
    let hidden: Int?
    let steps: Int?
    let rate: Double?
    var testDescription: String { "\(count) x \(width), l2 \(l2)" }

    /// Columns on several scales, the last one constant, the one before it the sum of two others.
    var rows: [[Double]] {
      let noise = Tensor.noise([count * width], salt).values.map(Double.init)
      return (0..<count).map { row in
        var values = (0..<width).map { column in
          noise[row * width + column] * [1, 10, 100][column % 3] + Double(column)
        }
        values[width - 1] = 4
        values[width - 2] = values[0] + values[1]
        return values
      }
    }
  }

  private struct Content: Decodable {
    let logistic: [Case]
    let perceptron: [Case]
  }

  private static let content: Content? = {
    guard let url = Bundle.module.url(forResource: "Fixtures/refiner", withExtension: "json") else { return nil }
    return (try? Data(contentsOf: url)).flatMap { try? JSONDecoder().decode(Content.self, from: $0) }
  }()

  @Test func `there are cases`() { #expect(Self.content?.logistic.count == 3 && Self.content?.perceptron.count == 2) }

  @Test(arguments: content?.logistic ?? [])
  func `logistic regression finds SciPy's minimum`(sample: Case) {
    let found = LogisticRegression.fit(sample.rows, labels: sample.labels, l2: sample.l2)
    for (row, expected) in zip(sample.rows, sample.probabilities) {
      #expect(abs(found.probability(of: row) - expected) <= 1e-6)
    }
    #expect(found == LogisticRegression.fit(sample.rows, labels: sample.labels, l2: sample.l2))
  }

  @Test(arguments: content?.perceptron ?? [])
  func `a perceptron follows PyTorch's Adam`(sample: Case) throws {
    let hidden = try #require(sample.hidden)
    let training = PerceptronTraining(
      hidden: hidden, steps: try #require(sample.steps), rate: try #require(sample.rate), l2: sample.l2, seed: 1)
    let start = Tensor.noise([hidden * (sample.width + 2) + 1], sample.salt + 2).values.map { Double($0) / 2 }
    let found = training.fit(sample.rows, labels: sample.labels, from: start)
    for (row, expected) in zip(sample.rows, sample.probabilities) {
      #expect(abs(found.probability(of: row) - expected) <= 1e-9)
    }
  }

  /// Four corners, of which two opposite ones are true: no line parts them.
  @Test func `a perceptron learns what no line parts, the same for the same seed`() {
    let rows = (0..<4).map { [Double($0 & 1), Double($0 >> 1)] }
    let labels = [true, false, false, true]
    func fit(_ seed: UInt64) -> FeatureClassifier {
      PerceptronTraining(hidden: 8, steps: 300, rate: 0.05, l2: 0, seed: seed).fit(rows, labels: labels)
    }
    #expect(zip(rows, labels).allSatisfy { (fit(1).probability(of: $0) > 0.5) == $1 })
    #expect(fit(1) == fit(1) && fit(1) != fit(2))
    let line = LogisticRegression.fit(rows, labels: labels, l2: 1)
    #expect(rows.allSatisfy { abs(line.probability(of: $0) - 0.5) < 1e-9 })
  }

  @Test func `a constant column tells nothing, and probabilities stay finite far outside`() {
    let rows = [[1, 7], [2, 7], [3, 7], [4, 7]].map { $0.map(Double.init) }
    let found = LogisticRegression.fit(rows, labels: [false, false, true, true], l2: 0.1)
    #expect(found.scale.deviation[1] == 1 && found.layers[0].weights[1] == 0)
    #expect(found.probability(of: [1e9, 7]) == 1 && found.probability(of: [-1e9, 7]) == 0)
    #expect(abs(found.probability(of: [2.5, 1e6]) - 0.5) < 1e-6)
  }

  @Test(arguments: MaskedAutoencoderFixtureTests.cases)
  func `the feature of a crop is the mean of PyTorch's patch tokens`(item: MaskedAutoencoderFixtureTests.Case) throws {
    let (model, crops) = (try item.start(), item.inputs(0).crops)
    let expected = try Fixtures("mae")["\(item.name).features"]
    let (tokens, width) = (item.configuration.tokens, item.configuration.encoder.width)
    let found = model.meanTokens(crops, on: Engine(threads: 2))
    #expect(found == model.meanTokens(crops, on: Engine(threads: 1)))
    try #require(found.count == item.batch && expected.shape == [item.batch, 1 + tokens, width])
    for (sample, feature) in found.enumerated() {
      for index in 0..<width {
        let sum = (1...tokens).reduce(0.0) {
          $0 + Double(expected.values[(sample * (1 + tokens) + $1) * width + index])
        }
        #expect(abs(Double(feature[index]) - sum / Double(tokens)) <= 2e-5)
      }
    }
    let none = Tensor(zeros: [0] + item.configuration.crop)
    #expect(model.meanTokens(none, on: Engine(threads: 1)).isEmpty)
  }
}
