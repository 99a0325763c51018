import Tensors

/// A perceptron with one hidden layer, trained on all rows at once by Adam (Kingma and Ba 2015, arXiv:1412.6980).
///
/// Lowers the mean over rows of log(1 + exp(-y f)) plus `l2` / 2 times the squared weights, over the number of rows: the
/// scale of `LogisticRegression`.
public struct PerceptronTraining: Sendable {
  private let hidden: Int
  private let steps: Int
  private let rate: Double
  private let l2: Double
  private let seed: UInt64

  /// A training by its settings.
  ///
  /// - Parameters:
  ///   - hidden: Units of the hidden layer.
  ///   - steps: Of Adam, each over all rows.
  ///   - rate: Adam's, constant.
  ///   - seed: What the first weights are drawn by.
  public init(hidden: Int, steps: Int, rate: Double, l2: Double, seed: UInt64) {
    precondition(hidden > 0 && steps > 0 && l2 >= 0, "perceptron: \(hidden) units, \(steps) steps, l2 \(l2)")
    (self.hidden, self.steps, self.rate, self.l2, self.seed) = (hidden, steps, rate, l2, seed)
  }

  /// Fits a classifier.
  ///
  /// - Parameter labels: Whether each row is of the first class.
  public func fit(_ rows: [[Double]], labels: [Bool]) -> FeatureClassifier {
    fit(rows, labels: labels, from: started(width: rows.first?.count ?? 0).numbers)
  }

  /// - Parameter numbers: The first weights: of the hidden layer, its biases, of the output, its bias.
  func fit(_ rows: [[Double]], labels: [Bool], from numbers: [Double]) -> FeatureClassifier {
    precondition(rows.count == labels.count, "perceptron: \(rows.count) rows, \(labels.count) labels")
    let scale = FeatureScale(of: rows)
    let inputs = rows.map { scale.applied(to: $0) }
    var weights = Weights(width: scale.mean.count, hidden: hidden, numbers: numbers)
    var (mean, square) = (weights.zeros, weights.zeros)
    for step in 1...steps {
      let gradient = gradient(at: weights, inputs, labels)
      let (first, second) = (1 - Elementary.pow(0.9, step), 1 - Elementary.pow(0.999, step))
      for index in weights.numbers.indices {
        mean[index] = 0.9 * mean[index] + 0.1 * gradient[index]
        square[index] = 0.999 * square[index] + 0.001 * gradient[index] * gradient[index]
        weights.numbers[index] -= rate * (mean[index] / first) / ((square[index] / second).squareRoot() + 1e-8)
      }
    }
    return FeatureClassifier(scale: scale, layers: weights.layers)
  }

  // MARK: - Private

  /// All weights in one list: hidden weights and biases, then those of the output.
  private struct Weights {
    let width: Int
    let hidden: Int
    var numbers: [Double]

    var zeros: [Double] { [Double](repeating: 0, count: numbers.count) }
    /// Where the hidden biases, the weights and the bias of the output begin.
    var places: (biases: Int, output: Int, bias: Int) {
      (hidden * width, hidden * width + hidden, hidden * width + 2 * hidden)
    }

    var layers: [FeatureClassifier.Layer] {
      [
        .init(weights: Array(numbers[..<places.biases]), biases: Array(numbers[places.biases..<places.output])),
        .init(weights: Array(numbers[places.output..<places.bias]), biases: [numbers[places.bias]]),
      ]
    }
  }

  /// Weights after Glorot and Bengio 2010, biases zero.
  private func started(width: Int) -> Weights {
    var random = Philox(seed: seed, purpose: "perceptron")
    var weights = Weights(
      width: width, hidden: hidden, numbers: [Double](repeating: 0, count: hidden * (width + 2) + 1))
    let (first, second) = ((6 / Double(width + hidden)).squareRoot(), (6 / Double(hidden + 1)).squareRoot())
    for index in 0..<weights.places.biases { weights.numbers[index] = random.uniform(in: -first...first) }
    for index in weights.places.output..<weights.places.bias {
      weights.numbers[index] = random.uniform(in: -second...second)
    }
    return weights
  }

  private func gradient(at weights: Weights, _ rows: [[Double]], _ labels: [Bool]) -> [Double] {
    var gradient = weights.zeros
    let (numbers, places, width) = (weights.numbers, weights.places, weights.width)
    let first = weights.layers[0]
    for (row, label) in zip(rows, labels) {
      var active = first.applied(to: row)
      for unit in active.indices { active[unit] = max(0, active[unit]) }
      var margin = numbers[places.bias]
      for unit in 0..<hidden { margin += numbers[places.output + unit] * active[unit] }
      let error = (FeatureClassifier.sigmoid(margin) - (label ? 1 : 0)) / Double(rows.count)
      gradient[places.bias] += error
      for unit in 0..<hidden where active[unit] > 0 {
        gradient[places.output + unit] += error * active[unit]
        let back = error * numbers[places.output + unit]
        gradient[places.biases + unit] += back
        for index in 0..<width { gradient[unit * width + index] += back * row[index] }
      }
    }
    let decay = l2 / Double(rows.count)
    for index in 0..<places.biases { gradient[index] += decay * numbers[index] }
    for index in places.output..<places.bias { gradient[index] += decay * numbers[index] }
    return gradient
  }
}
