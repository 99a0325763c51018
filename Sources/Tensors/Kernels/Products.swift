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

  /// The memory from the first of some rows on, as the product sees them.
  fileprivate func from(row: Int) -> Floats {
    floats[min(row * (isTransposed ? 1 : leading), floats.count)..<floats.count]
  }
}

/// What happens to each sum of a product once it is finished; the arrays are of the product's shape.
struct ProductEnds: Sendable {
  /// One number a column, added.
  var bias: Floats?
  /// Added after the bias.
  var addend: Floats?
  /// The sum is multiplied by the derivative of GELU at these.
  var geluOf: Floats?
  /// Gets GELU of what the product gets.
  var activated: Floats?

  fileprivate func check(height: Int, width: Int) {
    precondition(bias?.count ?? width == width, "product: a bias of \(bias?.count ?? 0) for \(width) columns")
    for array in [addend, geluOf, activated] {
      precondition(array?.count ?? (height * width) == height * width, "product: an array does not fit the product")
    }
  }
}

/// Columns of the right factor in panels, as the product wants them.
struct PackedMatrix: Sendable {
  let floats: Floats
  /// Rows and columns of the factor.
  let height, width: Int

  /// Columns of a panel.
  static let columns = ck_matmul_columns()
  static func count(height: Int, width: Int) -> Int { ck_matmul_packed_f32(width, height) }
  var panels: Int { (width + PackedMatrix.columns - 1) / PackedMatrix.columns }

  /// Packs some of the panels.
  func pack(_ panels: Range<Int>, of b: Matrix) {
    precondition(b.height == height && b.width == width, "product: \(b.height)x\(b.width) is not what is packed")
    precondition(floats.count >= PackedMatrix.count(height: height, width: width), "product: packed memory is short")
    precondition(panels.lowerBound >= 0 && panels.upperBound <= self.panels, "product: \(panels) of \(self.panels)")
    withExtendedLifetime((b.floats.storage, floats.storage)) {
      unsafe ck_matmul_pack_f32(
        width, height, b.floats.pointer, b.leading, b.isTransposed ? 1 : 0, panels.lowerBound, panels.upperBound,
        floats.pointer)
    }
  }
}

extension Kernels {
  static func productScratch(rows: Int, _ k: Int) -> Int { ck_matmul_scratch_f32(rows, k) }

  /// Some rows and panels of `c = a b`; `c` is the whole and contiguous.
  static func product(
    _ a: Matrix, _ b: PackedMatrix, rows: Range<Int>, panels: Range<Int>, ends: ProductEnds, into c: Floats,
    scratch: Floats
  ) {
    let (columns, depth) = (PackedMatrix.columns, b.height)
    let (first, last) = (panels.lowerBound * columns, min(panels.upperBound * columns, b.width))
    precondition(a.width == depth, "product: \(a.height)x\(a.width) by \(b.height)x\(b.width)")
    precondition(c.count == a.height * b.width, "product: \(c.count) floats for \(a.height)x\(b.width)")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= a.height, "product: \(rows) of \(a.height) rows")
    precondition(panels.lowerBound >= 0 && panels.upperBound <= b.panels, "product: \(panels) of \(b.panels)")
    precondition(b.floats.count >= PackedMatrix.count(height: depth, width: b.width), "product: packed memory is short")
    precondition(scratch.count >= productScratch(rows: rows.count, depth), "product: scratch is short")
    ends.check(height: a.height, width: b.width)
    guard first < last, !rows.isEmpty else { return }
    let (left, right) = (a.from(row: rows.lowerBound), b.floats[first * depth..<b.floats.count])
    let place = rows.lowerBound * b.width + first
    let memory = [left, right, c, scratch, ends.bias, ends.addend, ends.geluOf, ends.activated]
    withExtendedLifetime(memory) {
      var finish = unsafe ck_matmul_ends(
        bias: ends.bias.map { unsafe UnsafePointer($0.pointer) + first },
        addend: ends.addend.map { unsafe UnsafePointer($0.pointer) + place },
        gelu_of: ends.geluOf.map { unsafe UnsafePointer($0.pointer) + place },
        activated: ends.activated.map { unsafe $0.pointer + place })
      unsafe ck_matmul_f32(
        rows.count, last - first, depth, left.pointer, a.leading, a.isTransposed ? 1 : 0, right.pointer,
        c.pointer + place, b.width, &finish, scratch.pointer)
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
