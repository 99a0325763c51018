import SystemPackage

/// The axes z, y and x of an array, at one place along those before them.
public struct VolumeView: StoredArray {
  /// The type of the elements.
  public let type: ElementType
  /// `[z, y, x]`; one slice where the array is a plane.
  public let shape: [Int]
  /// µm along z, y and x; nil when unknown.
  public let voxelSize: [Double]?
  private let array: any StoredArray
  private let leading: [Int]
  private let isPlane: Bool

  /// A volume of an array.
  ///
  /// - Parameter leading: One index for each axis before z, y and x; empty where those have one entry.
  /// - Throws: `invalid_argument` for an array that is no volume, and where a choice is missing or out of range.
  public init(of file: ArrayFile, leading: [Int] = []) throws {
    let rank = file.shape.count
    isPlane = rank == 2 || file.axes.suffix(2) == ["y", "x"] && file.axes.suffix(3).first != "z"
    let space = isPlane ? 2 : 3
    guard rank >= space, file.axes.isEmpty || file.axes.suffix(2) == ["y", "x"] else {
      let axes = file.axes.isEmpty ? "" : " (\(file.axes.joined(separator: ", ")))"
      throw ArrayStoreError(
        .invalidArgument, "an array of shape \(file.shape)\(axes) is no volume along z, y, x",
        store: file.path.string)
    }
    let extents = Array(file.shape.dropLast(space))
    let chosen = leading.isEmpty ? extents.map { _ in 0 } : leading
    let isChosen = !leading.isEmpty || extents.allSatisfy { $0 == 1 }
    guard !extents.isEmpty || chosen.isEmpty else {
      throw ArrayStoreError(
        .invalidArgument, "the array has no axes before z, y, x along which to choose", store: file.path.string)
    }
    guard chosen.count == extents.count, isChosen, zip(chosen, extents).allSatisfy({ (0..<$1).contains($0) }) else {
      let names = file.axes.isEmpty ? "" : " (\(file.axes.dropLast(space).joined(separator: ", ")))"
      throw ArrayStoreError(
        .invalidArgument,
        "the array has \(extents) entries along the axes before z, y, x\(names): choose one along each, from 0",
        store: file.path.string)
    }
    (array, self.leading, type) = (file.array, chosen, file.type)
    shape = (isPlane ? [1] : []) + file.shape.suffix(space)
    voxelSize = file.voxelSize.flatMap { $0.count == 3 ? $0 : nil }
  }

  /// The shape of the smallest part that is read on its own.
  public var chunkShape: [Int] { (isPlane ? [1] : []) + array.chunkShape.suffix(isPlane ? 2 : 3) }

  /// The values of a box, `[z, y, x]`.
  public func read(_ region: Region) throws -> NDArray {
    try region.check(inside: shape)
    return try array.read(whole(region)).reshaped(region.shape)
  }

  /// A box of the volume in the array behind it.
  private func whole(_ region: Region) -> Region {
    let space = isPlane ? 2 : 3
    return Region(
      start: leading + region.start.suffix(space), shape: leading.map { _ in 1 } + region.shape.suffix(space))
  }

  /// The largest values along an axis: 0 for z, 1 for y, 2 for x; read slab by slab.
  ///
  /// - Returns: Shape `[y, x]`, `[z, x]` or `[z, y]`, as Floats; NaN counts as nothing.
  public func maximum(along axis: Int) throws -> (shape: [Int], values: [Float]) {
    let kept = shape.indices.filter { $0 != axis }
    let (rows, columns) = (shape[kept[0]], shape[kept[1]])
    var most = [Float](repeating: -.infinity, count: rows * columns)
    for slab in try slabs(bytes: 1 << 27) {
      let values = try read(slab).floats()
      var place = 0
      for z in slab.start[0]..<slab.start[0] + slab.shape[0] {
        for y in 0..<shape[1] {
          let (first, step) = axis == 0 ? (y * columns, 1) : axis == 1 ? (z * columns, 1) : (z * columns + y, 0)
          for x in 0..<shape[2] {
            let target = first + x * step
            if values[place] > most[target] { most[target] = values[place] }
            place += 1
          }
        }
      }
    }
    return ([rows, columns], most.map { $0 == -.infinity ? 0 : $0 })
  }
}

extension VolumeView: SparseArray {
  func absentElements(of boxes: [Region]) throws -> [[UInt8]?] { try array.absentElements(of: boxes.map(whole)) }
}
