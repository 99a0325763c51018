extension Sweep {
  /// What the best is chosen by, of which less is better.
  enum Measure {
    /// The metric itself.
    case metric
    /// The metric against what needs no model.
    case relative
  }

  /// A cell that is the best of some, or cannot be told from it.
  struct Leader {
    let series: String
    let number: String
    let mean: Double
    /// Whether every replicate had converged.
    let hasConverged: Bool
  }

  /// The name of a measure.
  func name(of measure: Measure) -> String { measure == .metric ? metric : relativeMetric }

  /// The cells of a panel, or of one series in it, with the lowest mean: first the best, of equals the first, then those
  /// within the noise of it.
  func leaders(series only: String? = nil, panel: String, by measure: Measure = .metric, noise: Noise?) -> [Leader] {
    let all = series.filter { only == nil || $0.label == only }.flatMap { line in
      numbers.compactMap { number -> Leader? in
        guard let cell = cell(series: line.label, number: number.label, panel: panel),
          let mean = measure == .metric ? cell.mean : cell.relativeMean
        else { return nil }
        return Leader(series: line.label, number: number.label, mean: mean, hasConverged: cell.hasConverged)
      }
    }
    guard let best = all.min(by: { $0.mean < $1.mean }) else { return [] }
    let others = all.filter { ($0.series, $0.number) != (best.series, best.number) && isTie(best.mean, $0.mean, noise) }
    return [best] + others
  }

  /// The cell with the lowest mean in a panel.
  func best(panel: String, by measure: Measure = .metric) -> Leader? {
    leaders(panel: panel, by: measure, noise: nil).first
  }

  /// Whether two means differ by less than two standard deviations of a replicate.
  func isTie(_ one: Double, _ other: Double, _ noise: Noise?) -> Bool {
    guard let noise else { return false }
    return abs(one - other) < 2 * noise.share * min(one, other)
  }
}
