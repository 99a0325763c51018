/// What the CANVAS paper found in its sweep of masked autoencoders on its real data: for comparison, never ours.
public enum PaperSweep {
  /// The six markers, by their labels in recipes; the joint set is `all`.
  static let markers = ["neun", "cfos", "pv", "th", "iba1", "gfap"]
  static let joint = "all"

  /// The paper's findings beside those of a sweep with the same geometries, ratios and data sets, as Markdown.
  ///
  /// - Returns: Nil where the sweep is of other data sets or geometries.
  public static func markdown(beside sweep: Sweep) -> String? {
    guard sweep.series.map(\.label) == ["small", "medium", "large"],
      (markers + [joint]).allSatisfy({ name in sweep.panels.contains { $0.label == name } })
    else { return nil }
    let rows = [
      ["best mask ratio", "0.15", ratioText(sweep)],
      ["16x32x32 (small) is the best geometry", "5 of 6 markers", geometryText(sweep)],
      ["best geometry of GFAP", "24x48x48 (medium)", sweep.best(panel: "gfap")?.series ?? "n/a"],
      ["loss of the joint model", "0.0070", fixed(sweep.best(panel: joint)?.mean, decimals: 4)],
      ["mean of the markers' own optima", "0.0061", fixed(ownOptimum(sweep), decimals: 4)],
      ["joint model against it", "within 15%", jointText(sweep)],
    ]
    let table = Grid(
      title: "", header: ["finding", "CANVAS paper, real data", "here"],
      rows: rows.map { $0.map { Grid.Cell(label: $0) } }, labels: 3
    ).markdown().split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
    return
      (["## Beside the paper", "", "CANVAS, arXiv:2603.29842, CVPR 2026: its data are not ours.", ""]
      + table.map(String.init)).joined(separator: "\n")
  }

  private static func ratioText(_ sweep: Sweep) -> String {
    let best = sweep.panels.compactMap { sweep.best(panel: $0.label)?.number }
    let counts = sweep.numbers.map { number in (number.label, best.count { $0 == number.label }) }.filter { $0.1 > 0 }
    return counts.map { "\($0.0) for \($0.1) of \(best.count) data sets" }.joined(separator: ", ")
  }

  private static func geometryText(_ sweep: Sweep) -> String {
    let small = markers.count { sweep.best(panel: $0)?.series == "small" }
    return "\(small) of \(markers.count) markers"
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
