public import SystemPackage

/// Reads stacks of pages from TIFF files and folders of planes as volumes `[z, y, x]`; see `TIFFArray`.
public enum TIFFVolume {
  /// What a file holds, without its values.
  public struct Header: Hashable, Sendable {
    /// The type of the samples.
    public let type: ElementType
    /// `[z, y, x]`; z is the number of pages.
    public let shape: [Int]
  }

  /// The shape and the type of the samples; every page's directory is read, no pixel.
  ///
  /// - Throws: What `TIFFArray` throws, and `unsupported_extension` for channels, times and colours.
  public static func header(_ path: FilePath) throws -> Header {
    let array = try open(path)
    return Header(type: array.type, shape: volume(array.shape))
  }

  /// The volume `[z, y, x]`.
  ///
  /// - Throws: What `header(_:)` throws, and `chunk_truncated`, `chunk_corrupt`,
  ///   `chunk_size_mismatch` with the page and the strip or tile.
  public static func read(_ path: FilePath) throws -> NDArray {
    let array = try open(path)
    return try array.read().reshaped(volume(array.shape))
  }

  private static func volume(_ shape: [Int]) -> [Int] {
    shape.count == 2 ? [1] + shape : shape
  }

  private static func open(_ path: FilePath) throws -> TIFFArray {
    let array = try TIFFArray(opening: path)
    guard ["yx", "zyx"].contains(array.axes.joined()) else {
      throw ArrayStoreError(
        .unsupportedExtension, "the axes are \(array.axes.joined(separator: ", ")), a volume has z, y and x",
        store: path.string)
    }
    return array
  }
}
