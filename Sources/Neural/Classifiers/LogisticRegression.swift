/// Logistic regression with an L2 penalty, by Newton's method: its minimum is unique, so nothing depends on a seed.
///
/// Minimises the sum over rows of log(1 + exp(-y f)) plus `l2` / 2 times the squared weights of standardised columns; the
/// bias is free. That is scikit-learn's `LogisticRegression` with C = 1 / `l2` behind its `StandardScaler`.
public enum LogisticRegression {
  /// Newton's steps, at most; some ten are enough.
  private static let mostSteps = 100

  /// Fits a classifier.
  ///
  /// - Parameters:
  ///   - rows: Of one length each.
  ///   - labels: Whether each row is of the first class; both classes occur.
  ///   - l2: Above 0.
  /// - Complexity: O(rows · columns²) a step.
  public static func fit(_ rows: [[Double]], labels: [Bool], l2: Double) -> FeatureClassifier {
    precondition(rows.count == labels.count && l2 > 0, "logistic regression: \(rows.count) rows, l2 \(l2)")
    precondition(labels.contains(true) && labels.contains(false), "logistic regression: one class alone")
    let scale = FeatureScale(of: rows)
    // A last column of ones for the bias.
    let problem = Problem(rows: rows.map { scale.applied(to: $0) + [1] }, labels: labels, l2: l2)
    var weights = [Double](repeating: 0, count: problem.width)
    var value = problem.value(at: weights)
    for _ in 0..<mostSteps {
      let (gradient, curvature) = problem.derivatives(at: weights)
      guard gradient.contains(where: { abs($0) > 1e-9 * Double(rows.count) }) else { break }
      let step = SymmetricSolver.solve(curvature, gradient)
      guard let (next, lower) = problem.descended(from: weights, value, along: step) else { break }
      (weights, value) = (next, lower)
    }
    return FeatureClassifier(
      scale: scale, layers: [.init(weights: Array(weights.dropLast()), biases: [weights[problem.width - 1]])])
  }

  /// What is minimised.
  private struct Problem {
    let rows: [[Double]]
    let labels: [Bool]
    let l2: Double
    var width: Int { rows[0].count }

    private func margin(_ row: [Double], _ weights: [Double]) -> Double {
      var sum = 0.0
      for index in row.indices { sum += row[index] * weights[index] }
      return sum
    }

    func value(at weights: [Double]) -> Double {
      let penalty = l2 / 2 * weights.dropLast().reduce(0) { $0 + $1 * $1 }
      return zip(rows, labels).reduce(penalty) { sum, pair in
        let margin = margin(pair.0, weights)
        return sum + FeatureClassifier.softplus(pair.1 ? -margin : margin)
      }
    }

    /// The gradient, and the lower half of the matrix of second derivatives, row by row.
    func derivatives(at weights: [Double]) -> (gradient: [Double], curvature: [[Double]]) {
      var gradient = weights.enumerated().map { $0 < width - 1 ? l2 * $1 : 0 }
      var curvature = (0..<width).map { [Double](repeating: 0, count: $0 + 1) }
      for (row, label) in zip(rows, labels) {
        let probability = FeatureClassifier.sigmoid(margin(row, weights))
        let error = probability - (label ? 1 : 0)
        let weight = probability * (1 - probability)
        for first in 0..<width {
          gradient[first] += error * row[first]
          let factor = weight * row[first]
          for second in 0...first { curvature[first][second] += factor * row[second] }
        }
      }
      for index in 0..<width - 1 { curvature[index][index] += l2 }
      return (gradient, curvature)
    }

    /// The longest of a whole step, half of it, ... that lowers the value; nil where none does any more.
    func descended(from weights: [Double], _ value: Double, along step: [Double]) -> ([Double], Double)? {
      var share = 1.0
      for _ in 0..<40 {
        let next = weights.indices.map { weights[$0] - share * step[$0] }
        let lower = self.value(at: next)
        if lower < value { return (next, lower) }
        share /= 2
      }
      return nil
    }
  }
}

/// Solves symmetric positive definite systems: Cholesky's factors, without pivots.
enum SymmetricSolver {
  /// - Parameters:
  ///   - matrix: The lower half, row by row.
  ///   - right: The right-hand side.
  static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    let count = right.count
    var factor = matrix
    for row in 0..<count {
      for column in 0...row {
        var sum = matrix[row][column]
        for index in 0..<column { sum -= factor[row][index] * factor[column][index] }
        // Rounding may take a pivot below what the penalty guarantees.
        factor[row][column] = row == column ? max(sum, 1e-300).squareRoot() : sum / factor[column][column]
      }
    }
    var solution = right
    for row in 0..<count {
      for index in 0..<row { solution[row] -= factor[row][index] * solution[index] }
      solution[row] /= factor[row][row]
    }
    for row in (0..<count).reversed() {
      for index in row + 1..<max(row + 1, count) { solution[row] -= factor[index][row] * solution[index] }
      solution[row] /= factor[row][row]
    }
    return solution
  }
}
