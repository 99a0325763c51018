extension HDF5File {
  /// One dataset of numbers, to be read in parts.
  ///
  /// - Throws: `not_found`, `unsupported_dtype`, `unsupported_extension`.
  public func array(_ dataset: String) throws -> HDF5Array {
    let (layout, chunk) = try withDataset(dataset) { reader, _ in (reader.layout, reader.chunkShape) }
    return HDF5Array(type: layout.type, shape: layout.shape, chunkShape: chunk, file: self, path: dataset)
  }
}

/// A dataset of numbers in an HDF5 file.
public struct HDF5Array: StoredArray {
  /// The type of the elements.
  public let type: ElementType
  /// The number of elements along each axis.
  public let shape: [Int]
  /// The shape of chunks; that of the dataset where it is stored in one piece.
  public let chunkShape: [Int]
  let file: HDF5File
  let path: String

  /// The values of a box; only the chunks that it meets are read.
  public func read(_ region: Region) throws -> NDArray { try file.read(path, region) }

  /// µm along z, y and x, from `element_size_um` of the dataset, as Fiji and ilastik write it, or of the file.
  public func voxelSize() throws -> [Double]? {
    guard shape.count >= 3 else { return nil }
    let name = "element_size_um"
    let attribute = try file.attributes(of: path)[name] ?? file.attributes[name]
    guard case .array(let array)? = attribute, array.count == 3 else { return nil }
    let sizes = array.type == .float64 ? try array.values(as: Double.self) : array.floats().map(Double.init)
    return sizes.allSatisfy { $0 > 0 && $0.isFinite } ? sizes : nil
  }
}

extension HDF5Array: SparseArray {
  func absentElements(of boxes: [Region]) throws -> [[UInt8]?] {
    try file.withDataset(path) { reader, _ in boxes.map { reader.isAbsent($0) ? reader.layout.fill : nil } }
  }
}
