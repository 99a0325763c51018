import Reports
import Testing

@Suite struct MatrixTests {
  @Test func `the means leave out baselines and cells that are n over a`() {
    #expect(Samples.small.diagonalMean == (0.8125 + 0.5) / 2)
    #expect(Samples.small.offDiagonalMean == 0.25)
  }

  @Test func `a matrix without a diagonal has no mean of it`() {
    let matrix = Matrix(
      title: "t", metric: "m", columns: [.init(label: "a")], rows: [.init(label: "b", values: [0.5])])
    #expect(matrix.diagonalMean == nil)
    #expect(matrix.offDiagonalMean == 0.5)
  }

  @Test func `a baseline that is called like a marker is not on the diagonal`() {
    let row = Matrix.Row(label: "a", kind: .baseline, values: [0.5])
    let column = Matrix.Column(label: "a")
    let matrix = Matrix(title: "t", metric: "m", columns: [column], rows: [row])
    #expect(!matrix.isDiagonal(row, column))
    #expect(matrix.diagonalMean == nil)
  }

  @Test func `values are found by label`() {
    #expect(Samples.small.value(row: "neun", column: "th") == 0.25)
    #expect(Samples.small.value(row: "th", column: "neun") == nil)
    #expect(Samples.small.value(row: "pv", column: "th") == nil)
  }

  @Test func `a row of the wrong length traps`() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix(title: "t", metric: "m", columns: [], rows: [.init(label: "a", values: [1])])
    }
  }

  @Test func `a value that is not a number traps`() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix(title: "t", metric: "m", columns: [.init(label: "a")], rows: [.init(label: "a", values: [.nan])])
    }
  }
}
