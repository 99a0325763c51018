import Reports
import Testing

@Suite struct PaperMatrixTests {
  @Test func `only F1 on the same markers stands beside it`() {
    func matrix(_ metric: String, _ columns: [Matrix.Column], row: String = "neun") -> Matrix {
      let row = Matrix.Row(label: row, values: columns.map { _ in 0.5 })
      return Matrix(title: "t", metric: metric, columns: columns, rows: [row])
    }
    let columns = PaperMatrix.matrix.columns
    #expect(PaperMatrix.isComparable(with: PaperMatrix.matrix))
    #expect(PaperMatrix.isComparable(with: matrix("f1.pooled", columns.reversed())))
    #expect(!PaperMatrix.isComparable(with: matrix("recall.pooled", columns)))
    #expect(!PaperMatrix.isComparable(with: matrix("f1.pooled", Array(columns.dropLast()))))
    #expect(!PaperMatrix.isComparable(with: matrix("f1.pooled", columns, row: "trained-encoder")))
  }

  // As the paper prints it, in its own order of rows and columns.
  private static let printed = """
    cfos 0.78 0.02 0.04 0.28 0.00 0.03
    neun 0.76 0.81 0.41 0.89 0.05 0.43
    th   0.74 0.21 0.57 0.68 0.04 0.56
    pv   0.29 0.73 0.20 0.63 0.01 0.06
    gfap 0.74 0.04 0.14 0.21 0.33 0.43
    iba1 0.74 0.57 0.28 0.62 0.61 0.81
    """

  @Test(arguments: printed.split(separator: "\n"))
  func `each cell is where the paper has it`(line: Substring) {
    let fields = line.split(separator: " ")
    let columns = ["cfos", "neun", "th", "pv", "gfap", "iba1"]
    for (column, text) in zip(columns, fields.dropFirst()) {
      #expect(PaperMatrix.matrix.value(row: String(fields[0]), column: column) == Double(text))
    }
  }

  @Test func `its labels come in our order`() {
    let order = ["neun", "cfos", "pv", "th", "iba1", "gfap"]
    #expect(PaperMatrix.matrix.rows.map(\.label) == order)
    #expect(PaperMatrix.matrix.columns.map(\.label) == order)
  }

  @Test func `it is compared with ours under labels that say whose it is`() {
    let comparison = MatrixComparison.withPaper(PaperMatrix.matrix)
    #expect(comparison.left.label == "phantoms, this run")
    #expect(comparison.right.label == "CANVAS paper, real data: not ours")
    #expect(comparison.all.coefficient == 1)
    #expect((comparison.all.count, comparison.offDiagonal.count) == (36, 30))
  }
}
