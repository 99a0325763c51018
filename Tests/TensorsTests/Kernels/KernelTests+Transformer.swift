import CKernels
import Foundation
import Testing

extension KernelTests {
  @Test(arguments: counts.dropFirst(), [1, 3])
  func `a layer norm and its gradient have equal twins and follow the definition`(width: Int, rows: Int) {
    let (x, g) = (samples(rows * width, seed: 1), samples(rows * width, seed: 2))
    let (weight, bias) = (samples(width, seed: 3), samples(width, seed: 4))
    let out = Self.expectEqualTwins {
      var y = [Float](repeating: .nan, count: rows * width)
      var mean = [Float](repeating: .nan, count: rows)
      var factor = mean
      unsafe ck_layer_norm_f32(rows, width, 1e-3, x, weight, bias, &y, &mean, &factor)
      var change = y
      var (weights, biases) = (weight, bias)
      unsafe ck_layer_norm_gradient_f32(rows, width, g, x, weight, mean, factor, y, &change, &weights, &biases)
      return y + change + weights + biases
    }
    let expected = (0..<rows).flatMap { row -> [Double] in
      let own = x[row * width..<(row + 1) * width].map { Double($0) }
      let mean = own.reduce(0, +) / Double(width)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      let factor = 1 / (variance + 1e-3).squareRoot()
      return own.enumerated().map { column, value -> Double in
        let normed = (value - mean) * factor
        return normed * Double(weight[column]) + Double(bias[column])
      }
    }
    Self.expectClose(Array(out[..<(rows * width)]), expected, within: 1e-5)
    let sums = (0..<width).map { column in (0..<rows).reduce(0.0) { $0 + Double(g[$1 * width + column]) } }
    Self.expectClose(Array(out.suffix(width)), sums, within: 1e-6)
  }

  @Test(arguments: [1, 7, 8, 9, 17, 65], [1, 7, 8, 9, 16, 24, 33])
  func `attention and its gradient have equal twins and follow the definition`(tokens: Int, width: Int) {
    let stride = 3 * width + 5
    let (packed, g) = (samples(tokens * stride, seed: 1, scale: 2), samples(tokens * width, seed: 2))
    let out = Self.expectEqualTwins {
      var y = [Float](repeating: .nan, count: tokens * width)
      var change = [Float](repeating: 0, count: tokens * stride)
      var scratch = [Float](repeating: .nan, count: ck_attention_scratch_f32(tokens, width))
      unsafe packed.withUnsafeBufferPointer { packed in
        guard let q = packed.baseAddress else { return }
        unsafe ck_attention_f32(tokens, width, 0.5, q, q + width, q + 2 * width, stride, &y, width, &scratch)
        unsafe change.withUnsafeMutableBufferPointer { change in
          guard let to = change.baseAddress else { return }
          unsafe ck_attention_gradient_f32(
            tokens, width, 0.5, q, q + width, q + 2 * width, stride, g, width, to, to + width, to + 2 * width, &scratch)
        }
      }
      return y + change
    }
    func value(_ part: Int, _ token: Int, _ at: Int) -> Double { Double(packed[token * stride + part * width + at]) }
    let expected = (0..<tokens).flatMap { token -> [Double] in
      let powers = (0..<tokens).map { other -> Double in
        let product = (0..<width).reduce(0.0) { sum, at in sum + value(0, token, at) * value(1, other, at) }
        return exp(0.5 * product)
      }
      let total = powers.reduce(0, +)
      return (0..<width).map { at -> Double in
        (0..<tokens).reduce(0.0) { sum, other in sum + powers[other] / total * value(2, other, at) }
      }
    }
    Self.expectClose(Array(out[..<(tokens * width)]), expected, within: 2e-5)
    // The gradient of the values sums to that of the outcome, since shares sum to one.
    for at in 0..<width {
      let first = tokens * width + 2 * width + at
      let change = (0..<tokens).reduce(0.0) { sum, token in sum + Double(out[first + token * stride]) }
      let sum = (0..<tokens).reduce(0.0) { sum, token in sum + Double(g[token * width + at]) }
      #expect(abs(change - sum) < 1e-4)
    }
  }

  @Test(arguments: counts, [0, 1, 5])
  func `sums over rows and squares have equal twins and follow the definition`(width: Int, rows: Int) {
    let (a, b) = (samples(rows * width, seed: 1), samples(rows * width, seed: 2))
    let scale = samples(width, seed: 3)
    let out = Self.expectEqualTwins {
      var (sums, dots) = (scale, scale)
      var (scaled, slope) = (a, a)
      unsafe ck_sum_rows_f32(rows, width, a, &sums)
      unsafe ck_dot_rows_f32(rows, width, a, b, &dots)
      unsafe ck_scale_columns_f32(rows, width, a, scale, &scaled)
      let squares = unsafe ck_squares_f32(rows * width, 0.25, a)
      let error = unsafe ck_square_error_f32(rows * width, a, b, 0.5, &slope)
      return sums + dots + scaled + slope + [Float(squares), Float(error)]
    }
    func column(_ body: (Int) -> Double) -> [Double] {
      (0..<width).map { column in (0..<rows).reduce(0.0) { $0 + body($1 * width + column) } }
    }
    Self.expectClose(Array(out[..<width]), column { Double(a[$0]) }, within: 1e-6)
    Self.expectClose(Array(out[width..<2 * width]), column { Double(a[$0]) * Double(b[$0]) }, within: 1e-6)
    let squares = a.reduce(0.0) { $0 + (Double($1) - 0.25) * (Double($1) - 0.25) }
    let differences: [Double] = zip(a, b).map { Double($0) - Double($1) }
    let error = differences.reduce(0.0) { $0 + $1 * $1 }
    Self.expectClose(out.suffix(2), [squares, error], within: 1e-6)
  }

  @Test(arguments: counts)
  func `descent and average have equal twins`(count: Int) {
    let (g, w) = (samples(count, seed: 1), samples(count, seed: 2))
    let out = Self.expectEqualTwins {
      var (weight, moment, average) = (w, g, w)
      unsafe ck_sgd_f32(count, &weight, g, &moment, 0.1, 0.9, 0.01)
      unsafe ck_average_f32(count, 0.25, g, &average)
      return weight + moment + average
    }
    let (gradients, weights) = (g.map { Double($0) }, w.map { Double($0) })
    let moments: [Double] = zip(gradients, weights).map { 1.9 * $0 + 0.01 * $1 }
    let descended: [Double] = zip(weights, moments).map { $0 - 0.1 * $1 }
    let averaged: [Double] = zip(weights, gradients).map { 0.75 * $0 + 0.25 * $1 }
    Self.expectClose(Array(out[..<count]), descended, within: 1e-6)
    Self.expectClose(Array(out.suffix(count)), averaged, within: 1e-6)
  }

  @Test func `rows are put together with filler and positions`() {
    let rows: [Float] = [1, 2, 3, 4, 5, 6]
    var out = [Float](repeating: .nan, count: 8)
    unsafe ck_assemble_rows_f32(4, 2, [2, -1, 0, -1], rows, [9, 8], [-1, 0, 1, -1], [10, 20, 30, 40], &out)
    #expect(out == [5, 6, 19, 28, 31, 42, 9, 8])
    unsafe ck_assemble_rows_f32(4, 2, [2, -1, 0, -1], rows, nil, nil, nil, &out)
    #expect(out == [5, 6, 0, 0, 1, 2, 0, 0])
  }

  @Test func `tokens hold the voxels of a patch in order`() {
    let (size, patch) = (ck_extent(2, 4, 6), ck_extent(2, 2, 3))
    let volume = (0..<48).map { Float($0) }
    var tokens = [Float](repeating: .nan, count: 48)
    unsafe ck_patches_to_tokens_f32(size, patch, volume, &tokens)
    #expect(Array(tokens[12..<24]) == [3, 4, 5, 9, 10, 11, 27, 28, 29, 33, 34, 35])
    var back = [Float](repeating: .nan, count: 48)
    unsafe ck_tokens_to_patches_f32(size, patch, tokens, &back)
    #expect(back == volume)
  }
}
