/// A 3D image: its values in order z, y, x (x fastest) and, where known, the size of its voxels.
public struct Volume: Sendable, Equatable {
  public let size: Extent
  public var values: [Float]
  public var voxelSize: VoxelSize?

  /// A volume from its values.
  ///
  /// - Precondition: `values` holds as many numbers as `size` says.
  public init(size: Extent, values: [Float], voxelSize: VoxelSize? = nil) {
    precondition(values.count == size.count, "volume: \(values.count) values for a size of \(size)")
    self.size = size
    self.values = values
    self.voxelSize = voxelSize
  }

  /// A volume of one value.
  public init(size: Extent, repeating value: Float = 0, voxelSize: VoxelSize? = nil) {
    self.init(size: size, values: [Float](repeating: value, count: size.count), voxelSize: voxelSize)
  }

  /// The value of one voxel.
  public subscript(z: Int, y: Int, x: Int) -> Float {
    get { values[size.offset(z, y, x)] }
    set { values[size.offset(z, y, x)] = newValue }
  }

  /// The part of the volume inside a box.
  ///
  /// - Precondition: The box lies within the volume.
  public func cropped(to box: Box) -> Volume {
    precondition(
      zip(box.lower.axes, zip(box.upper.axes, size.axes)).allSatisfy { $0 >= 0 && $1.0 <= $1.1 },
      "cropped: \(box) is not within a volume of \(size)")
    var cut: [Float] = []
    cut.reserveCapacity(box.size.count)
    for z in box.lower.z..<box.upper.z {
      for y in box.lower.y..<box.upper.y {
        cut += values[size.offset(z, y, box.lower.x)..<size.offset(z, y, box.upper.x)]
      }
    }
    return Volume(size: box.size, values: cut, voxelSize: voxelSize)
  }

  /// The volume with other values of the same size.
  func with(_ values: [Float]) -> Volume {
    Volume(size: size, values: values, voxelSize: voxelSize)
  }
}
