public import SystemPackage

/// Reads stacks of pages from TIFF files: page after page along z.
///
/// Strips and tiles, every compression that libtiff has, predictors, either byte order, BigTIFF, and
/// the large stacks of ImageJ that have one directory only. Pages must be alike, with one sample a pixel.
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
  /// - Throws: `not_found`, `format_invalid`, `metadata_invalid` for pages that differ,
  ///   `unsupported_dtype`, `overflow`, `size_limit`; the message names the page.
  public static func header(_ path: FilePath) throws -> Header {
    try ArrayStoreError.located(store: path.string) {
      let file = try TIFFFile(opening: path)
      return try TIFFStack(file).header
    }
  }

  /// The volume `[z, y, x]`.
  ///
  /// - Throws: What `header(_:)` throws, and `chunk_truncated`, `chunk_corrupt`,
  ///   `chunk_size_mismatch` with the page and the strip or tile.
  public static func read(_ path: FilePath) throws -> NDArray {
    try ArrayStoreError.located(store: path.string) {
      let file = try TIFFFile(opening: path)
      return try TIFFStack(file).read()
    }
  }
}

/// The pages of an open file, checked to be alike.
struct TIFFStack {
  let header: TIFFVolume.Header
  private let file: TIFFFile
  private let first: TIFFPage
  /// Where the planes lie that ImageJ wrote without directories.
  private let plainPlanes: Int?

  init(_ file: TIFFFile) throws {
    self.file = file
    let first = try file.page(0)
    self.first = first
    var pages = 1
    while try file.advance(page: pages) {
      let page = try file.page(pages)
      guard page.isLike(first) else {
        throw ArrayStoreError(
          .metadataInvalid, "page \(pages) is \(page), but page 0 is \(first)", array: "page \(pages)")
      }
      pages += 1
    }
    try file.rewind()
    plainPlanes = pages == 1 ? try file.planesOfImageJ(first) : nil
    header = TIFFVolume.Header(type: first.type, shape: [plainPlanes ?? pages, first.height, first.width])
  }

  /// Reads every page.
  func read() throws -> NDArray {
    let count = try Shape.bytes(header.shape, header.type, limit: Shape.maximumArrayBytes, what: "a volume")
    let pageSize = count / header.shape[0]
    if first.isPlain, !file.isSparse, try count > file.size() {
      throw ArrayStoreError(.chunkTruncated, "the file is shorter than the \(count) bytes of its pixels")
    }
    if let planes = plainPlanes {
      return NDArray(checked: header.type, header.shape, try file.planes(planes, pageSize))
    }
    var bytes = [UInt8](repeating: 0, count: count)
    for page in 0..<header.shape[0] {
      if page > 0, !(try file.advance(page: page)) {
        throw ArrayStoreError(.formatInvalid, "page \(page) vanished while the file was read")
      }
      let layout = try file.page(page)
      try ArrayStoreError.located(store: "", array: "page \(page)") {
        try file.read(layout, into: &bytes, at: page * pageSize)
      }
    }
    return NDArray(checked: header.type, header.shape, bytes)
  }
}
