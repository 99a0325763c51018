import CTIFF

/// What the directory of a page says, checked.
struct TIFFPage: CustomStringConvertible {
  let width: Int
  let height: Int
  let type: ElementType
  /// The extent of a strip (all the width) or a tile.
  let blockWidth: Int
  let blockHeight: Int
  let isTiled: Bool
  let compression: UInt16

  var description: String { "\(height) x \(width) of \(type.rawValue)" }
  /// Pixels lie in the file as they are.
  var isPlain: Bool { compression == 1 }
  var blockBytes: Int { blockWidth * blockHeight * type.size }
  var blocksAcross: Int { (width + blockWidth - 1) / blockWidth }
  var blocksDown: Int { (height + blockHeight - 1) / blockHeight }

  func isLike(_ other: TIFFPage) -> Bool {
    width == other.width && height == other.height && type == other.type
  }

  /// - Parameter field: Asks for a number of the directory; nil when it has none.
  init(isTiled: Bool, _ field: (Int32) -> Int?) throws {
    guard let width = field(TIFFTAG_IMAGEWIDTH), let height = field(TIFFTAG_IMAGELENGTH), width > 0, height > 0 else {
      throw ArrayStoreError(.formatInvalid, "the page has no width or no height")
    }
    let samples = field(TIFFTAG_SAMPLESPERPIXEL) ?? 1
    guard samples == 1 else {
      throw ArrayStoreError(.unsupportedType, "\(samples) samples a pixel are not supported: one is, as in grey images")
    }
    compression = UInt16(field(TIFFTAG_COMPRESSION) ?? 1)
    guard TIFFIsCODECConfigured(compression) != 0 else {
      throw ArrayStoreError(.unsupportedCodec, "compression \(compression) is not supported")
    }
    type = try Self.type(bits: field(TIFFTAG_BITSPERSAMPLE) ?? 1, format: field(TIFFTAG_SAMPLEFORMAT) ?? 1)
    (self.width, self.height, self.isTiled) = (width, height, isTiled)
    if isTiled {
      blockWidth = field(TIFFTAG_TILEWIDTH) ?? 0
      blockHeight = field(TIFFTAG_TILELENGTH) ?? 0
    } else {
      blockWidth = width
      blockHeight = min(field(TIFFTAG_ROWSPERSTRIP) ?? height, height)
    }
    guard blockWidth > 0, blockHeight > 0 else {
      throw ArrayStoreError(.formatInvalid, "a strip or tile of \(blockHeight) x \(blockWidth) makes no sense")
    }
    _ = try Shape.bytes([height, width], type, limit: Shape.maximumChunkBytes, what: "a page")
    _ = try Shape.bytes([blockHeight, blockWidth], type, limit: Shape.maximumChunkBytes, what: "a strip or tile")
  }

  private static func type(bits: Int, format: Int) throws -> ElementType {
    switch (Int32(format), bits) {
    case (SAMPLEFORMAT_UINT, 8), (SAMPLEFORMAT_VOID, 8): return .uint8
    case (SAMPLEFORMAT_UINT, 16), (SAMPLEFORMAT_VOID, 16): return .uint16
    case (SAMPLEFORMAT_UINT, 32): return .uint32
    case (SAMPLEFORMAT_INT, 8): return .int8
    case (SAMPLEFORMAT_INT, 16): return .int16
    case (SAMPLEFORMAT_INT, 32): return .int32
    case (SAMPLEFORMAT_IEEEFP, 32): return .float32
    case (SAMPLEFORMAT_IEEEFP, 64): return .float64
    default:
      throw ArrayStoreError(.unsupportedType, "samples of \(bits) bits in format \(format) are not supported")
    }
  }
}
