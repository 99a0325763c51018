public import SystemPackage

/// A NIfTI file, version 1 or 2, `.nii` or `.nii.gz`, open for reading in parts.
///
/// A compressed file is decompressed in memory as a whole, as it has no parts.
public struct NIfTIArray: StoredArray {
  /// The type of the elements as stored; `scale` and `offset` are not applied.
  public let type: ElementType
  /// The number of elements along each axis, slowest first: the reverse of the file's order.
  public let shape: [Int]
  /// The names of the axes, slowest first, as in `["t", "z", "y", "x"]`.
  public let axes: [String]
  /// µm along z, y and x; nil when the file gives no unit of length.
  public let voxelSize: [Double]?
  /// A value means `value · scale + offset`.
  public let scale: Double
  /// See `scale`.
  public let offset: Double
  private let name: String
  let object: any ByteObject
  private let start: Int
  private let isBigEndian: Bool

  /// Opens a file.
  ///
  /// - Throws: `not_found`, `format_invalid`, `unsupported_dtype`, `unsupported_version` for Analyze
  ///   and for pairs of files, `chunk_truncated` when values are missing, `size_limit`, `overflow`.
  public init(opening path: FilePath) throws {
    guard let file = try ArrayStoreError.located(store: path.string, { try FileObject(opening: path) }) else {
      throw ArrayStoreError(.notFound, "there is no such file", store: path.string)
    }
    try self.init(file, name: path.string)
  }

  /// Opens the bytes of a file, compressed or not.
  init(_ stored: any ByteObject, name: String) throws {
    self.name = name
    let (object, header) = try ArrayStoreError.located(store: name) {
      let object = try Self.decompressed(stored)
      return (object, try NIfTIHeader(object))
    }
    self.object = object
    (type, shape, voxelSize) = (header.type, header.shape, header.voxelSize)
    (scale, offset, start, isBigEndian) = (header.scale, header.offset, header.start, header.isBigEndian)
    axes = Array(["v", "u", "w", "t", "z", "y", "x"].suffix(header.shape.count))
  }

  /// A row of the file.
  public var chunkShape: [Int] {
    shape.indices.map { $0 >= shape.count - 2 ? max(shape[$0], 1) : 1 }
  }

  /// The values of a box, as stored.
  public func read(_ region: Region) throws -> NDArray {
    try ArrayStoreError.located(store: name) {
      try region.check(inside: shape)
      let bytes = try Canvas.make(type, region.shape) { canvas in
        // Plane by plane: what lies together in the file is read at once.
        let inner = min(2, shape.count)
        let outer = shape.count - inner
        let lead = Array(region.shape[..<outer])
        try Parallel.forEach(lead.reduce(1, *), state: ByteBuffer()) { buffer, number in
          try readPlane(Shape.index(number, in: lead), region, outer, onto: canvas, buffer)
        }
      }
      return NDArray(checked: type, region.shape, bytes)
    }
  }

  private func readPlane(
    _ index: [Int], _ region: Region, _ outer: Int, onto canvas: Canvas, _ buffer: ByteBuffer
  ) throws {
    let strides = Shape.strides(shape)
    var first = index.indices.reduce(0) { $0 + (index[$1] + region.start[$1]) * strides[$1] }
    let box = Region(
      start: index + region.shape[outer...].map { _ in 0 }, shape: index.map { _ in 1 } + region.shape[outer...])
    guard !box.isEmpty else { return }
    var count = 1
    var lead = 0
    if outer < shape.count {
      first += region.start[outer] * strides[outer]
      count = region.shape[outer] * strides[outer]
      if outer + 1 < shape.count {
        lead = region.start[outer + 1]
      }
    }
    let range = start + first * type.size..<start + (first + count) * type.size
    try ArrayStoreError.located(offset: object is MemoryObject ? nil : range.lowerBound) {
      try object.read(range, into: buffer)
    }
    canvas.place(
      box, from: buffer, at: lead, strides: index.map { _ in 0 } + strides[outer...], swaps: isBigEndian)
  }

  /// The content of a gzip file; other bytes as they are.
  private static func decompressed(_ stored: any ByteObject) throws -> any ByteObject {
    guard stored.size >= 18, try stored.read(0..<2) == [0x1f, 0x8b] else { return stored }
    guard stored.size <= Shape.maximumChunkBytes * 4 else {
      throw ArrayStoreError(.sizeLimit, "a compressed file of \(stored.size) bytes is not read: decompress it first")
    }
    let input = try stored.read(0..<stored.size)
    // The size of the content modulo 2^32 stands at the end, where there is one member; no stream grows more than about
    // a thousandfold.
    let claimed = input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let most = min(1_032 * input.count + 4_096, Shape.maximumChunkBytes * 16)
    var limit = min(claimed, most)
    while true {
      do {
        let bytes = try ArrayStoreError.located(codec: "gzip", offset: 0) {
          try Inflater().decoded(input, .gzip, limit: limit)
        }
        return MemoryObject(bytes)
      } catch let error as ArrayStoreError where error.code == .chunkSizeMismatch && limit < most {
        limit = min(most, 2 * max(limit, input.count))
      }
    }
  }
}
