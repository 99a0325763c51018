import CKernels
import Foundation
import Testing

extension KernelTests {
  /// Loss of one logit by the definition, in Double.
  private static func focal(_ z: Double, _ y: Double, alpha: Double, gamma: Double) -> Double {
    let p = 1 / (1 + exp(-z))
    let pt = p * y + (1 - p) * (1 - y)
    let weight = alpha * y + (1 - alpha) * (1 - y)
    let entropy = max(z, 0) - z * y + log1p(exp(-abs(z)))
    return weight * pow(1 - pt, gamma) * entropy
  }

  @Test(arguments: counts, [0, 0.5, 1, 2, 3.5] as [Float])
  func `the focal loss and its gradient follow the definition`(count: Int, gamma: Float) {
    let z = samples(count, seed: 18, scale: 8)
    let y = samples(count, seed: 19).enumerated().map { $0.offset % 3 == 0 ? abs($0.element) : $0.element < 0 ? 0 : 1 }
    var sum = 0.0
    let gradient = Self.expectEqualTwins {
      var out = [Float](repeating: .nan, count: count)
      sum = unsafe ck_focal_f32(count, z, y, 0.25, gamma, 0.5, &out)
      return out
    }
    func loss(_ at: Int, _ shift: Double) -> Double {
      Self.focal(Double(z[at]) + shift, Double(y[at]), alpha: 0.25, gamma: Double(gamma))
    }
    let expected = z.indices.reduce(0) { $0 + loss($1, 0) }
    #expect(abs(sum - expected) <= 1e-6 * max(1, expected))
    Self.expectClose(gradient, z.indices.map { 0.5 * (loss($0, 1e-5) - loss($0, -1e-5)) / 2e-5 }, within: 2e-6)
  }

  @Test(arguments: [0, 0.5, 2] as [Float])
  func `the focal loss stays finite at extreme logits`(gamma: Float) {
    let z: [Float] = [200, -200, 200, -200, 1e30, -1e30, 0, 0]
    let y: [Float] = [0, 0, 1, 1, 0, 1, 0, 1]
    var gradient = [Float](repeating: .nan, count: 8)
    let sum = unsafe ck_focal_f32(8, z, y, 0.25, gamma, 1, &gradient)
    #expect(sum.isFinite)
    #expect(gradient.filter(\.isFinite) == gradient)
    Self.expectClose(Array(gradient[..<4]), [0.75, 0, 0, -0.25], within: 1e-6)
  }
}
