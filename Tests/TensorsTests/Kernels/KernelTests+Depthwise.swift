import CKernels
import Testing

/// A depthwise convolution of one block and its gradients.
struct Depthwise {
  let size: ck_extent, kernel: ck_extent

  private var scratch: [Float] { [Float](repeating: .nan, count: ck_depthwise_scratch_f32(size, kernel)) }

  /// Some planes of the outcome, all of them if nil; the others are left as they were, NaN.
  func callAsFunction(_ input: [Float], _ weight: [Float], bias: [Float]?, planes: Range<Int>? = nil) -> [Float] {
    var output = [Float](repeating: .nan, count: 8 * size.count)
    var space = scratch
    let planes = planes ?? 0..<size.z
    if let bias {
      unsafe ck_depthwise_f32(
        size, kernel, planes.lowerBound, planes.upperBound, input, weight, bias, &output, &space)
    } else {
      unsafe ck_depthwise_f32(size, kernel, planes.lowerBound, planes.upperBound, input, weight, nil, &output, &space)
    }
    return output
  }

  /// Gradients of the weights, then of the bias.
  func gradients(_ input: [Float], _ gradient: [Float]) -> [Float] {
    var weight = [Float](repeating: .nan, count: 8 * kernel.count)
    var bias = [Float](repeating: .nan, count: 8)
    var space = scratch
    unsafe ck_depthwise_weight_gradient_f32(size, kernel, input, gradient, &weight, &bias, &space)
    return weight + bias
  }

  /// Calls `body` with the places of every tap, input and output that meet, taps in order.
  func meetings(_ body: (_ tap: Int, _ input: Int, _ output: Int) -> Void) {
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          guard let output = size.index(z, y, x) else { continue }
          for kz in 0..<kernel.z {
            for ky in 0..<kernel.y {
              for kx in 0..<kernel.x {
                let near = size.index(z + kz - kernel.z / 2, y + ky - kernel.y / 2, x + kx - kernel.x / 2)
                guard let input = near, let tap = kernel.index(kz, ky, kx) else { continue }
                body(tap, input, output)
              }
            }
          }
        }
      }
    }
  }
}

extension KernelTests {
  static let volumes = [
    ck_extent(1, 1, 1), ck_extent(3, 5, 7), ck_extent(4, 9, 13), ck_extent(1, 2, 8), ck_extent(2, 3, 41),
    ck_extent(0, 3, 4), ck_extent(1, 2, 70), ck_extent(2, 3, 16), ck_extent(2, 3, 17), ck_extent(1, 5, 18),
    ck_extent(5, 7, 24),
  ]
  static let kernels = [
    ck_extent(1, 1, 1), ck_extent(3, 3, 3), ck_extent(5, 5, 5), ck_extent(3, 7, 7), ck_extent(1, 9, 3),
    ck_extent(3, 1, 11),
  ]

  @Test(arguments: volumes, kernels)
  func `depthwise convolution follows the definition`(size: ck_extent, kernel: ck_extent) {
    let depthwise = Depthwise(size: size, kernel: kernel)
    let input = samples(8 * size.count, seed: 20)
    let weight = samples(8 * kernel.count, seed: 21)
    let bias = samples(8, seed: 22)
    var expected = input.indices.map { Double(bias[$0 % 8]) }
    depthwise.meetings { tap, from, to in
      for lane in 0..<8 { expected[8 * to + lane] += Double(input[8 * from + lane]) * Double(weight[8 * tap + lane]) }
    }
    Self.expectClose(Self.expectEqualTwins { depthwise(input, weight, bias: bias) }, expected, within: 1e-5)
    let without = zip(expected, input.indices).map { $0 - Double(bias[$1 % 8]) }
    Self.expectClose(Self.expectEqualTwins { depthwise(input, weight, bias: nil) }, without, within: 1e-5)
  }

  @Test(arguments: kernels)
  func `planes that are convolved alone are those of the whole`(kernel: ck_extent) {
    let size = ck_extent(5, 3, 18)
    let depthwise = Depthwise(size: size, kernel: kernel)
    let input = samples(8 * size.count, seed: 20)
    let weight = samples(8 * kernel.count, seed: 21)
    let whole = Self.expectEqualTwins { depthwise(input, weight, bias: nil) }
    let plane = 8 * size.y * size.x
    for planes in [0..<2, 2..<3, 3..<5] {
      let part = Self.expectEqualTwins { depthwise(input, weight, bias: nil, planes: planes) }
      let written = planes.lowerBound * plane..<planes.upperBound * plane
      #expect(part[written] == whole[written])
      #expect(part[..<written.lowerBound].allSatisfy { $0.isNaN })
      #expect(part[written.upperBound...].allSatisfy { $0.isNaN })
    }
  }

  @Test(arguments: [15, 16, 17, 18, 19, 32, 48])
  func `voxels that do not exist leave every bit of a sum as it is`(width: Int) {
    // A product with a zero that stands for a missing voxel would turn -0 into 0 and, by an infinite weight, into NaN.
    let (size, kernel) = (ck_extent(1, 1, width), ck_extent(1, 1, 7))
    let depthwise = Depthwise(size: size, kernel: kernel)
    let input = [Float](repeating: -0.0, count: 8 * size.count)
    let weight = [Float](repeating: 1, count: 8 * kernel.count)
    let bias = [Float](repeating: -0.0, count: 8)
    let sums = Self.expectEqualTwins { depthwise(input, weight, bias: bias) }
    #expect(sums.allSatisfy { $0 == 0 && $0.sign == .minus })
    var outer = weight
    for lane in 0..<8 { (outer[lane], outer[48 + lane]) = (.infinity, .infinity) }
    let ends = Self.expectEqualTwins { depthwise([Float](repeating: 1, count: 8 * size.count), outer, bias: bias) }
    #expect(ends.allSatisfy { $0 == .infinity })
  }

  @Test(arguments: volumes, kernels)
  func `depthwise weight gradients follow the definition`(size: ck_extent, kernel: ck_extent) {
    let depthwise = Depthwise(size: size, kernel: kernel)
    let input = samples(8 * size.count, seed: 23)
    let gradient = samples(8 * size.count, seed: 24)
    var expected = [Double](repeating: 0, count: 8 * kernel.count + 8)
    depthwise.meetings { tap, from, to in
      for lane in 0..<8 { expected[8 * tap + lane] += Double(input[8 * from + lane]) * Double(gradient[8 * to + lane]) }
    }
    for at in gradient.indices { expected[8 * kernel.count + at % 8] += Double(gradient[at]) }
    Self.expectClose(Self.expectEqualTwins { depthwise.gradients(input, gradient) }, expected, within: 2e-5)
  }

  @Test(arguments: kernels)
  func `a block with its halo gives the bits of the whole volume`(kernel: ck_extent) {
    let whole = ck_extent(6, 12, 43)
    let part = ck_extent(6, 12, 27)
    let start = 9
    let input = samples(8 * whole.count, seed: 25)
    let weight = samples(8 * kernel.count, seed: 26)
    let rows = 0..<(whole.z * whole.y)
    func cut(_ values: [Float], _ width: Int, from: Int, to: Int) -> [UInt32] {
      rows.flatMap { values[(8 * ($0 * width + from))..<(8 * ($0 * width + to))] }.map(\.bitPattern)
    }
    let inside = cut(input, whole.x, from: start, to: start + part.x).map(Float.init(bitPattern:))
    let large = Depthwise(size: whole, kernel: kernel)(input, weight, bias: nil)
    let small = Depthwise(size: part, kernel: kernel)(inside, weight, bias: nil)
    let halo = kernel.x / 2
    #expect(
      cut(small, part.x, from: halo, to: part.x - halo)
        == cut(large, whole.x, from: start + halo, to: start + part.x - halo))
  }
}
