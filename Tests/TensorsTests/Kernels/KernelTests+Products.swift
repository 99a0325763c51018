import CKernels
import Testing

/// Sizes of a pointwise convolution.
struct Pointwise: CustomTestStringConvertible {
  let voxels: Int, inputs: Int, outputs: Int
  /// Floats between blocks, more than the voxels need.
  var stride: Int { 8 * voxels + 24 }
  var testDescription: String { "\(voxels) voxels, \(inputs) to \(outputs) blocks" }

  func callAsFunction(_ input: [Float], _ weight: [Float], bias: [Float]?) -> [Float] {
    var output = [Float](repeating: 0, count: outputs * stride)
    if let bias {
      unsafe ck_pointwise_f32(voxels, inputs, outputs, input, stride, weight, bias, &output, stride)
    } else {
      unsafe ck_pointwise_f32(voxels, inputs, outputs, input, stride, weight, nil, &output, stride)
    }
    return output
  }

  /// Gradients of the weights, then of the bias.
  func gradients(_ input: [Float], _ gradient: [Float]) -> [Float] {
    var weight = [Float](repeating: .nan, count: 64 * inputs * outputs)
    var bias = [Float](repeating: .nan, count: 8 * outputs)
    unsafe ck_pointwise_weight_gradient_f32(
      voxels, inputs, outputs, input, stride, gradient, stride, &weight, &bias)
    return weight + bias
  }

  /// Calls `body` with the places of every weight, input and output that meet.
  func meetings(_ body: (_ weight: Int, _ input: Int, _ output: Int) -> Void) {
    for block in 0..<outputs {
      for channel in 0..<(8 * inputs) {
        for lane in 0..<8 {
          for voxel in 0..<voxels {
            body(
              (block * 8 * inputs + channel) * 8 + lane, channel / 8 * stride + 8 * voxel + channel % 8,
              block * stride + 8 * voxel + lane)
          }
        }
      }
    }
  }
}

/// Sizes of a matrix product and how its factors lie.
struct Product: CustomTestStringConvertible {
  let m: Int, n: Int, k: Int
  var transposed = (a: false, b: false)
  var testDescription: String { "\(m)x\(n)x\(k) \(transposed)" }

  func callAsFunction(_ a: [Float], _ b: [Float], ends: Ends? = nil) -> [Float] {
    var c = [Float](repeating: .nan, count: m * n)
    var packed = [Float](repeating: .nan, count: ck_matmul_packed_f32(n, k))
    var scratch = [Float](repeating: .nan, count: ck_matmul_scratch_f32(m, k))
    let panels = (n + ck_matmul_columns() - 1) / ck_matmul_columns()
    // In two parts, as threads do it.
    for part in [0..<panels / 2, panels / 2..<panels] {
      unsafe ck_matmul_pack_f32(
        n, k, b, transposed.b ? k : n, transposed.b ? 1 : 0, part.lowerBound, part.upperBound, &packed)
    }
    guard let ends else {
      unsafe ck_matmul_f32(m, n, k, a, transposed.a ? m : k, transposed.a ? 1 : 0, packed, &c, n, nil, &scratch)
      return c
    }
    var activated = c
    unsafe ends.bias.withUnsafeBufferPointer { bias in
      unsafe ends.addend.withUnsafeBufferPointer { addend in
        unsafe ends.geluOf.withUnsafeBufferPointer { geluOf in
          unsafe activated.withUnsafeMutableBufferPointer { activated in
            var all = unsafe ck_matmul_ends(
              bias: bias.baseAddress, addend: addend.baseAddress, gelu_of: ends.gelu ? geluOf.baseAddress : nil,
              activated: activated.baseAddress)
            unsafe ck_matmul_f32(m, n, k, a, transposed.a ? m : k, transposed.a ? 1 : 0, packed, &c, n, &all, &scratch)
          }
        }
      }
    }
    return c + activated
  }

  /// What is done to a finished sum.
  struct Ends {
    let bias: [Float], addend: [Float], geluOf: [Float]
    let gelu: Bool
  }
}

extension KernelTests {
  static let pointwise = [
    Pointwise(voxels: 0, inputs: 1, outputs: 2), Pointwise(voxels: 1, inputs: 1, outputs: 2),
    Pointwise(voxels: 8, inputs: 1, outputs: 2), Pointwise(voxels: 1000, inputs: 1, outputs: 2),
    Pointwise(voxels: 7, inputs: 3, outputs: 1), Pointwise(voxels: 131, inputs: 2, outputs: 1),
    Pointwise(voxels: 77, inputs: 2, outputs: 3), Pointwise(voxels: 23, inputs: 5, outputs: 4),
    Pointwise(voxels: 29, inputs: 2, outputs: 7),
  ]

  @Test(arguments: pointwise)
  func `pointwise convolution follows the definition`(pointwise: Pointwise) {
    let input = samples(pointwise.inputs * pointwise.stride, seed: 27)
    let weight = samples(64 * pointwise.inputs * pointwise.outputs, seed: 28)
    let bias = samples(8 * pointwise.outputs, seed: 29)
    let stride = pointwise.stride
    var without = [Double](repeating: 0, count: pointwise.outputs * stride)
    var expected = without
    for block in 0..<pointwise.outputs {
      for at in 0..<(8 * pointwise.voxels) { expected[block * stride + at] = Double(bias[8 * block + at % 8]) }
    }
    pointwise.meetings { by, from, to in
      without[to] += Double(input[from]) * Double(weight[by])
      expected[to] += Double(input[from]) * Double(weight[by])
    }
    Self.expectClose(Self.expectEqualTwins { pointwise(input, weight, bias: bias) }, expected, within: 1e-5)
    Self.expectClose(Self.expectEqualTwins { pointwise(input, weight, bias: nil) }, without, within: 1e-5)
  }

  @Test(arguments: pointwise)
  func `pointwise weight gradients follow the definition`(pointwise: Pointwise) {
    let input = samples(pointwise.inputs * pointwise.stride, seed: 30)
    let gradient = samples(pointwise.outputs * pointwise.stride, seed: 31)
    let weights = 64 * pointwise.inputs * pointwise.outputs
    var expected = [Double](repeating: 0, count: weights + 8 * pointwise.outputs)
    pointwise.meetings { by, from, to in expected[by] += Double(input[from]) * Double(gradient[to]) }
    for block in 0..<pointwise.outputs {
      for at in 0..<(8 * pointwise.voxels) {
        expected[weights + 8 * block + at % 8] += Double(gradient[block * pointwise.stride + at])
      }
    }
    Self.expectClose(Self.expectEqualTwins { pointwise.gradients(input, gradient) }, expected, within: 2e-5)
  }

  @Test(
    arguments: [
      Product(m: 0, n: 3, k: 2), Product(m: 3, n: 2, k: 0), Product(m: 1, n: 1, k: 1), Product(m: 7, n: 9, k: 8),
      Product(m: 8, n: 16, k: 1000), Product(m: 9, n: 17, k: 7), Product(m: 151, n: 131, k: 5),
      Product(m: 13, n: 790, k: 3), Product(m: 5, n: 160, k: 259), Product(m: 26, n: 70, k: 517),
    ], [(false, false), (false, true), (true, false), (true, true)])
  func `matrix product follows the definition`(product: Product, transposed: (Bool, Bool)) {
    let product = Product(m: product.m, n: product.n, k: product.k, transposed: (transposed.0, transposed.1))
    let m = product.m
    let n = product.n
    let k = product.k
    let a = samples(m * k, seed: 32)
    let b = samples(k * n, seed: 33)
    var expected = [Double](repeating: 0, count: m * n)
    for row in 0..<m {
      for column in 0..<n {
        for at in 0..<k {
          let left = a[transposed.0 ? at * m + row : row * k + at]
          let right = b[transposed.1 ? column * k + at : at * n + column]
          expected[row * n + column] += Double(left) * Double(right)
        }
      }
    }
    Self.expectClose(Self.expectEqualTwins { product(a, b) }, expected, within: 3e-5)
  }

  @Test(arguments: [(0, 1), (5, 17), (3, 40), (30, 41)])
  func `rows of a product have the same bits when they are computed alone`(rows: (Int, Int)) {
    let a = samples(41 * 300, seed: 34)
    let b = samples(300 * 140, seed: 35)
    let whole = Product(m: 41, n: 140, k: 300)(a, b)
    let count = rows.1 - rows.0
    let part = Product(m: count, n: 140, k: 300)(Array(a[(rows.0 * 300)..<(rows.1 * 300)]), b)
    #expect(part.map(\.bitPattern) == whole[(rows.0 * 140)..<(rows.1 * 140)].map(\.bitPattern))
    // The first 20 columns alone take another path: they are too few to pack `a`.
    let few = (0..<300).flatMap { b[(140 * $0)..<(140 * $0 + 20)] }
    let narrow = Product(m: 41, n: 20, k: 300)(a, few)
    let cut = (0..<41).flatMap { whole[(140 * $0)..<(140 * $0 + 20)] }
    #expect(narrow.map(\.bitPattern) == cut.map(\.bitPattern))
  }

  @Test(arguments: [(7, 40, 9), (13, 21, 300), (6, 5, 0)], [false, true])
  func `a product with ends is the product, then bias, addend, GELU's derivative and GELU`(
    size: (Int, Int, Int), gelu: Bool
  ) {
    let product = Product(m: size.0, n: size.1, k: size.2)
    let a = samples(product.m * product.k, seed: 36)
    let b = samples(product.k * product.n, seed: 37)
    let count = product.m * product.n
    let ends = Product.Ends(
      bias: samples(product.n, seed: 38), addend: samples(count, seed: 39), geluOf: samples(count, seed: 40), gelu: gelu
    )
    let plain = product(a, b)
    var sums = (0..<count).map { plain[$0] + ends.bias[$0 % product.n] + ends.addend[$0] }
    if gelu { unsafe ck_gelu_gradient_f32(count, ends.geluOf, Array(sums), &sums) }
    var activated = sums
    unsafe ck_gelu_f32(count, sums, &activated)
    let found = Self.expectEqualTwins { product(a, b, ends: ends) }
    #expect(found.map(\.bitPattern) == (sums + activated).map(\.bitPattern))
  }
}
