/// The header of a NIfTI file (versions 1 and 2: Cox et al. 2004, nifti.nimh.nih.gov), checked.
struct NIfTIHeader {
  let type: ElementType
  let shape: [Int]
  let voxelSize: [Double]?
  let scale: Double
  let offset: Double
  /// Where the values begin.
  let start: Int
  let isBigEndian: Bool

  init(_ object: any ByteObject) throws {
    let head = try object.read(0..<min(object.size, 540))
    guard head.count >= 348 else { throw ArrayStoreError(.formatInvalid, "\(head.count) bytes are no NIfTI header") }
    var reader = HeaderReader(bytes: head, isBigEndian: false)
    if ![348, 540].contains(reader.integer(0, 4)) { reader = HeaderReader(bytes: head, isBigEndian: true) }
    let size = reader.integer(0, 4)
    guard size == 348 || (size == 540 && head.count == 540) else {
      throw ArrayStoreError(.formatInvalid, "the header says it has \(size) bytes: this is no NIfTI file")
    }
    isBigEndian = reader.isBigEndian
    let isFirst = size == 348
    let magic = Array(head[isFirst ? 344..<347 : 4..<7])
    guard magic == Array((isFirst ? "n+1" : "n+2").utf8) else {
      throw ArrayStoreError(
        .unsupportedVersion, "the file is no NIfTI of one piece: Analyze and pairs of files are not supported")
    }
    type = try Self.type(reader.integer(isFirst ? 70 : 12, 2))
    let (dimensions, width) = isFirst ? (40, 2) : (16, 8)
    let rank = reader.integer(dimensions, width)
    guard (1...7).contains(rank) else { throw ArrayStoreError(.formatInvalid, "the header has \(rank) dimensions") }
    let extents = (1...rank).map { reader.integer(dimensions + $0 * width, width) }
    guard extents.allSatisfy({ $0 > 0 }) else {
      throw ArrayStoreError(.formatInvalid, "the dimensions \(extents) are not all positive")
    }
    shape = extents.reversed()
    let position = isFirst ? reader.real(108, 4) : Double(reader.integer(168, 8))
    guard let start = Int(exactly: position.rounded(.down)), start >= size else {
      throw ArrayStoreError(.formatInvalid, "the values are said to begin at byte \(position)")
    }
    self.start = start
    let bytes = try Shape.bytes(shape, type, limit: .max, what: "the values")
    guard start <= object.size, bytes <= object.size - start else {
      throw ArrayStoreError(
        .chunkTruncated, "\(bytes) bytes of values from byte \(start) on do not fit the \(object.size) bytes there are")
    }
    (scale, offset) = Self.scaling(
      isFirst ? reader.real(112, 4) : reader.real(176, 8), isFirst ? reader.real(116, 4) : reader.real(184, 8))
    let units = reader.integer(isFirst ? 123 : 500, isFirst ? 1 : 4) & 7
    let unit = [1: 1e6, 2: 1e3, 3: 1.0][units]
    let sizes = (1...3).map { isFirst ? reader.real(76 + 4 * $0, 4) : reader.real(104 + 8 * $0, 8) }
    let isSound = rank >= 3 && sizes.allSatisfy { $0 > 0 && $0.isFinite }
    voxelSize = isSound ? unit.map { unit in sizes.reversed().map { $0 * unit } } : nil
  }

  /// A slope of zero means that the values are as they are.
  private static func scaling(_ slope: Double, _ intercept: Double) -> (Double, Double) {
    slope.isFinite && slope != 0 && intercept.isFinite ? (slope, intercept) : (1, 0)
  }

  private static func type(_ code: Int) throws -> ElementType {
    let types: [Int: ElementType] = [
      2: .uint8, 4: .int16, 8: .int32, 16: .float32, 32: .complex64, 64: .float64, 256: .int8, 512: .uint16,
      768: .uint32, 1024: .int64, 1280: .uint64, 1792: .complex128,
    ]
    guard let type = types[code] else {
      throw ArrayStoreError(.unsupportedType, "the data type \(code) of NIfTI is not supported")
    }
    return type
  }
}

/// Numbers at places in a header of at least 348 bytes.
private struct HeaderReader {
  let bytes: [UInt8]
  let isBigEndian: Bool

  func integer(_ place: Int, _ size: Int) -> Int {
    let bits = bits(place, size)
    let shift = 64 - 8 * size
    return Int(Int64(bitPattern: bits << UInt64(shift)) >> Int64(shift))
  }

  func real(_ place: Int, _ size: Int) -> Double {
    size == 4
      ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits(place, 4)))) : Double(bitPattern: bits(place, 8))
  }

  private func bits(_ place: Int, _ size: Int) -> UInt64 {
    guard place + size <= bytes.count else { return 0 }
    let part = bytes[place..<place + size]
    return (isBigEndian ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
