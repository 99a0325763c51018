import Testing

@testable import Reports

/// Curves from the logs of trainings.
@Suite struct TrainingFiguresTests {
  private static let text = """
    starts at step 0
    step 10 of 40, loss 0.05
    step 20 of 40, loss 0.01
    step 20 of 40, validation loss 0.02
    warning: step by step
    resumes at step 15
    step 20 of 40, loss 0.011
    step 30 of 40, loss nan
    step 40 of 40, loss 0.001
    step 40 of 40, validation loss 0.004

    """

  @Test func `losses are read by step, the last attempt's, and other lines are left alone`() {
    let log = TrainingLog(Self.text)
    #expect(log.training.map(\.step) == [10, 20, 40])
    #expect(log.training.map(\.loss) == [0.05, 0.011, 0.001])
    #expect(log.validation.map(\.step) == [20, 40] && log.validation.map(\.loss) == [0.02, 0.004])
    #expect(TrainingLog("").training.isEmpty)
  }

  private static func training(_ name: String, factor: Double = 1) -> TrainingFigures.Training {
    let steps = Array(stride(from: 10, through: 500, by: 10))
    var log = TrainingLog("")
    log.training = steps.map { (step: $0, loss: factor / Double($0) * (1 + 0.2 * Double($0 * 7 % 11) / 11)) }
    log.validation = steps.filter { $0 % 50 == 0 }.map { (step: $0, loss: factor * 1.2 / Double($0)) }
    return TrainingFigures.Training(address: "train[m=\(name)]", name: name, log: log, outcome: "F1 0.83")
  }

  @Test func `a panel a training`() throws {
    let names = ["neun", "a & <b>", "cfos"]
    let figure = try #require(TrainingFigures.figure(of: "train", names.map { Self.training($0) }))
    #expect(figure.name == "training-train")
    #expect(figure.alt.contains("neun: loss 0.00207 at step 500, validation loss 0.00240 at step 500, F1 0.83"))
    guard case .svg(let text) = figure.content else { return }
    try expectSnapshot(text, "figure-training.svg")
    #expect(text.contains("a &amp; &lt;b&gt;") && !text.contains("<b>"))
  }

  @Test func `the trainings of a whole sweep fit into one figure`() throws {
    let figure = try #require(
      TrainingFigures.figure(of: "pretrain", (0..<84).map { Self.training("small 0.15 \($0)", factor: 0.01) }))
    guard case .svg(let text) = figure.content else { return }
    #expect(text.utf8.count < 400_000)
    #expect(text.contains("small 0.15 83"))
    #expect(TrainingFigures.figure(of: "pretrain", []) == nil)
  }
}
