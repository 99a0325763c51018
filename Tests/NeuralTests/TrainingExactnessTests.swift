import Foundation
import Neural
import Tensors
import Testing

/// Trainings of ConvMixers at the sizes that experiments have; `DetectorTrainingTests` has the odd ones.
@Suite struct TrainingExactnessTests {
  /// A size of model and batch.
  struct Size: CustomTestStringConvertible, Sendable {
    let name: String
    let configuration: ConvMixerConfiguration
    let crops: [Int]

    var testDescription: String { name }

    /// The widths, kernels and crops of the recipes; less deep, and one crop at a time.
    static let narrow = [
      Size(name: "dim 64, k 5", configuration: ConvMixerConfiguration(dim: 64, depth: 1), crops: [1, 16, 64, 64]),
      Size(
        name: "dim 32, k 3x7x7", configuration: ConvMixerConfiguration(dim: 32, depth: 1, kernel: [3, 7, 7]),
        crops: [1, 16, 64, 64]),
      // 7 x 22 x 22 positions: more than three cuts of 1024, the last one short, in each of three samples.
      Size(
        name: "dim 19, three crops of 7 x 44 x 44",
        configuration: ConvMixerConfiguration(dim: 19, depth: 2, kernel: [3, 3, 5]), crops: [3, 7, 44, 44]),
    ]

    /// The recipe's defaults.
    static let whole = Size(
      name: "dim 64, depth 6, k 5, batch 8", configuration: ConvMixerConfiguration(), crops: [8, 16, 64, 64])

    func training(threads: Int) -> DetectorTraining {
      training(on: Engine(threads: threads))
    }

    func training(on engine: Engine) -> DetectorTraining {
      DetectorTraining(configuration: configuration, steps: 100, seed: 11, engine: engine)
    }

    /// Does steps on batches that depend on the step alone; the bits of their losses.
    func advance(_ training: DetectorTraining, by steps: Int) -> [UInt32] {
      (0..<steps).map { _ in
        let input = Tensor.noise(crops, training.step)
        return training.advance(input: input, target: input.map { $0 > 0.98 ? 1 : 0 }).bitPattern
      }
    }
  }

  static let isFull = ProcessInfo.processInfo.environment["LIGHTBENCH_TEST_FULL"] == "1"

  private func bits(_ training: DetectorTraining) -> [[UInt32]] { training.checkpoint().entries.map(\.tensor.bits) }

  private func expectSameBits(_ size: Size, threads: Int, steps: Int) {
    let (one, many) = (size.training(threads: 1), size.training(threads: threads))
    #expect(size.advance(one, by: steps) == size.advance(many, by: steps))
    #expect(bits(one) == bits(many))
  }

  @Test(arguments: Size.narrow, [2, 3, 4])
  func `steps have the same bytes from any number of threads`(size: Size, threads: Int) {
    expectSameBits(size, threads: threads, steps: 2)
  }

  @Test(.enabled(if: isFull, "LIGHTBENCH_TEST_FULL=1 runs it"), arguments: [2, 3, 4])
  func `a step of the recipe's defaults has the same bytes from any number of threads`(threads: Int) {
    expectSameBits(.whole, threads: threads, steps: 1)
  }

  private func expectResumes(_ size: Size, from first: Int, to last: Int) throws {
    let whole = size.training(threads: 2)
    let losses = size.advance(whole, by: last)
    let before = size.training(threads: 3)
    let earlier = size.advance(before, by: first)
    let after = try DetectorTraining(
      from: DetectorStart(ConvMixer3D(size.configuration, seed: 11)), steps: 100, engine: Engine(threads: 1),
      resuming: before.checkpoint())
    #expect(after.step == first)
    #expect(earlier + size.advance(after, by: last - first) == losses)
    #expect(bits(after) == bits(whole))
  }

  @Test(arguments: Size.narrow)
  func `an interrupted training goes on with the same bytes`(size: Size) throws {
    try expectResumes(size, from: 2, to: 4)
  }

  @Test(.enabled(if: isFull, "LIGHTBENCH_TEST_FULL=1 runs it"))
  func `an interrupted training of the recipe's defaults goes on with the same bytes`() throws {
    try expectResumes(.whole, from: 1, to: 2)
  }

  @Test(arguments: Size.narrow)
  func `a step allocates nothing after the first`(size: Size) {
    let engine = Engine(threads: 2)
    let training = size.training(on: engine)
    _ = size.advance(training, by: 1)
    let before = engine.allocations
    _ = size.advance(training, by: 3)
    #expect(engine.allocations == before)
  }
}
