import Neural
import Tensors
import Testing

@Suite struct DetectorTrainingTests {
  /// Eleven channels; 5 x 22 x 21 positions a sample, so that reductions span three cuts of each.
  static let odd = ConvMixerConfiguration(dim: 11, depth: 1, kernel: [3, 5, 3], patch: [1, 2, 2])
  static let crop = [5, 44, 42]
  static var start: DetectorStart { DetectorStart(ConvMixer3D(odd, seed: 3)) }

  static func advance(_ training: DetectorTraining, by steps: Int) -> [UInt32] {
    (0..<steps).map { _ in
      let input = Tensor.noise([2] + crop, training.step)
      return training.advance(input: input, target: input.map { $0 > 0.95 ? 1 : 0 }).bitPattern
    }
  }

  static func training(threads: Int, schedule: Schedule = .wsd) -> DetectorTraining {
    DetectorTraining(configuration: odd, schedule: schedule, steps: 8, seed: 3, engine: Engine(threads: threads))
  }

  @Test(arguments: [2, 3, 4])
  func `a training has the same bytes from any number of threads`(threads: Int) {
    let (one, many) = (DetectorTrainingTests.training(threads: 1), DetectorTrainingTests.training(threads: threads))
    #expect(DetectorTrainingTests.advance(one, by: 4) == DetectorTrainingTests.advance(many, by: 4))
    #expect(one.checkpoint().entries.map(\.tensor.bits) == many.checkpoint().entries.map(\.tensor.bits))
  }

  @Test(arguments: Schedule.allCases)
  func `a training resumed from a checkpoint goes on with the same bits`(schedule: Schedule) throws {
    let whole = DetectorTrainingTests.training(threads: 2, schedule: schedule)
    let losses = DetectorTrainingTests.advance(whole, by: 8)
    let first = DetectorTrainingTests.training(threads: 1, schedule: schedule)
    let before = DetectorTrainingTests.advance(first, by: 3)
    let checkpoint = first.checkpoint()
    // What the first training does from here on must not reach the checkpoint.
    _ = DetectorTrainingTests.advance(first, by: 1)
    let second = try DetectorTraining(
      from: DetectorTrainingTests.start, schedule: schedule, steps: 8, engine: Engine(threads: 2),
      resuming: checkpoint)
    #expect(second.step == 3)
    #expect(before + DetectorTrainingTests.advance(second, by: 5) == losses)
    #expect(second.checkpoint().names == whole.checkpoint().names)
    #expect(second.checkpoint().entries.map(\.tensor.bits) == whole.checkpoint().entries.map(\.tensor.bits))
  }

  @Test func `an average of weights goes on from a checkpoint with the same bits`() throws {
    func begun() -> DetectorTraining {
      DetectorTraining(
        configuration: DetectorTrainingTests.odd, optimiser: ConvMixerFixtureTests.descent, steps: 8, seed: 3,
        engine: Engine(threads: 2))
    }
    let (whole, first) = (begun(), begun())
    _ = DetectorTrainingTests.advance(whole, by: 8)
    _ = DetectorTrainingTests.advance(first, by: 3)
    let second = try DetectorTraining(
      from: DetectorTrainingTests.start, optimiser: ConvMixerFixtureTests.descent, steps: 8,
      engine: Engine(threads: 1), resuming: first.checkpoint())
    _ = DetectorTrainingTests.advance(second, by: 5)
    #expect(second.checkpoint().entries.map(\.tensor.bits) == whole.checkpoint().entries.map(\.tensor.bits))
    let bits = whole.model.state.entries.map(\.tensor.bits)
    #expect(second.model.state.entries.map(\.tensor.bits) == bits)
    #expect(whole.checkpoint().under("model.").entries.map(\.tensor.bits) != bits)
  }

  @Test func `after the second step buffers are used again`() {
    let engine = Engine(threads: 2)
    let training = DetectorTraining(
      configuration: DetectorTrainingTests.odd, schedule: .wsd, steps: 8, seed: 3, engine: engine)
    _ = DetectorTrainingTests.advance(training, by: 2)
    let before = engine.allocations
    _ = DetectorTrainingTests.advance(training, by: 3)
    #expect(engine.allocations == before)
  }

  @Test func `a checkpoint whose step is no count is refused`() {
    var checkpoint = DetectorTrainingTests.training(threads: 1).checkpoint()
    checkpoint["step"] = Tensor([.nan], shape: [])
    let error = #expect(throws: ModelStateError.self) {
      try DetectorTraining(
        from: DetectorTrainingTests.start, steps: 8, engine: Engine(threads: 1), resuming: checkpoint)
    }
    #expect(error?.description == "'step' is nan, expected a count; the state is damaged")
  }

  @Test func `a model taken during training stays as it is`() {
    let training = DetectorTrainingTests.training(threads: 1)
    let model = training.model
    let before = model.state.entries.map(\.tensor.bits)
    _ = DetectorTrainingTests.advance(training, by: 2)
    #expect(model.state.entries.map(\.tensor.bits) == before)
    #expect(training.model.state.entries.map(\.tensor.bits) != before)
  }

  @Test func `a checkpoint without its moments is refused`() {
    var checkpoint = DetectorTrainingTests.training(threads: 1).checkpoint()
    checkpoint["moment2.0.weight"] = nil
    let error = #expect(throws: ModelStateError.self) {
      try DetectorTraining(
        from: DetectorTrainingTests.start, steps: 8, engine: Engine(threads: 1), resuming: checkpoint)
    }
    #expect(
      error?.description
        == "no tensor '0.weight' of shape [11, 1, 1, 2, 2]; the state belongs to another model or was cut short")
  }

  @Test func `training learns to find bright voxels`() {
    let configuration = ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3])
    let training = DetectorTraining(
      configuration: configuration, optimiser: .adamW(rate: 1e-2), steps: 120, seed: 1,
      engine: Engine(threads: 2))
    let losses = (0..<120).map { step in
      let input = Tensor.noise([2, 4, 16, 16], step)
      return training.advance(input: input, target: input.map { $0 > 0.8 ? 1 : 0 })
    }
    #expect(losses[115...].reduce(0, +) < 0.5 * losses[..<5].reduce(0, +))
  }
}

@Suite struct ScheduleTests {
  @Test(
    arguments: [(0, 1e-5), (49, 5e-4), (99, 1e-3), (799, 1e-3), (800, 1e-3), (900, 5e-4), (999, 5e-6)] as [(Int, Float)]
  )
  func `warm-up, stable and decay follow each other`(step: Int, rate: Float) {
    #expect(abs(Schedule.wsd.rate(at: step, of: 1000, peak: 1e-3) - rate) < 1e-9)
  }

  @Test(arguments: [(499, 5.01570e-4), (0, 1e-5), (999, 2.4674e-9)] as [(Int, Float)])
  func `the cosine falls to nothing`(step: Int, rate: Float) {
    #expect(abs(Schedule.cosine.rate(at: step, of: 1000, peak: 1e-3) - rate) < 1e-8)
  }

  @Test func `only wsd has a start of the decay`() {
    #expect(Schedule.wsd.decayStart(steps: 3001) == 2400)
    #expect(Schedule.cosine.decayStart(steps: 3000) == nil)
  }
}
