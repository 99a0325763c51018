import CKernels
import Testing

/// The tests of the C kernels. Which twin runs is a state of the whole process, so they run one after another.
@Suite(.serialized) struct KernelTests {
  /// Sizes around the width of a vector.
  static let counts = [0, 1, 7, 8, 9, 1000]

  /// What a kernel gives with each twin that this processor has, the fastest first.
  static func twins<Value>(_ kernel: () -> Value) -> [Value] {
    defer { ck_use_at_most(CK_AVX512) }
    return [CK_AVX512, CK_AVX2, CK_PORTABLE].map {
      ck_use_at_most($0)
      return kernel()
    }
  }

  /// Expects that all twins of a kernel give the same bits, and hands back what they give.
  @discardableResult
  static func expectEqualTwins(_ kernel: () -> [Float], at location: SourceLocation = #_sourceLocation) -> [Float] {
    let given = twins(kernel)
    for other in given.dropFirst() {
      let differing = zip(given[0], other).filter { $0.bitPattern != $1.bitPattern && !($0.isNaN && $1.isNaN) }
      #expect(given[0].count == other.count, sourceLocation: location)
      #expect(differing.isEmpty, "of \(other.count) values", sourceLocation: location)
    }
    return given[0]
  }

  /// Expects values within `tolerance` of the reference, absolute for small values and relative for large ones.
  static func expectClose(
    _ values: [Float], _ reference: [Double], within tolerance: Double, at location: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == reference.count, sourceLocation: location)
    let worst = zip(values, reference).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= tolerance, sourceLocation: location)
  }

  @Test func `the twin in use is at most the one that was asked for`() {
    let best = ck_twin_in_use()
    let used = Self.twins { ck_twin_in_use() }
    #expect(used.map(\.rawValue) == [best.rawValue, min(best.rawValue, CK_AVX2.rawValue), CK_PORTABLE.rawValue])
    #expect(ck_twin_in_use() == best)
  }
}

/// Fixed pseudorandom values in -1 ..< 1 (a linear congruential generator; Knuth's MMIX constants).
func samples(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return scale * (Float(state >> 40) / Float(1 << 23) - 1)
  }
}

extension ck_extent {
  init(_ z: Int, _ y: Int, _ x: Int) {
    self.init(z: z, y: y, x: x)
  }

  /// How many voxels.
  var count: Int { z * y * x }

  /// Position of a voxel, nil outside.
  func index(_ z: Int, _ y: Int, _ x: Int) -> Int? {
    guard (0..<self.z).contains(z), (0..<self.y).contains(y), (0..<self.x).contains(x) else { return nil }
    return (z * self.y + y) * self.x + x
  }
}
