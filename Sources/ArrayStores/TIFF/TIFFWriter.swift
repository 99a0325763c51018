import CTIFF
import SystemPackage

/// A TIFF file that grows page by page: a page is a plane of a volume, in strips that deflate packs.
///
/// The first page says in ImageJ's words how many there are and what a voxel measures, which ImageJ, tifffile and
/// `TIFFArray` read. Files that may pass 4 GB are BigTIFF.
///
/// - Safety: The handle and the buffer for libtiff's messages live exactly as long as the instance, and neither leaves
///   it; libtiff reads from memory whose size is given with it.
@safe final class TIFFWriter {
  private let handle: OpaquePointer
  private let messages: UnsafeMutablePointer<lb_tiff_messages>
  private let type: ElementType
  private let format: Int32
  /// `[z, y, x]`.
  private let shape: [Int]
  private let voxelSize: [Double]?
  private var pages = 0

  /// About the bytes of a strip.
  private static let stripBytes = 1 << 18

  /// Begins a file for a volume `[z, y, x]`; the voxel size is in µm along z, y, x.
  ///
  /// - Throws: `unsupported_dtype` for a type that TIFF has no samples of, `unsupported_extension` for what is no volume,
  ///   `io_error` where the file cannot be
  ///   written.
  init(creating path: FilePath, type: ElementType, shape: [Int], voxelSize: [Double]?) throws {
    guard let format = Self.format(of: type) else {
      throw ArrayStoreError(.unsupportedType, "TIFF holds no \(type.rawValue); write OME-Zarr")
    }
    guard shape.count == 3, shape.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }) else {
      throw ArrayStoreError(.unsupportedExtension, "TIFF holds volumes z, y, x that are not empty, not \(shape)")
    }
    // Deflate may grow what it cannot pack, and each page has a directory.
    let isBig = try Shape.bytes(shape, type, limit: .max, what: "a volume") > 3 << 30
    let messages = UnsafeMutablePointer<lb_tiff_messages>.allocate(capacity: 1)
    guard let handle = unsafe lb_tiff_create(path.string, isBig ? 1 : 0, messages) else {
      let reason = unsafe TIFFFile.text(messages.pointee.error)
      unsafe messages.deallocate()
      throw ArrayStoreError(.inputOutput, "cannot write: \(reason)")
    }
    unsafe self.handle = handle
    unsafe self.messages = messages
    (self.type, self.format, self.shape, self.voxelSize) = (type, format, shape, voxelSize)
  }

  deinit {
    unsafe TIFFClose(handle)
    unsafe messages.deallocate()
  }

  /// Appends a plane `[y, x]`, given by its bytes.
  ///
  /// - Throws: `io_error` where it cannot be written, as on a full disk.
  func append(_ plane: ArraySlice<UInt8>) throws {
    let row = shape[2] * type.size
    precondition(plane.count == shape[1] * row, "a plane of \(plane.count) bytes")
    let rows = min(shape[1], max(1, Self.stripBytes / row))
    try describePage(rowsPerStrip: rows)
    try unsafe plane.withUnsafeBytes { plane in
      for (strip, first) in stride(from: 0, to: shape[1], by: rows).enumerated() {
        let part = unsafe plane[first * row..<min(first + rows, shape[1]) * row]
        let memory = unsafe UnsafeMutableRawPointer(mutating: UnsafeRawBufferPointer(rebasing: part).baseAddress)
        try check(unsafe TIFFWriteEncodedStrip(handle, UInt32(strip), memory, tmsize_t(part.count)) == part.count)
      }
    }
    try check(unsafe TIFFWriteDirectory(handle) == 1)
    pages += 1
  }

  /// Says that all pages are there.
  func finish() throws {
    precondition(pages == shape[0], "\(pages) of \(shape[0]) planes were written")
    try check(unsafe TIFFFlush(handle) == 1)
  }

  // MARK: -

  private func describePage(rowsPerStrip: Int) throws {
    try set(TIFFTAG_IMAGEWIDTH, shape[2])
    try set(TIFFTAG_IMAGELENGTH, shape[1])
    try set(TIFFTAG_BITSPERSAMPLE, type.size * 8)
    try set(TIFFTAG_SAMPLESPERPIXEL, 1)
    try set(TIFFTAG_SAMPLEFORMAT, Int(format))
    try set(TIFFTAG_PHOTOMETRIC, Int(PHOTOMETRIC_MINISBLACK))
    try set(TIFFTAG_PLANARCONFIG, Int(PLANARCONFIG_CONTIG))
    try set(TIFFTAG_COMPRESSION, Int(COMPRESSION_ADOBE_DEFLATE))
    try set(TIFFTAG_ROWSPERSTRIP, rowsPerStrip)
    if let voxelSize {
      try set(TIFFTAG_RESOLUTIONUNIT, Int(RESUNIT_NONE))
      try check(unsafe lb_tiff_set_real(handle, UInt32(TIFFTAG_XRESOLUTION), 1 / voxelSize[2]) == 1)
      try check(unsafe lb_tiff_set_real(handle, UInt32(TIFFTAG_YRESOLUTION), 1 / voxelSize[1]) == 1)
    }
    if pages == 0 { try check(unsafe lb_tiff_set_text(handle, UInt32(TIFFTAG_IMAGEDESCRIPTION), words) == 1) }
  }

  /// What ImageJ writes of a stack.
  private var words: String {
    var lines = ["ImageJ=1.54f", "images=\(shape[0])", "slices=\(shape[0])"]
    if let voxelSize { lines += ["unit=um", "spacing=\(voxelSize[0])"] }
    return lines.joined(separator: "\n") + "\n"
  }

  private func set(_ tag: Int32, _ value: Int) throws {
    try check(unsafe lb_tiff_set_number(handle, UInt32(tag), UInt32(value)) == 1)
  }

  private func check(_ succeeded: Bool) throws {
    guard !succeeded else { return }
    let reason = unsafe TIFFFile.text(messages.pointee.error)
    throw ArrayStoreError(.inputOutput, "cannot write page \(pages)" + (reason.isEmpty ? "" : ": \(reason)"))
  }

  private static func format(of type: ElementType) -> Int32? {
    switch type {
    case .uint8, .uint16, .uint32, .uint64: SAMPLEFORMAT_UINT
    case .int8, .int16, .int32, .int64: SAMPLEFORMAT_INT
    case .float32, .float64: SAMPLEFORMAT_IEEEFP
    case .bool, .float16, .complex64, .complex128: nil
    }
  }
}
