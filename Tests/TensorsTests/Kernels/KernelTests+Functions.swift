import CKernels
import Foundation
import Testing

/// The kernels with one array in and one out.
enum Function: CaseIterable {
  case gelu, geluGradient, sigmoid, exp, log, erf, tanh

  func callAsFunction(_ x: [Float]) -> [Float] {
    var y = [Float](repeating: .nan, count: x.count)
    switch self {
    case .gelu: unsafe ck_gelu_f32(x.count, x, &y)
    case .geluGradient: unsafe ck_gelu_gradient_f32(x.count, x, [Float](repeating: 1, count: x.count), &y)
    case .sigmoid: unsafe ck_sigmoid_f32(x.count, x, &y)
    case .exp: unsafe ck_exp_f32(x.count, x, &y)
    case .log: unsafe ck_log_f32(x.count, x, &y)
    case .erf: unsafe ck_erf_f32(x.count, x, &y)
    case .tanh: unsafe ck_tanh_f32(x.count, x, &y)
    }
    return y
  }

  func exact(_ x: Double) -> Double {
    switch self {
    case .gelu: 0.5 * x * Foundation.erfc(-x / 2.squareRoot())
    case .geluGradient:
      0.5 * Foundation.erfc(-x / 2.squareRoot()) + x * Foundation.exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .sigmoid: 1 / (1 + Foundation.exp(-x))
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .erf: Foundation.erf(x)
    case .tanh: Foundation.tanh(x)
    }
  }

  /// The largest error allowed: in units of the last place, or for GELU in those of 1 times max(1, |x|).
  var bound: Double {
    switch self {
    case .exp, .log: 1
    case .erf, .tanh: 1.5
    case .sigmoid: 2.5
    case .gelu, .geluGradient: 2
    }
  }

  func error(_ value: Float, at x: Float) -> Double {
    let exact = exact(Double(x))
    let nearest = Float(exact)
    if value == nearest || (value.isNaN && nearest.isNaN) { return 0 }
    let unit =
      switch self {
      case .gelu, .geluGradient: Double(Float.ulpOfOne) * max(1, abs(Double(x)))
      default: Double(nearest.isFinite ? nearest.ulp : .greatestFiniteMagnitude.ulp)
      }
    return abs(Double(value) - exact) / unit
  }
}

extension KernelTests {
  @Test(arguments: Function.allCases, counts)
  func `a function has the same bits on both paths`(function: Function, count: Int) {
    Self.expectEqualTwins { function(samples(count, seed: 1, scale: 12)) }
  }

  @Test(arguments: Function.allCases)
  func `the bits of an element do not depend on its place`(function: Function) {
    let x = samples(37, seed: 2, scale: 6).map { function == .log ? abs($0) : $0 }
    #expect(function(x).map(\.bitPattern) == x.map { function([$0])[0].bitPattern })
  }

  @Test(arguments: Function.allCases)
  func `a function is as close to the exact value as its header says`(function: Function) {
    // Every 40,009th pattern of bits: all exponents, both signs, infinities and denormal numbers.
    let every = stride(from: UInt32(0), through: 0xFFFF_0000, by: 40_009).map(Float.init(bitPattern:))
    let x = every.filter { !$0.isNaN } + samples(20_000, seed: 3, scale: 10) + samples(20_000, seed: 4)
    let y = function(x)
    let worst = zip(x, y).map { (function.error($1, at: $0), $0) }.max { $0.0 < $1.0 }
    #expect((worst?.0 ?? 0) <= function.bound, "at \(worst?.1 ?? 0)")
  }

  @Test func `the ends of the range are exact`() {
    let ends: [Float] = [0, -0.0, .infinity, -.infinity, .nan]
    func text(_ function: Function) -> String {
      function(ends).map { $0.isNaN ? "nan" : "\($0)" }.joined(separator: " ")
    }
    #expect(text(.exp) == "1.0 1.0 inf 0.0 nan")
    #expect(text(.log) == "-inf -inf inf nan nan")
    #expect(text(.erf) == "0.0 -0.0 1.0 -1.0 nan")
    #expect(text(.tanh) == "0.0 -0.0 1.0 -1.0 nan")
    #expect(text(.sigmoid) == "0.5 0.5 1.0 0.0 nan")
    #expect(text(.gelu) == "0.0 -0.0 inf -0.0 nan")
    #expect(text(.geluGradient) == "0.5 0.5 1.0 0.0 nan")
  }
}
