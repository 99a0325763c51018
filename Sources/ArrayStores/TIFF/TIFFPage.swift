import CTIFF

/// What the directory of a page says, checked.
struct TIFFPage: CustomStringConvertible, Sendable {
  let width: Int
  let height: Int
  let type: ElementType
  /// Values of a pixel.
  let samples: Int
  /// Whether each sample has strips or tiles of its own.
  let isSeparate: Bool
  /// The extent of a strip (all the width) or a tile.
  let blockWidth: Int
  let blockHeight: Int
  let isTiled: Bool
  let compression: UInt16

  var description: String {
    "\(height) x \(width)\(samples > 1 ? " x \(samples)" : "") of \(type.rawValue)"
  }
  /// Pixels lie in the file as they are.
  var isPlain: Bool { compression == 1 }
  /// `[y, x]`, and the samples where a pixel has several.
  var shape: [Int] { [height, width] + (samples > 1 ? [samples] : []) }
  var blocksAcross: Int { (width + blockWidth - 1) / blockWidth }
  var blocksDown: Int { (height + blockHeight - 1) / blockHeight }
  /// Strips or tiles of all samples.
  var blocks: Int { blocksAcross * blocksDown * (isSeparate ? samples : 1) }

  func isLike(_ other: TIFFPage) -> Bool {
    width == other.width && height == other.height && type == other.type && samples == other.samples
  }

  /// The pixels and samples of a strip or tile that lie on the page, as a box of `shape`.
  func box(of block: Int) -> Region {
    let (sample, inPlane) = block.quotientAndRemainder(dividingBy: blocksAcross * blocksDown)
    let (row, column) = (inPlane / blocksAcross * blockHeight, inPlane % blocksAcross * blockWidth)
    let extent = [min(blockHeight, height - row), min(blockWidth, width - column)]
    guard samples > 1 else { return Region(start: [row, column], shape: extent) }
    return Region(start: [row, column, isSeparate ? sample : 0], shape: extent + [isSeparate ? 1 : samples])
  }

  /// The bytes that a strip or tile decodes to: the last strip is short, tiles at the edge are whole.
  func bytes(of block: Int) -> Int {
    let rows = isTiled ? blockHeight : box(of: block).shape[0]
    return rows * blockWidth * (isSeparate ? 1 : samples) * type.size
  }

  /// - Parameter field: Asks for a number of the directory; nil when it has none.
  init(isTiled: Bool, _ field: (Int32) -> Int?) throws {
    guard let width = field(TIFFTAG_IMAGEWIDTH), let height = field(TIFFTAG_IMAGELENGTH), width > 0, height > 0 else {
      throw ArrayStoreError(.formatInvalid, "the page has no width or no height")
    }
    samples = field(TIFFTAG_SAMPLESPERPIXEL) ?? 1
    isSeparate = samples > 1 && field(TIFFTAG_PLANARCONFIG) == 2
    compression = UInt16(truncatingIfNeeded: field(TIFFTAG_COMPRESSION) ?? 1)
    guard TIFFIsCODECConfigured(compression) != 0 else {
      throw ArrayStoreError(.unsupportedCodec, "compression \(compression) is not supported")
    }
    guard field(TIFFTAG_PHOTOMETRIC) != Int(PHOTOMETRIC_YCBCR) else {
      throw ArrayStoreError(.unsupportedType, "colours in the form YCbCr are not supported")
    }
    guard (1...16).contains(samples) else {
      throw ArrayStoreError(.unsupportedType, "\(samples) samples a pixel are not supported: 1 to 16 are")
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
    _ = try Shape.bytes([height, width, samples], type, limit: Shape.maximumChunkBytes, what: "a page")
    _ = try Shape.bytes(
      [blockHeight, blockWidth, samples], type, limit: Shape.maximumChunkBytes, what: "a strip or tile")
  }

  private static func type(bits: Int, format: Int) throws -> ElementType {
    switch (Int32(truncatingIfNeeded: format), bits) {
    case (SAMPLEFORMAT_UINT, 8), (SAMPLEFORMAT_VOID, 8): return .uint8
    case (SAMPLEFORMAT_UINT, 16), (SAMPLEFORMAT_VOID, 16): return .uint16
    case (SAMPLEFORMAT_UINT, 32), (SAMPLEFORMAT_VOID, 32): return .uint32
    case (SAMPLEFORMAT_UINT, 64), (SAMPLEFORMAT_VOID, 64): return .uint64
    case (SAMPLEFORMAT_INT, 8): return .int8
    case (SAMPLEFORMAT_INT, 16): return .int16
    case (SAMPLEFORMAT_INT, 32): return .int32
    case (SAMPLEFORMAT_INT, 64): return .int64
    case (SAMPLEFORMAT_IEEEFP, 16): return .float16
    case (SAMPLEFORMAT_IEEEFP, 32): return .float32
    case (SAMPLEFORMAT_IEEEFP, 64): return .float64
    case (SAMPLEFORMAT_COMPLEXIEEEFP, 64): return .complex64
    case (SAMPLEFORMAT_COMPLEXIEEEFP, 128): return .complex128
    default:
      throw ArrayStoreError(.unsupportedType, "samples of \(bits) bits in format \(format) are not supported")
    }
  }
}
