/// What the CANVAS paper found in its sweep of masked autoencoders on its real data: for comparison, never ours.
public enum PaperSweep {
  /// The six markers, by their labels in recipes; the joint set is `all`.
  static let markers = ["neun", "cfos", "pv", "th", "iba1", "gfap"]
  static let joint = "all"

  /// The paper's findings beside those of a sweep with the same geometries, ratios and data sets, as Markdown.
  ///
  /// - Parameter noise: What the seed makes; what lies within it is no finding.
  /// - Returns: Nil where the sweep is of other data sets or geometries.
  public static func markdown(beside sweep: Sweep, noise: Sweep.Noise? = nil) -> String? {
    guard let grid = grid(beside: sweep, noise: noise, title: "") else { return nil }
    let table = grid.markdown().split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
    let open = caution(sweep).map { [$0, ""] } ?? []
    return (["## Beside the paper", "", source, ""] + table.map(String.init) + open).joined(separator: "\n")
  }

  /// Whose findings they are, in the words that stand with them in every report.
  static let source = "CANVAS, arXiv:2603.29842, CVPR 2026: its data are not ours."

  /// The same as a table.
  static func grid(
    beside sweep: Sweep, noise: Sweep.Noise?, title: String, notes: [String] = []
  ) -> Grid? {
    guard sweep.series.map(\.label) == ["small", "medium", "large"],
      (markers + [joint]).allSatisfy({ name in sweep.panels.contains { $0.label == name } })
    else { return nil }
    var rows = [["best mask ratio", "0.15", ratioText(sweep, noise)]]
    rows += geometryRows(sweep, .metric, noise)
    if sweep.relativeMetric != sweep.metric { rows += geometryRows(sweep, .relative, noise) }
    rows += [
      ["loss of the joint model", "0.0070", fixed(sweep.best(panel: joint)?.mean, decimals: 4)],
      ["mean of the markers' own optima", "0.0061", fixed(ownOptimum(sweep), decimals: 4)],
      ["joint model against it", "within 15%", jointText(sweep)],
    ]
    return Grid(
      title: title, header: ["finding", "CANVAS paper, real data", "here"],
      rows: rows.map { $0.map { Grid.Cell(label: $0) } }, labels: 3, notes: notes)
  }

  private static func ratioText(_ sweep: Sweep, _ noise: Sweep.Noise?) -> String {
    let found = sweep.panels.map { Set(sweep.leaders(panel: $0.label, noise: noise).map(\.number)) }
      .filter { !$0.isEmpty }
    let counts = sweep.numbers.map { number in (number.label, found.count { $0 == [number.label] }) }
      .filter { $0.1 > 0 }
    let open = found.count { $0.count > 1 }
    let texts = counts.map { "\($0.0) for \($0.1) of \(found.count) data sets" }
    return (texts + (open > 0 ? ["within the noise for \(open)"] : [])).joined(separator: ", ")
  }

  /// How the geometries compare, of which the paper says nothing against own means.
  private static func geometryRows(
    _ sweep: Sweep, _ measure: Sweep.Measure, _ noise: Sweep.Noise?
  ) -> [[String]] {
    func leaders(_ panel: String) -> [String] {
      let found = sweep.leaders(panel: panel, by: measure, noise: noise).map(\.series)
      return sweep.series.map(\.label).filter(found.contains)
    }
    let sets = markers.map(leaders)
    let shared = sets.count { $0.count > 1 && $0.contains("small") }
    let count = "\(sets.count { $0 == ["small"] }) of \(markers.count) markers"
    let gfap = leaders("gfap").joined(separator: " = ")
    let isLoss = measure == .metric
    let ending = isLoss ? "" : ", against patches' own means"
    return [
      [
        "16x32x32 (small) is the best geometry\(ending)", isLoss ? "5 of 6 markers" : "not said",
        count + (shared > 0 ? ", within the noise for \(shared)" : ""),
      ],
      [
        "best geometry of GFAP\(ending)", isLoss ? "24x48x48 (medium)" : "not said", gfap.isEmpty ? "n/a" : gfap,
      ],
    ]
  }

  /// What a reader must know before the numbers are believed; nil where there is nothing.
  static func caution(_ sweep: Sweep) -> String? {
    let best = (markers + [joint]).compactMap { sweep.best(panel: $0) }
    let open = best.count { !$0.hasConverged }
    return open == 0
      ? nil : "\(open) of the \(best.count) trainings with the lowest loss of their data set had not converged."
  }

  private static func ownOptimum(_ sweep: Sweep) -> Double? {
    let own = markers.compactMap { sweep.best(panel: $0)?.mean }
    return own.count == markers.count ? own.reduce(0, +) / Double(own.count) : nil
  }

  private static func jointText(_ sweep: Sweep) -> String {
    guard let own = ownOptimum(sweep), let joint = sweep.best(panel: joint)?.mean, own > 0 else { return "n/a" }
    let share = 100 * (joint / own - 1)
    return (share < 0 ? "" : "+") + fixed(share, decimals: 0) + "%"
  }
}
