import Fingerprints

extension Sweep {
  /// What replicates of some cells say of the seed: its standard deviation as a share of the mean, and of how many cells.
  public struct Noise: Sendable, Equatable {
    /// Standard deviation over mean, pooled over cells.
    public let share: Double
    /// Cells with more than one replicate.
    public let cells: Int
    /// The replicates of a cell.
    public let replicates: Int
  }

  /// The noise of the seed; nil where no cell has replicates.
  public var noise: Noise? {
    var (squares, freedom, count, most) = (0.0, 0, 0, 0)
    for (_, _, _, cell) in all {
      let numbers = cell.values.compactMap(\.self)
      guard numbers.count > 1, let mean = cell.mean, mean > 0 else { continue }
      squares += numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (mean * mean)
      freedom += numbers.count - 1
      count += 1
      most = max(most, numbers.count)
    }
    return freedom == 0
      ? nil : Noise(share: (squares / Double(freedom)).squareRoot(), cells: count, replicates: most)
  }

  /// All that stands below the table of a sweep; the noise is its own where none is given.
  func sections(noise: Noise?) -> String {
    [markdown(noise: noise ?? self.noise), PaperSweep.markdown(beside: self)].compactMap(\.self).joined(separator: "\n")
  }

  /// The sections that a sweep has beside its table: the best of each series and panel, and what did not converge.
  ///
  /// - Parameter noise: What the seed makes; within two standard deviations of a difference nothing is better.
  public func markdown(noise: Noise?) -> String {
    var lines = ["## Best \(axes.number) of each \(axes.series) and \(axes.panel)", ""]
    let header = ["\(axes.series) \\ \(axes.panel)"] + panels.map(\.name)
    let body = series.map { line in
      [line.name] + panels.map { panel in bestText(line.label, panel.label, noise) }
    }
    lines += Grid(
      title: "", header: header,
      rows: zip(series, body).map { line, texts in
        [Grid.Cell(label: texts[0])]
          + zip(panels, texts.dropFirst()).map { panel, text in
            Grid.Cell(text, .text(text), isBest: best(panel: panel.label)?.series == line.label)
          }
      }, labels: 1
    ).markdown().split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
    lines += ["Bold: the best \(axes.series) of its \(axes.panel). In parentheses \(metric); less is better.", ""]
    lines += noiseLines(noise) + remarkLines
    return lines.joined(separator: "\n") + "\n"
  }

  private func bestText(_ series: String, _ panel: String, _ noise: Noise?) -> String {
    guard let best = best(series: series, panel: panel) else { return "n/a" }
    let ties = numbers.filter { number in
      guard number.label != best.number,
        let mean = cell(series: series, number: number.label, panel: panel)?.mean
      else { return false }
      return isTie(best.mean, mean, noise)
    }
    let others = ties.isEmpty ? "" : " = " + ties.map(\.label).joined(separator: " = ")
    return "\(best.number)\(others) (\(fixed(best.mean, decimals: 4)))"
  }

  /// Whether two means differ by less than two standard deviations of a replicate.
  func isTie(_ one: Double, _ other: Double, _ noise: Noise?) -> Bool {
    guard let noise else { return false }
    return abs(one - other) < 2 * noise.share * min(one, other)
  }

  private func noiseLines(_ noise: Noise?) -> [String] {
    guard let noise else {
      return ["No cell was repeated with other seeds, so that small differences may be chance.", ""]
    }
    let share = fixed(100 * noise.share, decimals: 1)
    return [
      "`=` joins what lies within two standard deviations of the seed: \(share)% of the loss, from \(noise.replicates) seeds on \(noise.cells) cells.",
      "",
    ]
  }

  private var remarkLines: [String] {
    let found = all.filter { $0.cell.remark != nil }
    let count = all.count
    guard !found.isEmpty else {
      return all.contains { $0.cell.converged != nil }
        ? [
          "All \(count) trainings converged: at most 0.8 of the loss of the training mean, and less than 3% better in the last tenth of the steps."
        ]
        : []
    }
    return [
      "\(count - found.count) of \(count) trainings converged (at most 0.8 of the loss of the training mean, and less than 3% better in the last tenth of the steps); the others:",
      "",
    ]
      + found.map {
        "- \($0.series.name), \(axes.number) \($0.number), \($0.panel.name): \($0.cell.remark ?? "")"
          + ($0.cell.reason.map { ", \($0)" } ?? "")
      }
  }
}
