import Testing

@testable import Reports

@Suite struct HeatmapTests {
  @Test(arguments: [
    ("heatmap-small", Samples.small), ("heatmap-large", Samples.large), ("heatmap-single", Samples.single),
  ])
  func `the heatmap is drawn as recorded`(name: String, matrix: Matrix) throws {
    try expectSnapshot(Heatmap(matrix).svg(), "\(name).svg")
  }

  @Test func `the pair with the paper is drawn as recorded`() throws {
    let figure = SideBySide(.withPaper(Samples.large), title: "Generalization: phantoms beside the paper")
    try expectSnapshot(figure.svg(), "side-by-side.svg")
  }

  @Test(arguments: [Samples.small, Samples.large, Samples.single, Samples.replicated, Samples.crowded])
  func `all that is written in a cell lies in it, and no line on another`(matrix: Matrix) {
    let panel = HeatmapPanel(
      matrix, scale: ColourScale(0...1), decimals: matrix.decimals, left: 0, top: 0)
    for (index, row) in panel.ordered.enumerated() {
      for place in matrix.columns.indices {
        let (box, texts) = (panel.cellBox(row: index, column: place), panel.texts(of: row, place))
        let value = fixed(row.values[place], decimals: matrix.decimals)
        let words = [value, row.detailText(place, decimals: matrix.decimals)].filter { !$0.isEmpty }
        #expect(texts.lines.map(\.text).joined(separator: " ") == words.joined(separator: " "))
        for line in texts.lines {
          #expect(line.width <= box.width - 2 * CellTexts.margin, "\(line.text)")
          #expect(line.y.magnitude + line.size / 2 <= box.height / 2, "\(line.text)")
        }
        for (upper, lower) in zip(texts.lines, texts.lines.dropFirst()) {
          #expect(upper.y + upper.size / 2 <= lower.y - lower.size / 2, "\(upper.text) on \(lower.text)")
        }
      }
    }
    let width = panel.cellBox(row: 0, column: 0).width
    #expect(matrix.columns.allSatisfy { SVG.width(of: $0.name, size: 14) <= width })
  }

  @Test func `cells say what became of trainings, those without a value too`() {
    let svg = Heatmap(Samples.crowded).svg()
    for words in ["± 0.0001", "(not converged)", "(stopped at 400)", "n/a", "0.0101\u{2013}0.0144"] {
      #expect(svg.contains(">\(words)</text>"), "\(words)")
    }
  }

  @Test func `the user's text is escaped`() {
    let matrix = Matrix(
      title: "a < b & \"c\"", metric: "m", columns: [.init(label: "x")], rows: [.init(label: "x", values: [0])])
    #expect(Heatmap(matrix).svg().contains("<title>a &lt; b &amp; &quot;c&quot;</title>"))
  }

  @Test(arguments: [(-1.0, "#f8fadd"), (0, "#f8fadd"), (0.5, "#059db0"), (1, "#272a4d"), (7, "#272a4d")])
  func `colours run from pale to deep and stay at the ends`(value: Double, hex: String) {
    #expect(ColourScale(0...1).colour(of: value).hex == hex)
  }

  @Test func `colours get darker with every step`() {
    let scale = ColourScale(0...1)
    let luminances = (0...100).map { scale.colour(of: Double($0) / 100).luminance }
    #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test(arguments: [(0.0, RGB.ink), (0.4, .ink), (0.8, .white), (1, .white)])
  func `text stands out from its ground`(value: Double, colour: RGB) {
    #expect(ColourScale(0...1).colour(of: value).textColour == colour)
  }
}
