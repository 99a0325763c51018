import Foundation
import Tensors
import Testing

@Suite struct ElementaryTests {
  /// The largest distance between two functions over random arguments, in units in the last place of the second.
  private func distance(
    _ range: ClosedRange<Double>, _ ours: (Double) -> Double, _ reference: (Double) -> Double
  ) -> Double {
    var random = Philox(seed: 5, purpose: "elementary")
    return (0..<20_000).map { _ in
      let x = random.uniform(in: range)
      let expected = reference(x)
      return abs(ours(x) - expected) / expected.ulp
    }.max() ?? .infinity
  }

  @Test(arguments: [-700.0...700, -1...1, -0.01...0.01, -744...(-709)])
  func `exp stays within two units in the last place`(range: ClosedRange<Double>) {
    #expect(distance(range, Elementary.exp, Foundation.exp) < 2)
  }

  @Test(arguments: [1e-300...1e-290, 1e-3...1, 0.5...2, 0.999...1.001, 1...1e9, 1e290...1e300, 0x1p-1060...0x1p-1040])
  func `log stays within two units in the last place`(range: ClosedRange<Double>) {
    #expect(distance(range, Elementary.log, Foundation.log) < 2)
  }

  @Test(arguments: [-1.0...1, -7...7, -1e-3...1e-3, 1.57...1.571, 3.14159...3.1416, -1e6...1e6])
  func `sin and cos stay within two units in the last place`(range: ClosedRange<Double>) {
    #expect(distance(range, Elementary.sin, Foundation.sin) < 2)
    #expect(distance(range, Elementary.cos, Foundation.cos) < 2)
  }

  @Test(arguments: [-5.9...5.9, -0.1...0.1, 1.9...2.1])
  func `erf stays within sixteen units in the last place`(range: ClosedRange<Double>) {
    #expect(distance(range, Elementary.erf, Foundation.erf) < 16)
  }

  @Test func `pow agrees with the C library for fractions and whole numbers`() {
    #expect(distance(-1...0, { Elementary.pow(10_000, $0) }, { Foundation.pow(10_000, $0) }) < 20)
    #expect(Elementary.pow(3, 4) == 81)
    #expect(Elementary.pow(2, -3) == 0.125)
    #expect(Elementary.pow(0, 2.5) == 0)
  }

  @Test func `special arguments have their limits`() {
    #expect(Elementary.exp(0) == 1)
    #expect(Elementary.exp(1000) == .infinity)
    #expect(Elementary.exp(-1000) == 0)
    #expect(Elementary.log(0) == -.infinity)
    #expect(Elementary.log(-1).isNaN)
    #expect(Elementary.log(1) == 0)
    #expect(Elementary.sin(0) == 0)
    #expect(Elementary.cos(0) == 1)
    #expect(Elementary.erf(10) == 1)
    #expect(Elementary.erf(-10) == -1)
  }
}
