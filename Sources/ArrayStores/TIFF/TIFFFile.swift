import CTIFF
import Foundation
import SystemPackage

/// An open file of libtiff, used by one thread at a time.
///
/// - Safety: The handle and the buffer for libtiff's messages live exactly as long as the instance,
///   and neither leaves it; every read goes into memory whose size was checked against the request.
@safe final class TIFFFile {
  private let handle: OpaquePointer
  private let messages: UnsafeMutablePointer<lb_tiff_messages>

  init(opening path: FilePath) throws {
    try FileObject.check(path)
    let messages = UnsafeMutablePointer<lb_tiff_messages>.allocate(capacity: 1)
    guard let handle = unsafe lb_tiff_open(path.string, messages, tmsize_t(Shape.maximumChunkBytes)) else {
      let reason = unsafe Self.text(messages.pointee.error)
      unsafe messages.deallocate()
      // libtiff says nothing of a file that is a header alone.
      throw ArrayStoreError(
        .formatInvalid, "cannot open as TIFF: \(reason.isEmpty ? "it has no directory of an image" : reason)")
    }
    unsafe self.handle = handle
    unsafe self.messages = messages
  }

  deinit {
    unsafe TIFFClose(handle)
    unsafe messages.deallocate()
  }

  // MARK: -

  /// The current directory; `number` is for messages.
  func page(_ number: Int) throws -> TIFFPage {
    try ArrayStoreError.located(array: "page \(number)") {
      try TIFFPage(isTiled: unsafe TIFFIsTiled(handle) != 0, field)
    }
  }

  /// Where the current directory lies in the file.
  var directoryOffset: UInt64 { unsafe TIFFCurrentDirOffset(handle) }

  /// Goes to a directory by where it lies.
  func select(directoryAt offset: UInt64) throws {
    guard unsafe TIFFSetSubDirectory(handle, offset) == 1 else {
      var error = failure(.formatInvalid, "cannot read the directory at byte \(offset)")
      error.offset = Int(exactly: offset)
      throw error
    }
  }

  /// Goes to the next directory, which is that of page `number`; false when there is none.
  func advance(page number: Int) throws -> Bool {
    if unsafe TIFFReadDirectory(handle) == 1 { return true }
    let error = unsafe Self.text(messages.pointee.error)
    guard error.isEmpty else { throw ArrayStoreError(.formatInvalid, "page \(number): \(error)") }
    // libtiff ends a chain that bites its tail with a mere warning.
    let warning = unsafe Self.text(messages.pointee.warning)
    guard !warning.contains("loop") else { throw ArrayStoreError(.formatInvalid, "page \(number): \(warning)") }
    return false
  }

  /// Whether strips or tiles of the current page are not stored.
  var isSparse: Bool {
    let count = unsafe TIFFIsTiled(handle) != 0 ? TIFFNumberOfTiles(handle) : TIFFNumberOfStrips(handle)
    return (0..<Int(count)).contains(where: isAbsent)
  }

  /// Whether the numbers of the file have their bytes in the other order than the machine's.
  var isByteSwapped: Bool { unsafe TIFFIsByteSwapped(handle) != 0 }

  /// Where a strip or tile of the current page lies; nil where it is not stored.
  func place(of block: Int) -> Int? { unsafe Int(exactly: TIFFGetStrileOffset(handle, UInt32(block))) }

  /// Decodes a strip or tile of the current page; false when nothing is stored, which stands for zeros.
  func read(_ block: Int, of page: TIFFPage, into buffer: ByteBuffer) throws -> Bool {
    let count = unsafe page.isTiled ? TIFFNumberOfTiles(handle) : TIFFNumberOfStrips(handle)
    guard Int(count) >= page.blocks else {
      throw ArrayStoreError(.formatInvalid, "the page has \(count) strips or tiles, too few for its size")
    }
    // GDAL calls this sparse.
    if isAbsent(block) { return false }
    let expected = page.bytes(of: block)
    try unsafe buffer.fill(capacity: expected) { memory in
      let read =
        unsafe page.isTiled
        ? TIFFReadEncodedTile(handle, UInt32(block), memory.baseAddress, tmsize_t(memory.count))
        : TIFFReadEncodedStrip(handle, UInt32(block), memory.baseAddress, tmsize_t(memory.count))
      guard read >= 0 else {
        throw failure(page.isPlain ? .chunkTruncated : .chunkCorrupt, "cannot decode")
      }
      guard read == expected else {
        throw ArrayStoreError(.chunkSizeMismatch, "decodes to \(read) bytes instead of \(expected)")
      }
      return expected
    }
    // libtiff fills up a strip that is too short and says so only beside the result.
    guard unsafe Self.text(messages.pointee.error).isEmpty else { throw failure(.chunkCorrupt, "cannot decode") }
    return true
  }

  /// What the file says of itself: as ImageJ or OME-XML do.
  func description() -> TIFFDescription {
    let length = unsafe lb_tiff_text_length(handle, UInt32(TIFFTAG_IMAGEDESCRIPTION))
    var buffer = [CChar](repeating: 0, count: min(length, 1 << 26) + 1)
    guard unsafe lb_tiff_text(handle, UInt32(TIFFTAG_IMAGEDESCRIPTION), &buffer, buffer.count) == 1 else {
      return TIFFDescription("", pixelsPerUnit: nil)
    }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var resolution: (x: Float, y: Float) = (0, 0)
    let isKnown =
      unsafe lb_tiff_f32(handle, UInt32(TIFFTAG_XRESOLUTION), &resolution.x) == 1
      && lb_tiff_f32(handle, UInt32(TIFFTAG_YRESOLUTION), &resolution.y) == 1
    return TIFFDescription(text, pixelsPerUnit: isKnown ? (Double(resolution.y), Double(resolution.x)) : nil)
  }

  // MARK: -

  private func isAbsent(_ index: Int) -> Bool {
    var failed: Int32 = 0
    return unsafe TIFFGetStrileByteCountWithErr(handle, UInt32(index), &failed) == 0 && failed == 0
  }

  private func field(_ tag: Int32) -> Int? {
    let isWide = [TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_ROWSPERSTRIP, TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH]
      .contains(tag)
    if isWide {
      var value: UInt32 = 0
      return unsafe lb_tiff_u32(handle, UInt32(tag), &value) == 1 ? Int(value) : nil
    }
    var value: UInt16 = 0
    return unsafe lb_tiff_u16(handle, UInt32(tag), &value) == 1 ? Int(value) : nil
  }

  private func failure(_ code: ArrayStoreError.Code, _ what: String) -> ArrayStoreError {
    let reason = unsafe Self.text(messages.pointee.error)
    return ArrayStoreError(code, reason.isEmpty ? what : "\(what): \(reason)")
  }

  static func text<Characters>(_ characters: Characters) -> String {
    unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
