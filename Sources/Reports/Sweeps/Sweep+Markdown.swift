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
    let noise = noise ?? self.noise
    return [markdown(noise: noise), PaperSweep.markdown(beside: self, noise: noise)].compactMap(\.self)
      .joined(separator: "\n")
  }

  /// The sections that a sweep has beside its table: the best of each series and panel, by the metric and against what
  /// needs no model, and what did not converge.
  ///
  /// - Parameter noise: What the seed makes; within two standard deviations of a difference nothing is better.
  public func markdown(noise: Noise?) -> String {
    var lines = ["## Best \(axes.number) of each \(axes.series) and \(axes.panel)", ""]
    lines += bestLines(by: .metric, noise)
    if relativeMetric != metric {
      lines += [
        "Bigger patches raise the loss by themselves. The same by `\(relativeMetric)`, where 1 is what who knows each patch's own mean would lose:",
        "",
      ]
      lines += bestLines(by: .relative, noise)
    }
    lines += noiseLines(noise) + remarkLines
    return lines.joined(separator: "\n") + "\n"
  }

  private func bestLines(by measure: Measure, _ noise: Noise?) -> [String] {
    let table = bestGrid(by: measure, noise: noise, title: "").markdown()
      .split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
    return table + ["Bold: \(bestNote(by: measure, noise: noise))", ""]
  }

  /// The best number of each series and panel, the best series of a panel marked.
  func bestGrid(by measure: Measure, noise: Noise?, title: String, notes: [String] = []) -> Grid {
    let leading = panels.map { panel in
      Set(leaders(panel: panel.label, by: measure, noise: noise).map(\.series))
    }
    let rows = series.map { line in
      [Grid.Cell(label: line.name)]
        + zip(panels, leading).map { panel, leading in
          let text = bestText(leaders(series: line.label, panel: panel.label, by: measure, noise: noise), measure)
          return Grid.Cell(text, .text(text), isBest: leading.contains(line.label))
        }
    }
    return Grid(
      title: title, header: ["\(axes.series) \\ \(axes.panel)"] + panels.map(\.name), rows: rows, labels: 1,
      notes: notes)
  }

  /// What is marked in that table, and what stands in its parentheses.
  func bestNote(by measure: Measure, noise: Noise?) -> String {
    let ties = noise == nil ? "" : ", and what cannot be told from it"
    return "the best \(axes.series) of its \(axes.panel)\(ties). "
      + "In parentheses \(name(of: measure)); less is better."
  }

  /// `0.15 = 0.35 (not converged) (0.0061)`.
  private func bestText(_ leaders: [Leader], _ measure: Measure) -> String {
    guard let best = leaders.first else { return "n/a" }
    let names = leaders.map { $0.number + ($0.hasConverged ? "" : " (not converged)") }
    return "\(names.joined(separator: " = ")) (\(fixed(best.mean, decimals: measure == .metric ? 4 : 3)))"
  }

  func noiseLines(_ noise: Noise?) -> [String] {
    guard let noise else {
      return ["No cell was repeated with other seeds, so that small differences may be chance.", ""]
    }
    let share = fixed(100 * noise.share, decimals: 1)
    return [
      "`=` joins what lies within two standard deviations of the seed: \(share)% of the loss, from \(noise.replicates) seeds on \(noise.cells) cells.",
      "",
    ]
  }

  var remarkLines: [String] {
    let meaning =
      "at most 0.8 of the loss of the training mean, and less than 3% better in the last tenth of the steps"
    let count = all.reduce(0) { $0 + $1.cell.values.count }
    let converged = all.reduce(0) { $0 + $1.cell.convergedCount }
    let found = all.filter { $0.cell.remark != nil }
    guard !found.isEmpty else {
      guard all.contains(where: { $0.cell.converged != nil }) else { return [] }
      return [(count == 1 ? "The training" : "All \(count) trainings") + " converged: \(meaning)."]
    }
    return ["\(converged) of \(count) training\(count == 1 ? "" : "s") converged (\(meaning)); the others:", ""]
      + found.map {
        "- \($0.series.name), \(axes.number) \($0.number), \($0.panel.name): \($0.cell.remark ?? "")"
          + ($0.cell.reason.map { ", \($0)" } ?? "")
      }
  }
}
