import CKernels
import Foundation
import Testing

extension KernelTests {
  @Test(arguments: counts)
  func `sums, products and multiples are exact to a rounding`(count: Int) {
    let a = samples(count, seed: 5)
    let b = samples(count, seed: 6)
    var out = [Float](repeating: .nan, count: count)
    let sum = Self.expectEqualTwins {
      unsafe ck_add_f32(count, a, b, &out)
      return out
    }
    #expect(sum == zip(a, b).map { $0 + $1 })
    let product = Self.expectEqualTwins {
      unsafe ck_multiply_f32(count, a, b, &out)
      return out
    }
    #expect(product == zip(a, b).map { $0 * $1 })
    let scaled = Self.expectEqualTwins {
      unsafe ck_scale_f32(count, 0.3, a, &out)
      return out
    }
    #expect(scaled == a.map { $0 * 0.3 })
    let added = Self.expectEqualTwins {
      var y = b
      unsafe ck_axpy_f32(count, 0.3, a, &y)
      return y
    }
    #expect(added == zip(a, b).map { $1.addingProduct(0.3, $0) })
  }

  @Test(arguments: counts)
  func `reductions are those of Double`(count: Int) {
    let a = samples(count, seed: 7)
    let b = samples(count, seed: 8)
    func both() -> [Double] { unsafe [ck_sum_f32(count, a), ck_dot_f32(count, a, b)] }
    let given = Self.twins(both)
    let fast = given[0]
    for other in given { #expect(fast.map(\.bitPattern) == other.map(\.bitPattern)) }
    #expect(abs(fast[0] - a.reduce(0) { $0 + Double($1) }) < 1e-11)
    #expect(abs(fast[1] - zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }) < 1e-11)
  }

  @Test(arguments: counts)
  func `moments and their affine maps follow the definition`(voxels: Int) {
    let x = samples(8 * voxels, seed: 9)
    let g = samples(8 * voxels, seed: 10)
    let a = samples(8, seed: 11)
    let b = samples(8, seed: 12)
    let d = samples(8, seed: 13)
    var first = [Float](repeating: .nan, count: 8)
    var second = first
    let moments = Self.expectEqualTwins {
      unsafe ck_moments_f32(voxels, x, a, &first, &second)
      return first + second
    }
    let slopes = Self.expectEqualTwins {
      unsafe ck_gradient_moments_f32(voxels, g, x, a, &first, &second)
      return first + second
    }
    func total(_ term: (Int, Int) -> Double) -> [Double] {
      (0..<8).map { lane in (0..<voxels).reduce(0) { $0 + term(8 * $1 + lane, lane) } }
    }
    func centred(_ at: Int, _ lane: Int) -> Double { Double(x[at]) - Double(a[lane]) }
    Self.expectClose(moments, total(centred) + total { pow(centred($0, $1), 2) }, within: 1e-5)
    let products = total { Double(g[$0]) * centred($0, $1) }
    Self.expectClose(slopes, total { at, _ in Double(g[at]) } + products, within: 1e-5)

    var out = [Float](repeating: .nan, count: 8 * voxels)
    let plain = Self.expectEqualTwins {
      unsafe ck_affine_f32(voxels, x, a, b, nil, &out, 0)
      return out
    }
    #expect(plain == streamed(voxels, x, a, b, nil))
    let joined = Self.expectEqualTwins {
      unsafe ck_affine_f32(voxels, x, a, b, g, &out, 0)
      return out
    }
    #expect(joined == streamed(voxels, x, a, b, g))
    let two = Self.expectEqualTwins {
      unsafe ck_affine2_f32(voxels, g, x, a, b, d, nil, &out)
      return out
    }
    let sloped = Self.expectEqualTwins {
      unsafe ck_affine2_f32(voxels, g, x, a, b, d, x, &out)
      return out
    }
    #expect(plain == x.indices.map { b[$0 % 8].addingProduct(x[$0], a[$0 % 8]) })
    #expect(joined == x.indices.map { plain[$0] + g[$0] })
    let expected: [Float] = x.indices.map { at in
      let inner = d[at % 8].addingProduct(b[at % 8], x[at])
      return inner.addingProduct(a[at % 8], g[at])
    }
    #expect(two == expected)
    unsafe ck_gelu_gradient_f32(x.count, x, two, &out)
    #expect(sloped == out)
  }

  /// An affine map that is written past the caches, to a multiple of 64 bytes.
  private func streamed(_ voxels: Int, _ x: [Float], _ a: [Float], _ b: [Float], _ residual: [Float]?) -> [Float] {
    let count = 8 * voxels
    let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
    defer { unsafe raw.deallocate() }
    let y = unsafe raw.bindMemory(to: Float.self, capacity: count)
    return Self.expectEqualTwins {
      unsafe y.initialize(repeating: .nan, count: count)
      if let residual {
        unsafe ck_affine_f32(voxels, x, a, b, residual, y, 1)
      } else {
        unsafe ck_affine_f32(voxels, x, a, b, nil, y, 1)
      }
      return unsafe Array(UnsafeBufferPointer(start: y, count: count))
    }
  }

  @Test(arguments: counts)
  func `a step of AdamW is that of its definition`(count: Int) {
    let w = samples(count, seed: 14)
    let g = samples(count, seed: 15)
    let m = samples(count, seed: 16)
    let v = samples(count, seed: 17).map(abs)
    let result = Self.expectEqualTwins {
      var weight = w
      var first = m
      var second = v
      unsafe ck_adamw_f32(count, &weight, g, &first, &second, 1e-2, 0.9, 0.99, 1e-8, 0.1, 0.5, 0.25)
      return weight + first + second
    }
    let first: [Double] = zip(m, g).map { 0.9 * Double($0) + 0.1 * Double($1) }
    let second: [Double] = zip(v, g).map { 0.99 * Double($0) + 0.01 * pow(Double($1), 2) }
    let weight: [Double] = w.indices.map { at in
      let root: Double = (second[at] / 0.25).squareRoot() + 1e-8
      let step: Double = 1e-2 * (first[at] / 0.5) / root
      return Double(w[at]) * (1 - 1e-3) - step
    }
    Self.expectClose(result, weight + first + second, within: 1e-6)
  }
}
