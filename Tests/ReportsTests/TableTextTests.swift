import Reports
import Testing

@Suite struct TableTextTests {
  @Test func `CSV holds labels, kinds and full precision`() {
    #expect(
      Samples.small.csv() == """
        row,kind,neun,th
        neun,model,0.8125,0.25
        th,model,n/a,0.5
        dog,baseline,0.4,1.0

        """)
  }

  @Test func `CSV quotes separators, quotes and line breaks`() {
    let matrix = Matrix(
      title: "t", metric: "m", columns: [.init(label: "a,b")], rows: [.init(label: "say \"so\"", values: [0.1])])
    #expect(matrix.csv() == "row,kind,\"a,b\"\n\"say \"\"so\"\"\",model,0.1\n")
  }

  @Test func `the terminal table is aligned and stars the diagonal`() {
    #expect(
      Samples.small.text() == """
        Generalization on phantoms

        trained on \\ tested on  NeuN     TH
                                6 px   8 px
        ------------------------------------
        NeuN                    0.81*  0.25
        TH                       n/a   0.50*
        ------------------------------------
        dog                     0.40   1.00

        f1.pooled: mean of the diagonal (*) 0.66, off the diagonal 0.25
        greedy matching, tolerance in px

        """)
  }

  @Test func `Markdown has a bold diagonal, baselines in italics and a caption`() {
    #expect(
      Samples.small.markdown() == """
        # Generalization on phantoms

        | trained on \\\\ tested on | NeuN (6 px) | TH (8 px) |
        |:------------------------|------------:|----------:|
        | NeuN                    |    **0.81** |      0.25 |
        | TH                      |         n/a |  **0.50** |
        | _dog_                   |        0.40 |      1.00 |

        `f1.pooled` by model (trained on) and test marker (tested on); the diagonal is bold.
        Mean of the diagonal 0.66, off the diagonal 0.25.
        Rows in italics are baselines without training; they are in no mean.

        - greedy matching, tolerance in px

        """)
  }

  @Test func `means show their standard deviation, and how many values were n over a`() {
    #expect(
      Samples.replicated.text() == """
        Three replicates

        mask \\ geometry         small                 large
        ----------------------------------------------------
        0.15              0.81 ± 0.02   0.50 ± 0.25 (1 n/a)
        0.35             0.25 (2 n/a)                   n/a
        ----------------------------------------------------
        dog                      0.40                   n/a

        validation.loss: mean of all cells 0.52

        """)
    #expect(
      Samples.replicated.markdown() == """
        # Three replicates

        | mask \\\\ geometry |        small |               large |
        |:-----------------|-------------:|--------------------:|
        | 0.15             |  0.81 ± 0.02 | 0.50 ± 0.25 (1 n/a) |
        | 0.35             | 0.25 (2 n/a) |                 n/a |
        | _dog_            |         0.40 |                 n/a |

        `validation.loss` by mask (rows) and geometry (columns).
        Mean of all cells 0.52.
        Cells with ± are means, with the standard deviation of a sample; n/a values are in no mean.
        Rows in italics are baselines without training; they are in no mean.

        """)
  }

  @Test func `CSV gives standard deviation and counts columns of their own`() {
    #expect(
      Samples.replicated.csv() == """
        row,kind,small,sd(small),n(small),na(small),large,sd(large),n(large),na(large)
        0.15,model,0.8125,0.021,3,0,0.5,0.25,2,1
        0.35,model,0.25,n/a,1,2,n/a,n/a,0,3
        dog,baseline,0.4,n/a,1,0,n/a,n/a,0,1

        """)
  }

  @Test func `the figure writes the standard deviation under the mean`() {
    let svg = Heatmap(Samples.replicated).svg()
    #expect(svg.contains(">0.81</text>") && svg.contains(">± 0.02</text>"))
    #expect(svg.contains("0.15: small 0.81 ± 0.02, large 0.50 ± 0.25 (1 n/a)"))
  }

  @Test func `Markdown shows the user's text as it is`() {
    let matrix = Matrix(
      title: "t", metric: "m", columns: [.init(label: "a|b")], rows: [.init(label: "*x_y*", values: [0.5])])
    #expect(matrix.markdown().contains("| \\*x\\_y\\*"))
    #expect(matrix.markdown().contains("a\\|b"))
  }

  @Test func `the comparison in Markdown gives both correlations and whose the other matrix is`() throws {
    try expectSnapshot(MatrixComparison.withPaper(Samples.large).markdown(), "comparison.md")
  }

  @Test(arguments: [
    (0.125, 2, "0.12"), (0.375, 2, "0.38"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (0.999, 2, "1.00"), (12.0, 0, "12"),
    (0.05, 3, "0.050"), (1e-9, 6, "0.000000"), (1234.5678, 3, "1234.568"),
  ])
  func `numbers have a fixed number of decimals`(value: Double, decimals: Int, text: String) {
    #expect(fixed(value, decimals: decimals) == text)
  }
}
