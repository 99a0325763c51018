import Testing

@testable import Reports

@Suite struct SweepTests {
  /// Losses of a small sweep: geometry x ratio x data set.
  static func sweep(
    _ values: [String: Sweep.Cell], series: [String] = ["small", "large"], panels: [String] = ["cfos", "all"]
  ) -> Sweep {
    Sweep(
      title: "a sweep", metric: "validation.loss", relativeMetric: "validation.relative_to_own_mean",
      axes: ("geometry", "mask", "dataset"), series: series.map { Sweep.Label($0) },
      numbers: [("0.15", 0.15), ("0.75", 0.75)],
      panels: panels.map { Sweep.Label($0, name: $0 == "cfos" ? "c-Fos" : nil) }, cells: values)
  }

  static func cell(
    _ values: Double?..., converged: Bool = true, diverged: Int = 0, reason: String? = nil
  ) -> Sweep.Cell {
    Sweep.Cell(
      values: values, relative: values.map { $0.map { $0 * 100 } }, converged: converged ? values.count : 0,
      diverged: diverged, reason: reason)
  }

  static let plain = sweep([
    "small 0.15 cfos": cell(0.004), "small 0.75 cfos": cell(0.00405), "large 0.15 cfos": cell(0.006),
    "large 0.75 cfos": cell(0.0056, converged: false, reason: "0.95 of something"), "small 0.15 all": cell(0.008),
    "small 0.75 all": cell(0.009),
    "large 0.15 all": cell(nil, converged: false, diverged: 1), "large 0.75 all": cell(0.007),
  ])

  @Test func `the best of each series and panel is said, and what has not converged`() {
    #expect(
      SweepTests.plain.markdown(noise: nil) == """
        ## Best mask of each geometry and dataset

        | geometry \\\\ dataset | c-Fos | all |
        |:--|--:|--:|
        | small | **0.15 (0.0040)** | 0.15 (0.0080) |
        | large | 0.75 (not converged) (0.0056) | **0.75 (0.0070)** |

        Bold: the best geometry of its dataset. In parentheses validation.loss; less is better.

        Bigger patches raise the loss by themselves. The same by `validation.relative_to_own_mean`, where 1 is what who knows each patch's own mean would lose:

        | geometry \\\\ dataset | c-Fos | all |
        |:--|--:|--:|
        | small | **0.15 (0.400)** | 0.15 (0.800) |
        | large | 0.75 (not converged) (0.560) | **0.75 (0.700)** |

        Bold: the best geometry of its dataset. In parentheses validation.relative_to_own_mean; less is better.

        No cell was repeated with other seeds, so that small differences may be chance.

        6 of 8 trainings converged (at most 0.8 of the loss of the training mean, and less than 3% better in the last tenth of the steps); the others:

        - large, mask 0.15, all: diverged
        - large, mask 0.75, c-Fos: not converged, 0.95 of something

        """)
  }

  @Test func `what lies within two deviations of the seed is a tie`() {
    let noise = Sweep.Noise(share: 0.01, cells: 6, replicates: 3)
    let text = SweepTests.plain.markdown(noise: noise)
    #expect(text.contains("| small | **0.15 = 0.75 (0.0040)** | 0.15 (0.0080) |"))
    #expect(
      text.contains(
        "`=` joins what lies within two standard deviations of the seed: 1.0% of the loss, from 3 seeds on 6 cells."))
    #expect(SweepTests.plain.isTie(1, 1.019, noise))
    #expect(!SweepTests.plain.isTie(1, 1.021, noise))
    #expect(!SweepTests.plain.isTie(1, 1, nil))
  }

  @Test func `the noise is the deviation over the mean, pooled over cells with replicates`() {
    #expect(SweepTests.plain.noise == nil)
    // Variances over squared means: 0.01 with one degree of freedom each, so 0.1 pooled.
    let noise = SweepTests.sweep([
      "small 0.15 cfos": SweepTests.cell(1, 1.0), "small 0.75 cfos": SweepTests.cell(0.9, 1.1),
    ]).noise
    #expect(noise?.cells == 2 && noise?.replicates == 2)
    #expect(abs((noise?.share ?? 0) - 0.1) < 1e-12)
  }

  @Test func `all converged is said in a sentence`() {
    let text = SweepTests.sweep(["small 0.15 cfos": SweepTests.cell(0.5)]).markdown(noise: nil)
    #expect(
      text.hasSuffix(
        "The training converged: at most 0.8 of the loss of the training mean, and less than 3% better in the last tenth of the steps.\n"
      ))
    #expect(text.contains("| large | n/a | n/a |"))
  }

  @Test func `what cannot be told from the best is bold with it`() {
    let noise = Sweep.Noise(share: 0.05, cells: 6, replicates: 3)
    let text = SweepTests.sweep([
      "small 0.15 cfos": SweepTests.cell(0.0050), "large 0.75 cfos": SweepTests.cell(0.0054),
      "small 0.15 all": SweepTests.cell(0.0050), "large 0.75 all": SweepTests.cell(0.0056),
    ]).markdown(noise: noise)
    #expect(text.contains("| small | **0.15 (0.0050)** | **0.15 (0.0050)** |"))
    #expect(text.contains("| large | **0.75 (0.0054)** | 0.75 (0.0056) |"))
    #expect(text.contains("Bold: the best geometry of its dataset, and what cannot be told from it. In parentheses"))
  }

  @Test func `trainings are counted, not cells, and each cell says how many of its own`() {
    func cell(_ values: [Double?], converged: Int, diverged: Int = 0) -> Sweep.Cell {
      Sweep.Cell(values: values, relative: values, converged: converged, diverged: diverged)
    }
    let three: [Double?] = [0.1, 0.2, 0.3]
    let whole = SweepTests.sweep(["small 0.15 cfos": cell(three, converged: 3)]).markdown(noise: nil)
    #expect(whole.contains("\nAll 3 trainings converged: "))
    let text = SweepTests.sweep([
      "small 0.15 cfos": cell(three, converged: 3), "small 0.75 cfos": cell(three, converged: 1),
      "large 0.15 cfos": cell([0.1, nil, 0.2], converged: 2, diverged: 1),
      "large 0.75 cfos": cell([nil, nil, nil], converged: 0, diverged: 3),
    ]).markdown(noise: nil)
    #expect(text.contains("\n6 of 12 trainings converged ("))
    #expect(text.contains("\n- small, mask 0.75, c-Fos: 2 of 3 not converged\n"))
    #expect(text.contains("\n- large, mask 0.15, c-Fos: 1 of 3 diverged\n"))
    #expect(text.contains("\n- large, mask 0.75, c-Fos: diverged\n"))
  }

  @Test func `a cross is a cell whose trainings all diverged, and no other`() {
    func figure(_ cell: Sweep.Cell) -> String {
      SweepCurves(SweepTests.sweep(["small 0.15 cfos": SweepTests.cell(0.1), "small 0.75 cfos": cell])).svg()
    }
    let cross = "A cross is a training that diverged."
    let all = figure(Sweep.Cell(values: [nil, nil], relative: [nil, nil], converged: 0, diverged: 2))
    #expect(all.contains(cross) && all.contains("\u{d7}"))
    let one = figure(Sweep.Cell(values: [0.1, nil], relative: [10, nil], converged: 1, diverged: 1))
    #expect(!one.contains(cross) && !one.contains("\u{d7}"))
    #expect(one.contains("Where some seeds of a cell diverged"))
    let absent = figure(Sweep.Cell(values: [nil], relative: [nil], converged: nil))
    #expect(!absent.contains(cross) && !absent.contains("\u{d7}") && absent.contains("A question mark is n/a."))
  }

  @Test func `the paper stands beside a sweep of its geometries and data sets, and no other`() {
    #expect(PaperSweep.markdown(beside: SweepTests.plain) == nil)
    let panels = PaperSweep.markers + ["all"]
    var cells: [String: Sweep.Cell] = [:]
    for panel in panels {
      for (series, loss) in [("small", 0.006), ("medium", panel == "gfap" ? 0.005 : 0.007), ("large", 0.009)] {
        cells["\(series) 0.15 \(panel)"] = SweepTests.cell(loss + (panel == "all" ? 0.001 : 0))
        cells["\(series) 0.75 \(panel)"] = SweepTests.cell(loss + (panel == "th" ? -0.0006 : 0.003))
      }
    }
    let sweep = SweepTests.sweep(cells, series: ["small", "medium", "large"], panels: panels)
    #expect(
      PaperSweep.markdown(beside: sweep) == """
        ## Beside the paper

        CANVAS, arXiv:2603.29842, CVPR 2026: its data are not ours.

        | finding | CANVAS paper, real data | here |
        |:--|:--|:--|
        | best mask ratio | 0.15 | 0.15 for 6 of 7 data sets, 0.75 for 1 of 7 data sets |
        | 16x32x32 (small) is the best geometry | 5 of 6 markers | 5 of 6 markers |
        | best geometry of GFAP | 24x48x48 (medium) | medium |
        | 16x32x32 (small) is the best geometry, against patches' own means | not said | 5 of 6 markers |
        | best geometry of GFAP, against patches' own means | not said | medium |
        | loss of the joint model | 0.0070 | 0.0070 |
        | mean of the markers' own optima | 0.0061 | 0.0057 |
        | joint model against it | within 15% | +22% |

        """)
    // Within two deviations of 9% lie 0.006 and 0.007, and of TH the ratios with 0.0054 and 0.006; not 0.005 and 0.006.
    let text = PaperSweep.markdown(beside: sweep, noise: .init(share: 0.09, cells: 6, replicates: 3)) ?? ""
    #expect(text.contains("| best mask ratio | 0.15 | 0.15 for 6 of 7 data sets, within the noise for 1 |"))
    #expect(
      text.contains(
        "| 16x32x32 (small) is the best geometry | 5 of 6 markers | 1 of 6 markers, within the noise for 4 |"))
    #expect(text.contains("| best geometry of GFAP | 24x48x48 (medium) | medium |"))
    cells["small 0.15 neun"] = SweepTests.cell(0.006, converged: false)
    let open = SweepTests.sweep(cells, series: ["small", "medium", "large"], panels: panels)
    #expect(
      PaperSweep.markdown(beside: open)?.hasSuffix(
        "|\n\n1 of the 7 trainings with the lowest loss of their data set had not converged.\n") == true)
  }

  @Test func `the curves are drawn as recorded`() throws {
    try expectSnapshot(SweepCurves(SweepTests.plain).svg(), "sweep-curves.svg")
  }
}

@Suite struct SmallNumberTests {
  private func matrix(
    _ values: [Double?], _ more: [Double?]? = nil, metric: String = "loss", marks: [String?]? = nil
  ) -> Matrix {
    Matrix(
      title: "losses", metric: metric, columns: [.init(label: "a"), .init(label: "b")],
      rows: [Matrix.Row(label: "x", values: values, marks: marks)]
        + (more.map { [Matrix.Row(label: "y", values: $0)] } ?? []),
      rowAxis: "rows", columnAxis: "columns")
  }

  @Test func `small numbers have more decimals, and colours that span them`() {
    #expect(matrix([0.0061, 0.0123]).decimals == 4)
    #expect(matrix([0.0061, 0.0123]).range == 0...0.0123)
    #expect(matrix([0.0061, 0.5]).decimals == 2)
    #expect(matrix([0.0061, 0.0123], [0.0072, 0.5]).decimals == 4)
    #expect(matrix([0.0061, 0.0123], [0.0072, 0.5], metric: "f1.pooled").decimals == 2)
    #expect(matrix([0.0061, 0.0123], metric: "f1.pooled").decimals == 4)
    #expect(matrix([0, nil]).decimals == 2 && matrix([0, 0]).range == 0...1)
    #expect(matrix([0.0061, nil]).text().contains("0.0061"))
  }

  @Test func `a mark stands beside its cell, a missing one beside nothing`() {
    let marked = matrix([0.0061, nil], marks: ["not converged", "diverged"])
    #expect(marked.markdown().contains("| x               | 0.0061 (not converged) | n/a (diverged) |"))
    #expect(matrix([0.0061, nil], marks: [nil, nil]).markdown() == matrix([0.0061, nil]).markdown())
    #expect(Heatmap(marked).svg().contains(">(not converged)</text>"))
  }
}
