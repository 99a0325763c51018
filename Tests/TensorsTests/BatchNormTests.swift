import Tensors
import Testing

@Suite struct BatchNormTests {
  let engine = Engine(threads: 2)

  /// Over several cuts; a mean ten thousand times the spread would drown plain sums of squares in Float.
  @Test(arguments: [0, 1000] as [Float])
  func `a channel far from zero is normalised as well as one around it`(mean: Float) {
    let tape = Tape(on: engine, isRecording: false)
    // Multiples of 2^-10 around the mean are exact.
    let values = Tensor.noise([3, 5, 22, 21, 1], 5).values.map { mean + ($0 * 128).rounded() / 1024 }
    let ones = tape.constant(Tensor([1], shape: [1]))
    let zeros = tape.constant(Tensor([0], shape: [1]))
    let x = tape.blocked(tape.constant(Tensor(values, shape: [3, 5, 22, 21, 1])))
    let (output, statistics) = tape.batchNorm(x, scale: ones, shift: zeros, epsilon: 0)
    let expectedMean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0.0) { $0 + (Double($1) - expectedMean) * (Double($1) - expectedMean) }
    #expect(abs(statistics.mean[0] - expectedMean) < 1e-6)
    #expect(abs(statistics.variance[0] * Double(values.count - 1) / squares - 1) < 1e-4)
    let normed = tape.unblocked(output, channels: 1).value.values
    #expect(abs(normed.reduce(0.0) { $0 + Double($1) } / Double(values.count)) < 1e-3)
  }

  @Test func `channels that only fill up the last block stay zero`() {
    let tape = Tape(on: engine, isRecording: false)
    let x = tape.blocked(tape.constant(.noise([1, 2, 2, 2, 3], 1)))
    let (scale, shift) = (tape.constant(.noise([3], 2)), tape.constant(.noise([3], 3)))
    let output = tape.batchNorm(x, scale: scale, shift: shift, afterGELU: true).output.value
    #expect(output.shape == [1, 1, 2, 2, 2, 8])
    #expect((0..<64).allSatisfy { output.values[$0] == 0 || $0 % 8 < 3 })
  }

  @Test func `statistics that the batch has give what the batch gives`() {
    let tape = Tape(on: engine, isRecording: false)
    let x = tape.blocked(tape.constant(.noise([2, 2, 3, 4, 9], 1)))
    let residual = tape.blocked(tape.constant(.noise([2, 2, 3, 4, 9], 4)))
    let (scale, shift) = (tape.constant(.noise([9], 2)), tape.constant(.noise([9], 3)))
    let (trained, statistics) = tape.batchNorm(x, scale: scale, shift: shift, afterGELU: true, residual: residual)
    let variance = statistics.variance.map { Float($0 * 47 / 48) }
    let evaluated = tape.batchNorm(
      x, scale: scale, shift: shift, mean: statistics.mean.map { Float($0) }, variance: variance, afterGELU: true,
      residual: residual)
    #expect(zip(trained.value.values, evaluated.value.values).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
