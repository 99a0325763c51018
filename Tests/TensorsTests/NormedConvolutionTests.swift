import Tensors
import Testing

/// The layer beside the operations that it consists of.
@Suite struct NormedConvolutionTests {
  /// Volumes of one voxel, of several cuts that end within planes, of planes of several cuts; blocks that are not full.
  static let shapes = [[1, 1, 1, 1, 3], [3, 5, 22, 21, 12], [2, 2, 40, 33, 9], [1, 70, 5, 4, 16]]

  /// All that a layer gives: its outcome, the statistics and every gradient.
  private struct Outcome: Equatable {
    let output: [UInt32]
    let mean: [Double]
    let variance: [Double]
    let gradients: [[UInt32]]
  }

  /// `layer` gets the volumes, the parameters of the convolution and those of the batch norm, and a residual.
  private func outcome(
    _ shape: [Int], _ mixing: Mixing, threads: Int,
    _ layer: (Tape, [Variable], _ residual: Variable?) -> (output: Variable, statistics: BatchStatistics)
  ) -> Outcome {
    let tape = Tape(on: Engine(threads: threads), isRecording: true)
    let (channels, outputs) = (shape[4], mixing == .depthwise ? shape[4] : 11)
    let weight = mixing == .depthwise ? [channels, 3, 5, 5] : [outputs, channels]
    let leaves = zip([shape, weight, [outputs], [outputs], [outputs]], 1...).map { tape.parameter(.noise($0, $1)) }
    let x = tape.blocked(leaves[0])
    // As in a ConvMixer: the depthwise layer adds what it was given.
    let (output, statistics) = layer(tape, [x] + leaves[1...], mixing == .depthwise ? x : nil)
    tape.differentiate(output, gradient: .noise(output.value.shape, 6))
    return Outcome(
      output: output.value.bits, mean: statistics.mean, variance: statistics.variance,
      gradients: leaves.map { $0.gradient?.bits ?? [] })
  }

  @Test(arguments: shapes, [Mixing.depthwise, .pointwise])
  func `a layer gives the bits of its operations one after another`(shape: [Int], mixing: Mixing) {
    let parts = outcome(shape, mixing, threads: 1) { tape, leaves, residual in
      let mixed = tape.mixed(mixing, leaves[0], weight: leaves[1], bias: leaves[2])
      return tape.batchNorm(mixed, scale: leaves[3], shift: leaves[4], afterGELU: true, residual: residual)
    }
    #expect(parts.gradients.allSatisfy { !$0.isEmpty })
    for threads in 1...4 {
      let whole = outcome(shape, mixing, threads: threads) { tape, leaves, residual in
        tape.normed(
          mixing, leaves[0], weight: leaves[1], bias: leaves[2], scale: leaves[3], shift: leaves[4],
          residual: residual)
      }
      #expect(whole == parts)
    }
  }

  @Test(arguments: [Mixing.depthwise, .pointwise])
  func `a layer takes empty volumes`(mixing: Mixing) {
    let layer = outcome([2, 0, 3, 3, 5], mixing, threads: 2) { tape, leaves, residual in
      tape.normed(
        mixing, leaves[0], weight: leaves[1], bias: leaves[2], scale: leaves[3], shift: leaves[4], residual: residual)
    }
    #expect(layer.output.isEmpty)
    #expect(layer.gradients[2].allSatisfy { $0 == 0 })
  }
}
