import ArrayStores
import Imaging
import Pipeline

extension NDArray {
  /// Shape `[points, 3]` (z, y, x), Float32.
  init(points: [Point]) throws {
    try self.init(points.flatMap { [$0.z, $0.y, $0.x] }, shape: [points.count, 3])
  }

  /// Shape `[boxes, 6]` (lower z, y, x, upper z, y, x), Int64.
  init(boxes: [Box]) throws {
    try self.init(boxes.flatMap { ($0.lower.axes + $0.upper.axes).map(Int64.init) }, shape: [boxes.count, 6])
  }

  func points() throws -> [Point] {
    let numbers = try rows(of: 3, as: Float.self)
    return stride(from: 0, to: numbers.count, by: 3).map { Point(numbers[$0], numbers[$0 + 1], numbers[$0 + 2]) }
  }

  func boxes() throws -> [Box] {
    let numbers = try rows(of: 6, as: Int64.self).map(Int.init)
    return try stride(from: 0, to: numbers.count, by: 6).map { try Box(Array(numbers[$0..<$0 + 6])) }
  }

  private func rows<T: ArrayElement>(of width: Int, as type: T.Type) throws -> [T] {
    guard shape.count == 2, shape[1] == width else {
      throw TaskFailure(code: .store, message: "a table has the shape \(shape), not [rows, \(width)]", phase: "read")
    }
    return try values(as: type)
  }
}

extension Box {
  /// - Parameter numbers: Lower z, y, x, upper z, y, x.
  init(_ numbers: [Int]) throws {
    guard numbers.count == 6, (0..<3).allSatisfy({ numbers[$0] <= numbers[$0 + 3] }) else {
      throw TaskFailure(code: .store, message: "\(numbers) is no box (lower z, y, x, upper z, y, x)", phase: "read")
    }
    self.init(
      lower: Extent(numbers[0], numbers[1], numbers[2]), upper: Extent(numbers[3], numbers[4], numbers[5]))
  }
}

extension VoxelSize {
  var axes: [Double] { [z, y, x] }

  init(axes: [Double]) throws {
    guard axes.count == 3, axes.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw TaskFailure(code: .store, message: "\(axes) is no voxel size (z, y, x in micrometres)", phase: "read")
    }
    self.init(axes[0], axes[1], axes[2])
  }
}

extension Extent {
  /// - Parameter axes: Z, y, x.
  init(axes: [Int]) { self.init(axes[0], axes[1], axes[2]) }
}
