/// The generalization matrix that the CANVAS paper reports for its real data: for comparison, never ours.
public enum PaperMatrix {
  /// What it is, in the words that stand above it in every report.
  public static let label = "CANVAS paper, real data: not ours"

  /// Where the numbers come from.
  public static let source =
    "CANVAS, arXiv:2603.29842, CVPR 2026: F1 of one detector a marker on the test regions of all six"

  /// F1 by marker of the training data (rows) and of the test data (columns), two decimals as printed.
  public static let matrix = Matrix(
    title: "Generalization matrix of the CANVAS paper", metric: "F1", columns: columns,
    rows: [
      row("neun", [0.81, 0.76, 0.89, 0.41, 0.43, 0.05]),
      row("cfos", [0.02, 0.78, 0.28, 0.04, 0.03, 0.00]),
      row("pv", [0.73, 0.29, 0.63, 0.20, 0.06, 0.01]),
      row("th", [0.21, 0.74, 0.68, 0.57, 0.56, 0.04]),
      row("iba1", [0.57, 0.74, 0.62, 0.28, 0.81, 0.61]),
      row("gfap", [0.04, 0.74, 0.21, 0.14, 0.43, 0.33]),
    ],
    notes: [
      source,
      "kd-tree matching; tolerance of the test marker, in px",
    ])

  /// Whether a matrix may stand beside the paper's: F1 on the same six markers, of models trained on them.
  public static func isComparable(with other: Matrix) -> Bool {
    let isF1 = other.metric == "f1" || other.metric == "F1" || other.metric.hasPrefix("f1.")
    return isF1 && other.hasDiagonal && other.columns.map(\.label).sorted() == columns.map(\.label).sorted()
  }

  // Tolerances as the paper states them; our runs take theirs from the regions, never from here.
  private static let columns = [
    Matrix.Column(label: "neun", name: "NeuN", detail: "6 px"),
    Matrix.Column(label: "cfos", name: "cFos", detail: "6 px"),
    Matrix.Column(label: "pv", name: "PV", detail: "8 px"),
    Matrix.Column(label: "th", name: "TH", detail: "8 px"),
    Matrix.Column(label: "iba1", name: "Iba1", detail: "5 px"),
    Matrix.Column(label: "gfap", name: "GFAP", detail: "8 px"),
  ]

  private static func row(_ label: String, _ values: [Double]) -> Matrix.Row {
    Matrix.Row(label: label, name: columns.first { $0.label == label }?.name, values: values.map(Optional.some))
  }
}
