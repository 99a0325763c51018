import Reports

/// Matrices that the tests share.
enum Samples {
  /// Two markers and a baseline, with an n/a, small enough to write out by hand.
  static let small = Matrix(
    title: "Generalization on phantoms", metric: "f1.pooled",
    columns: [
      Matrix.Column(label: "neun", name: "NeuN", detail: "6 px"),
      Matrix.Column(label: "th", name: "TH", detail: "8 px"),
    ],
    rows: [
      Matrix.Row(label: "neun", name: "NeuN", values: [0.8125, 0.25]),
      Matrix.Row(label: "th", name: "TH", values: [nil, 0.5]),
      Matrix.Row(label: "dog", kind: .baseline, values: [0.4, 1]),
    ],
    notes: ["greedy matching, tolerance in px"])

  /// One marker and its baselines, as a split of the same volumes gives.
  static let single = Matrix(
    title: "cFos by depth", metric: "f1.pooled", columns: [Matrix.Column(label: "cfos", name: "cFos", detail: "6 px")],
    rows: [
      Matrix.Row(label: "cfos", name: "cFos", values: [0.6]),
      Matrix.Row(label: "dog", kind: .baseline, values: [0.3]),
      Matrix.Row(label: "chance", kind: .baseline, values: [0.02]),
    ])

  /// Means over replicates, some of which gave nothing, beside a row of single values.
  static let replicated = Matrix(
    title: "Three replicates", metric: "validation.loss",
    columns: [Matrix.Column(label: "small"), Matrix.Column(label: "large")],
    rows: [
      Matrix.Row(
        label: "0.15", values: [0.8125, 0.5],
        spreads: [.init(deviation: 0.021, count: 3), .init(deviation: 0.25, count: 2, absent: 1)]),
      Matrix.Row(
        label: "0.35", values: [0.25, nil],
        spreads: [.init(deviation: nil, count: 1, absent: 2), .init(deviation: nil, count: 0, absent: 3)]),
      Matrix.Row(label: "dog", kind: .baseline, values: [0.4, nil]),
    ], rowAxis: "mask", columnAxis: "geometry")

  /// A sweep's table with much to say in small cells: deviations, n/a, trainings that were stopped, long names.
  static let crowded = Matrix(
    title: "A sweep", metric: "validation.loss",
    columns: [
      Matrix.Column(label: "a"), Matrix.Column(label: "b", name: "a stain with a long name", detail: "2.5 px"),
    ],
    rows: [
      Matrix.Row(
        label: "small 0.15", values: [0.0123, 0.0101],
        spreads: [.init(deviation: 0.0001, count: 3, absent: 1), .init(deviation: 0.0002, count: 3)],
        marks: ["not converged", "1 of 3 not converged"]),
      Matrix.Row(
        label: "small 0.35", values: [nil, 12.3456], marks: ["stopped at 400", "diverged"]),
      Matrix.Row(
        label: "large 0.15", values: [0.0123, nil],
        intervals: [.init(low: 0.0101, high: 0.0144), nil], marks: nil),
    ], isLowerBetter: true)

  /// Six markers with two baselines and n/a cells; values made up, in steps that show the colours.
  static let large = Matrix(
    title: "Generalization on phantoms: one detector a marker, tested on all six", metric: "f1.pooled",
    columns: PaperMatrix.matrix.columns,
    rows: PaperMatrix.matrix.rows.enumerated().map { index, row in
      Matrix.Row(
        label: row.label, name: row.name,
        values: PaperMatrix.matrix.columns.indices.map { place in
          index == 5 && place == 1
            ? nil : index == place ? 0.9 - 0.05 * Double(index) : Double((index * 7 + place * 5) % 12) / 20
        })
    } + [
      Matrix.Row(label: "dog", kind: .baseline, values: [0.62, 0.55, 0.31, 0.4, nil, 0.12]),
      Matrix.Row(label: "chance", kind: .baseline, values: [0.21, 0.03, 0.01, 0.05, 0.04, 0.08]),
    ],
    notes: [
      "greedy one-to-one matching, pooled over the test regions; tolerance of the test marker under its name, in px",
      "the threshold of dog is chosen on the validation regions of the test marker & it has no other <sic>",
    ])
}
