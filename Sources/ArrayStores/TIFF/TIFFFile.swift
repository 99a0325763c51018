import CTIFF
import Foundation
import SystemPackage

/// An open file of libtiff, used by one task.
///
/// - Safety: The handle and the buffer for libtiff's messages live exactly as long as the instance,
///   and neither leaves it; every read goes into memory whose size was checked against the request.
@safe final class TIFFFile {
  private let handle: OpaquePointer
  private let messages: UnsafeMutablePointer<lb_tiff_messages>
  private let path: FilePath

  init(opening path: FilePath) throws {
    guard FileManager.default.fileExists(atPath: path.string) else {
      throw ArrayStoreError(.notFound, "there is no such file")
    }
    let messages = UnsafeMutablePointer<lb_tiff_messages>.allocate(capacity: 1)
    guard let handle = unsafe lb_tiff_open(path.string, messages, tmsize_t(Shape.maximumChunkBytes)) else {
      let reason = unsafe Self.text(messages.pointee.error)
      unsafe messages.deallocate()
      throw ArrayStoreError(.formatInvalid, "cannot open as TIFF: \(reason)")
    }
    unsafe self.handle = handle
    unsafe self.messages = messages
    self.path = path
  }

  deinit {
    unsafe TIFFClose(handle)
    unsafe messages.deallocate()
  }

  // MARK: -

  /// The bytes of the file.
  func size() throws -> Int {
    try FileObject(opening: path)?.size ?? 0
  }

  /// The current directory; `number` is for messages.
  func page(_ number: Int) throws -> TIFFPage {
    try ArrayStoreError.located(store: "", array: "page \(number)") {
      try TIFFPage(isTiled: unsafe TIFFIsTiled(handle) != 0, field)
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

  /// Goes back to the first directory.
  func rewind() throws {
    guard unsafe TIFFSetDirectory(handle, 0) == 1 else { throw failure(.formatInvalid, "cannot go back to page 0") }
  }

  /// Whether strips or tiles of the current page are not stored.
  var isSparse: Bool {
    let count = unsafe TIFFIsTiled(handle) != 0 ? TIFFNumberOfTiles(handle) : TIFFNumberOfStrips(handle)
    return (0..<Int(count)).contains(where: isAbsent)
  }

  /// Reads the current page into `target`, from byte `offset` on.
  func read(_ page: TIFFPage, into target: inout [UInt8], at offset: Int) throws {
    let count = unsafe page.isTiled ? TIFFNumberOfTiles(handle) : TIFFNumberOfStrips(handle)
    guard Int(count) >= page.blocksAcross * page.blocksDown else {
      throw ArrayStoreError(.formatInvalid, "the page has \(count) strips or tiles, too few for its size")
    }
    for index in 0..<page.blocksAcross * page.blocksDown {
      try ArrayStoreError.located(store: "", chunk: [index]) {
        try readBlock(index, page, into: &target, at: offset)
      }
    }
  }

  // MARK: -

  private func readBlock(_ index: Int, _ page: TIFFPage, into target: inout [UInt8], at offset: Int) throws {
    let (row, column) = (index / page.blocksAcross * page.blockHeight, index % page.blocksAcross * page.blockWidth)
    let height = min(page.blockHeight, page.height - row)
    // The last strip is short; tiles at the edge are whole.
    let expected = page.isTiled ? page.blockBytes : page.blockWidth * height * page.type.size
    // Nothing stored stands for zeros (GDAL calls this sparse), which the target is filled with.
    if isAbsent(index) { return }
    var block = [UInt8](repeating: 0, count: expected)
    let read = unsafe block.withUnsafeMutableBytes { buffer in
      unsafe page.isTiled
        ? TIFFReadEncodedTile(handle, UInt32(index), buffer.baseAddress, tmsize_t(buffer.count))
        : TIFFReadEncodedStrip(handle, UInt32(index), buffer.baseAddress, tmsize_t(buffer.count))
    }
    guard read >= 0 else {
      throw failure(page.isPlain ? .chunkTruncated : .chunkCorrupt, "cannot decode")
    }
    guard read == expected else {
      throw ArrayStoreError(.chunkSizeMismatch, "decodes to \(read) bytes instead of \(expected)")
    }
    // libtiff fills up a strip that is too short and only warns.
    let warning = unsafe Self.text(messages.pointee.error)
    guard warning.isEmpty else { throw failure(.chunkCorrupt, "cannot decode") }
    let copy = StridedCopy(
      [height, min(page.blockWidth, page.width - column)], elementSize: page.type.size, component: page.type.size,
      swaps: false, from: [page.blockWidth, 1], at: 0, to: [page.width, 1],
      at: offset / page.type.size + row * page.width + column)
    unsafe block.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { unsafe copy.run(from: source, to: $0) }
    }
  }

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

  private static func text<Characters>(_ characters: Characters) -> String {
    unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  // MARK: - ImageJ

  /// The number of planes that ImageJ announces behind a single directory; nil when this is no such file.
  ///
  /// ImageJ writes stacks above 4 GB so: one directory, then every plane as it is, one after the other.
  func planesOfImageJ(_ page: TIFFPage) throws -> Int? {
    var buffer = [CChar](repeating: 0, count: 65_536)
    guard unsafe lb_tiff_text(handle, UInt32(TIFFTAG_IMAGEDESCRIPTION), &buffer, buffer.count) == 1 else { return nil }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard text.hasPrefix("ImageJ="), page.isPlain, !page.isTiled, page.blocksDown == 1 else { return nil }
    let images = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("images=") }
    guard let planes = images.flatMap({ Int($0.dropFirst("images=".count)) }), planes > 1 else { return nil }
    return planes
  }

  /// The bytes of all planes, little-endian.
  func planes(_ count: Int, _ pageSize: Int) throws -> [UInt8] {
    let offset = Int(unsafe TIFFGetStrileOffset(handle, 0))
    guard let file = try FileObject(opening: path) else {
      throw ArrayStoreError(.inputOutput, "the file vanished while it was read")
    }
    var bytes = try file.read(offset..<offset + count * pageSize)
    if unsafe TIFFIsByteSwapped(handle) != 0 {
      Memory.swapBytes(&bytes, (try page(0)).type)
    }
    return bytes
  }
}
