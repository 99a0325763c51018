public import Fingerprints
public import SystemPackage

extension ZarrArray {
  /// Writes a new array, Zarr version 3, with the codecs bytes (little-endian) and zstd (level 3, with checksum).
  ///
  /// Every chunk is written, also one of zeros, so that a chunk that is missing later is a loss that
  /// can be seen. Chunks at the edge are filled up with zeros. Equal input gives equal bytes.
  ///
  /// - Parameters:
  ///   - root: The folder of the array; made with those above it. It must be empty or absent.
  ///   - chunkShape: The part that is compressed on its own; nil for 64 along each axis, at most the array.
  ///   - shardShape: How much one file holds, a multiple of `chunkShape` along each axis; nil for one
  ///     file a chunk. Shards have an index with crc32c at their end.
  ///   - attributes: A map.
  ///   - dimensionNames: One an axis, or nil.
  /// - Throws: `invalid_argument` for shapes that do not fit, `already_exists`, `io_error`.
  public static func write(
    _ array: NDArray, to root: FilePath, chunkShape: [Int]? = nil, shardShape: [Int]? = nil,
    attributes: CanonicalValue = .map([:]), dimensionNames: [String]? = nil
  ) throws {
    try write(
      array, to: root, layout: ZarrLayout(chunkShape: chunkShape, shardShape: shardShape), attributes: attributes,
      dimensionNames: dimensionNames)
  }

  /// Writes a new array in a layout; see `ZarrLayout`.
  public static func write(
    _ array: NDArray, to root: FilePath, layout: ZarrLayout, attributes: CanonicalValue = .map([:]),
    dimensionNames: [String]? = nil
  ) throws {
    let writer = try ZarrWriter(
      creating: root, type: array.type, shape: array.shape, layout: layout, attributes: attributes,
      dimensionNames: dimensionNames)
    try writer.write(array, at: array.shape.map { _ in 0 })
    try writer.finish()
  }
}
