import Tensors

/// Tells two classes apart by a row of numbers: standardised, then through layers, in Double and in a fixed order.
///
/// Between layers negative numbers become 0; the last layer has one output, whose sigmoid is the probability of the
/// first class. One layer is a logistic regression.
public struct FeatureClassifier: Sendable, Equatable {
  /// Weighted sums of what comes in.
  public struct Layer: Sendable, Equatable {
    /// `[outputs, inputs]`.
    public var weights: [Double]
    /// One an output.
    public var biases: [Double]

    /// A layer from its numbers.
    ///
    /// - Precondition: As many weights as `biases` says, times the inputs.
    public init(weights: [Double], biases: [Double]) {
      precondition(!biases.isEmpty && weights.count % biases.count == 0, "layer: \(weights.count) weights")
      self.weights = weights
      self.biases = biases
    }

    /// How many numbers come in.
    public var inputs: Int { weights.count / biases.count }

    func applied(to input: [Double]) -> [Double] {
      biases.indices.map { output in
        let first = output * input.count
        var sum = biases[output]
        for index in input.indices { sum += weights[first + index] * input[index] }
        return sum
      }
    }
  }

  /// How rows are standardised.
  public let scale: FeatureScale
  /// From the first to the last.
  public let layers: [Layer]

  /// A classifier from its layers.
  ///
  /// - Precondition: Each layer takes what the one before it gives; the last gives one number.
  public init(scale: FeatureScale, layers: [Layer]) {
    let widths = [scale.mean.count] + layers.map(\.biases.count)
    precondition(widths.last == 1 && !layers.isEmpty, "classifier: the last layer gives \(widths.last ?? 0) numbers")
    precondition(
      zip(layers, widths).allSatisfy { $0.inputs == $1 }, "classifier: layers of \(layers.map(\.inputs)) for \(widths)")
    self.scale = scale
    self.layers = layers
  }

  /// The probability of the first class.
  ///
  /// - Parameter row: As many numbers as the classifier was fitted to.
  public func probability(of row: [Double]) -> Double {
    var values = scale.applied(to: row)
    for (place, layer) in layers.enumerated() {
      values = layer.applied(to: values)
      if place < layers.count - 1 { values = values.map { max(0, $0) } }
    }
    return Self.sigmoid(values[0])
  }

  static func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + Elementary.exp(-x)) }
    let power = Elementary.exp(x)
    return power / (1 + power)
  }

  /// log(1 + exp(x)), finite for every x.
  static func softplus(_ x: Double) -> Double { max(x, 0) + Elementary.log(1 + Elementary.exp(-abs(x))) }
}

/// What numbers are standardised by: each column's mean and deviation in the rows that a classifier was fitted to.
public struct FeatureScale: Sendable, Equatable {
  /// Of each column.
  public let mean: [Double]
  /// Of the population (divided by the count); 1 where a column is constant.
  public let deviation: [Double]

  /// A scale from its numbers.
  ///
  /// - Precondition: As many deviations as means, none of them 0.
  public init(mean: [Double], deviation: [Double]) {
    precondition(mean.count == deviation.count && deviation.allSatisfy { $0 > 0 }, "feature scale: \(deviation)")
    self.mean = mean
    self.deviation = deviation
  }

  /// The scale of some rows.
  ///
  /// - Precondition: At least one row; all of the same length.
  public init(of rows: [[Double]]) {
    precondition(!rows.isEmpty, "feature scale: no rows")
    let count = Double(rows.count)
    let mean = rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / count }
    let deviation = mean.indices.map { column -> Double in
      let squares = rows.reduce(0) { $0 + ($1[column] - mean[column]) * ($1[column] - mean[column]) }
      let deviation = (squares / count).squareRoot()
      // A column whose numbers differ by rounding alone is constant.
      return deviation > 1e-12 * max(1, abs(mean[column])) ? deviation : 1
    }
    self.init(mean: mean, deviation: deviation)
  }

  func applied(to row: [Double]) -> [Double] {
    precondition(row.count == mean.count, "feature scale: a row of \(row.count) numbers, not \(mean.count)")
    return row.indices.map { (row[$0] - mean[$0]) / deviation[$0] }
  }
}
