import Foundation
public import SystemPackage

/// A TIFF file or a folder of planes, open for reading in parts.
///
/// Strips and tiles, every compression and predictor that libtiff has, either byte order, BigTIFF,
/// sparse tiles, pixels of several samples, the hyperstacks of ImageJ (also those above 4 GB, which
/// have one directory) and OME-TIFF. Pages must be alike. Strips and tiles decode on all processors.
public struct TIFFArray: StoredArray {
  /// The type of the samples.
  public let type: ElementType
  /// The number of elements along each axis.
  public let shape: [Int]
  /// The names of the axes, slowest first: `z`, `c` or `t` of the pages, `y`, `x`, and `s` for samples.
  public let axes: [String]
  /// µm along z, y and x; nil when the file does not say so.
  public let voxelSize: [Double]?
  let planes: TIFFPlanes

  /// Opens a file, or a folder with one file a plane in the order of their numbers.
  ///
  /// Every page's directory is read, no pixel.
  ///
  /// - Throws: `not_found`, also for a plane that is missing in a folder; `format_invalid`,
  ///   `metadata_invalid` for pages that differ, `unsupported_dtype`, `unsupported_codec`,
  ///   `overflow`, `size_limit`; the message names the page or the file.
  public init(opening path: FilePath) throws {
    var isFolder = false
    (planes, isFolder) = try ArrayStoreError.located(store: path.string) {
      let isFolder = FileManager.default.fileExists(atPath: path.string + "/.")
      return (isFolder ? try TIFFPlanes(folder: path) : try TIFFPlanes(file: path), isFolder)
    }
    let pixels = ["y", "x"] + (planes.page.samples > 1 ? ["s"] : [])
    let described = planes.description.pageAxes ?? []
    // Axes of one entry say nothing; a stack without a description goes along z.
    let known = try Self.pageAxes(described, planes, path, isFolder: isFolder)
    axes = known.map(\.name) + pixels
    shape = known.map(\.size) + planes.page.shape
    type = planes.page.type
    voxelSize = planes.description.voxelSize
  }

  // MARK: -

  /// A page, or a strip or tile of it.
  public var chunkShape: [Int] {
    let page = planes.page
    let block = [page.blockHeight, page.blockWidth].enumerated().map { min($0.element, page.shape[$0.offset]) }
    return shape.dropLast(page.shape.count).map { _ in 1 } + block + (page.samples > 1 ? [page.samples] : [])
  }

  /// The values of a box; only strips and tiles that it meets are decoded.
  ///
  /// - Throws: `chunk_truncated`, `chunk_corrupt`, `chunk_size_mismatch` with the page and the strip or tile.
  public func read(_ region: Region) throws -> NDArray {
    try ArrayStoreError.located(store: planes.path.string) {
      try region.check(inside: shape)
      let bytes = try Canvas.make(type, region.shape) { canvas in
        try planes.read(region, of: shape, onto: canvas)
      }
      return NDArray(checked: type, region.shape, bytes)
    }
  }

  private static func pageAxes(
    _ described: [(name: String, size: Int)], _ planes: TIFFPlanes, _ path: FilePath, isFolder: Bool
  ) throws -> [(name: String, size: Int)] {
    let samples = planes.page.samples
    var axes = isFolder ? [] : described
    // The channels of OME include the samples of a pixel.
    if samples > 1, let place = axes.firstIndex(where: { $0.name == "c" }), axes[place].size % samples == 0 {
      axes[place].size /= samples
    }
    axes = axes.filter { $0.size != 1 }
    let pages = planes.count
    guard !axes.isEmpty else { return pages == 1 ? [] : [("z", pages)] }
    var count = 1
    for axis in axes {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis.size)
      count = overflow || axis.size < 1 ? -1 : product
    }
    guard count == pages else {
      let sizes = axes.map { "\($0.size) along \($0.name)" }.joined(separator: ", ")
      throw ArrayStoreError(
        .metadataInvalid, "\(planes.description.writer) announces \(sizes), the file has \(pages) pages",
        store: path.string)
    }
    return axes
  }
}
