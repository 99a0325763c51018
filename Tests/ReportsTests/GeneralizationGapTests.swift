import Imaging
import Testing

@testable import Reports

@Suite struct GeneralizationGapTests {
  @Test func `the paper's gap: its diagonal, the rest, and the best foreign model of each marker`() throws {
    let gap = try #require(GeneralizationGap(PaperMatrix.matrix))
    // (0.81 + 0.78 + 0.63 + 0.57 + 0.81 + 0.33) / 6, and the other thirty.
    #expect(abs((gap.diagonal ?? 0) - 0.655) < 1e-12)
    #expect(abs(gap.offDiagonal - 10.81 / 30) < 1e-12)
    #expect(gap.sentence() == "F1: diagonal 0.66, off the diagonal 0.36, gap 0.29")
    #expect(gap.tests.map { $0.best?.label } == ["pv", "neun", "neun", "neun", "th", "iba1"])
    #expect(gap.tests.map { $0.best?.value } == [0.73, 0.76, 0.89, 0.41, 0.56, 0.61])
    let neun = gap.models[0]
    #expect(neun.own == 0.81)
    #expect(neun.best?.label == "pv")
    let others = neun.others ?? 0
    #expect(abs(others - 0.508) < 1e-12)
  }

  @Test func `n/a cells are in no mean, baselines nowhere, and of equals the first is the best`() throws {
    let gap = try #require(GeneralizationGap(Samples.small))
    #expect(gap.models.map(\.own) == [0.8125, 0.5])
    #expect(gap.models.map(\.others) == [0.25, nil])
    #expect(gap.models[1].gap == nil)
    #expect(gap.tests.map { $0.best?.label } == [nil, "neun"])
    let even = Matrix(
      title: "", metric: "f1", columns: [.init(label: "a")],
      rows: [.init(label: "b", values: [0.5]), .init(label: "c", values: [0.5]), .init(label: "a", values: [nil])])
    let found = try #require(GeneralizationGap(even))
    #expect(found.tests[0].best?.label == "b" && found.tests[0].own == nil && found.gap == nil)
  }

  @Test func `the best of losses is the least`() throws {
    let losses = Matrix(
      title: "", metric: "loss", columns: [.init(label: "a")],
      rows: [.init(label: "b", values: [0.5]), .init(label: "c", values: [0.25]), .init(label: "a", values: [0.1])],
      isLowerBetter: true)
    #expect(GeneralizationGap(losses)?.tests[0].best?.label == "c")
  }

  @Test func `a matrix without a diagonal has no gap, and neither has one of a single marker`() {
    #expect(GeneralizationGap(Samples.replicated) == nil)
    let alone = Matrix(
      title: "", metric: "f1", columns: [.init(label: "a")],
      rows: [.init(label: "a", values: [0.5]), .init(label: "a frozen", kind: .variant, values: [0.25])])
    #expect(GeneralizationGap(alone) == nil)
    #expect(alone.gapSentences.isEmpty)
  }

  @Test func `a table of rows of different kinds has a mean a row, and none of all`() {
    let refined = Matrix(
      title: "t", metric: "f1", columns: [.init(label: "a"), .init(label: "b")],
      rows: [
        .init(label: "refined", values: [0.5, 0.75]), .init(label: "before", kind: .variant, values: [0.25, nil]),
      ])
    #expect(refined.summary(decimals: 2) == "f1: mean of each row: refined 0.62, before 0.25")
    #expect(refined.markdown().contains("Mean of each row: refined 0.62, before 0.25."))
    #expect(!refined.markdown().contains("in no mean"))
  }

  @Test func `tables name the best foreign model beside its score`() throws {
    let gap = try #require(GeneralizationGap(Samples.small))
    #expect(
      gap.testGrid(title: "By test marker").csv() == """
        tested on,own model,mean of foreign,gap,best foreign model,its score
        neun,0.8125,n/a,n/a,n/a,n/a
        th,0.5,0.25,0.25,neun,0.25

        """)
    #expect(
      gap.modelGrid(title: "By model").csv() == """
        model,own marker,mean of others,gap,best other marker,there
        neun,0.8125,0.25,0.5625,th,0.25
        th,0.5,n/a,n/a,n/a,n/a

        """)
  }

  @Test func `rows with a threshold chosen again make a matrix of their own`() throws {
    let matrix = Matrix(
      title: "m", metric: "f1", columns: [.init(label: "a", name: "A"), .init(label: "b", name: "B")],
      rows: [
        .init(label: "a", values: [0.75, 0.25]), .init(label: "b", values: [0.25, 0.75]),
        .init(label: "a tuned", kind: .variant, values: [0.75, 0.5]),
        .init(label: "b tuned", kind: .variant, values: [0.5, 0.75]),
        .init(label: "joint", kind: .variant, values: [0.75, 0.75]),
      ])
    #expect(matrix.markerVariants.map(\.name) == ["tuned"])
    #expect(!matrix.markerVariants[0].matrix.isLowerBetter)
    #expect(GeneralizationGap(matrix.markerVariants[0].matrix)?.gap == 0.25)
    let text = matrix.gapMarkdown()
    #expect(text.contains("f1: diagonal 0.75, off the diagonal 0.25, gap 0.50."))
    #expect(
      text.contains(
        "Rows 'tuned': f1: diagonal 0.75, off the diagonal 0.50, gap 0.25, 0.25 less than that of the models above."
      ))
  }
}
