import CKernels

/// A matrix in memory, rows `leading` floats apart, read as it is or transposed.
struct Matrix: Sendable {
  let floats: Floats
  let rows: Int
  let columns: Int
  let leading: Int
  let isTransposed: Bool

  /// A contiguous matrix of `rows` by `columns` as stored; seen the other way round if `isTransposed`.
  init(_ floats: Floats, rows: Int, columns: Int, isTransposed: Bool = false) {
    self.init(floats: floats, rows: rows, columns: columns, leading: max(columns, 1), isTransposed: isTransposed)
  }

  private init(floats: Floats, rows: Int, columns: Int, leading: Int, isTransposed: Bool) {
    precondition(rows == 0 || columns == 0 || floats.count >= (rows - 1) * leading + columns, "matrix: memory is short")
    self.floats = floats
    self.rows = rows
    self.columns = columns
    self.leading = leading
    self.isTransposed = isTransposed
  }

  var transposed: Matrix {
    Matrix(floats: floats, rows: rows, columns: columns, leading: leading, isTransposed: !isTransposed)
  }

  /// Rows and columns as the product sees them.
  var height: Int { isTransposed ? columns : rows }
  var width: Int { isTransposed ? rows : columns }

  /// Some of the rows that the product sees.
  func slice(_ range: Range<Int>) -> Matrix {
    guard isTransposed else {
      let from = min(range.lowerBound * leading, floats.count)
      let part = floats[from..<floats.count]
      return Matrix(floats: part, rows: range.count, columns: columns, leading: leading, isTransposed: false)
    }
    let part = floats[min(range.lowerBound, floats.count)..<floats.count]
    return Matrix(floats: part, rows: rows, columns: range.count, leading: leading, isTransposed: true)
  }
}

extension Kernels {
  static func productScratch(_ m: Int, _ n: Int, _ k: Int) -> Int { ck_matmul_scratch_f32(m, n, k) }

  /// `c = a b`; `c` is contiguous.
  static func product(_ a: Matrix, _ b: Matrix, into c: Floats, scratch: Floats) {
    precondition(a.width == b.height, "product: \(a.height)x\(a.width) by \(b.height)x\(b.width)")
    precondition(c.count == a.height * b.width, "product: \(c.count) floats for \(a.height)x\(b.width)")
    precondition(scratch.count >= productScratch(a.height, b.width, a.width), "product: scratch is short")
    withExtendedLifetime((a.floats.storage, b.floats.storage, c.storage, scratch.storage)) {
      unsafe ck_matmul_f32(
        a.height, b.width, a.width, a.floats.pointer, a.leading, a.isTransposed ? 1 : 0, b.floats.pointer, b.leading,
        b.isTransposed ? 1 : 0, c.pointer, max(b.width, 1), scratch.pointer)
    }
  }

  /// One AdamW step over flat buffers.
  static func adamW(
    weight: Floats, gradient: Floats, moment1: Floats, moment2: Floats, rate: Float, beta1: Float, beta2: Float,
    epsilon: Float, decay: Float, correction1: Float, correction2: Float
  ) {
    check(weight, gradient)
    check(weight, moment1)
    check(weight, moment2)
    withExtendedLifetime((weight.storage, gradient.storage, moment1.storage, moment2.storage)) {
      unsafe ck_adamw_f32(
        weight.count, weight.pointer, gradient.pointer, moment1.pointer, moment2.pointer, rate, beta1, beta2, epsilon,
        decay, correction1, correction2)
    }
  }
}
