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
