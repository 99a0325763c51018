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
}
