import CHDF5
import SystemPackage

/// Reads boxes of one dataset; chunks with the usual filters are decoded here, not by the library.
///
/// libhdf5 hands out uninitialised memory for a chunk that decodes short, inflates any chunk to
/// whatever size its stream claims, and does one thing at a time: the codecs of this module refuse
/// both and run on all processors. The library says where chunks lie; used inside `HDF5Library.locked`.
struct HDF5DatasetReader {
  let layout: Layout
  private let dataset: hid_t
  let filters: [HDF5Filter]
  /// The shape of chunks whose filters are all known here; nil when the library reads.
  private let chunk: [Int]?
  private let codecs: [ByteCodec]

  /// What is known without reading values.
  struct Layout: Sendable {
    let type: ElementType
    let shape: [Int]
    let bigEndian: Bool
    let fill: [UInt8]
  }

  init(_ dataset: hid_t) throws {
    let fileType = try HDF5Handle(H5Dget_type(dataset), H5Tclose, .formatInvalid, "cannot read the type")
    let creation = try HDF5Handle(
      H5Dget_create_plist(dataset), H5Pclose, .formatInvalid, "cannot read how the dataset is stored")
    self.dataset = dataset
    let (type, bigEndian) = try ElementType.ofHDF5(fileType.id)
    let shape = try Self.shape(of: dataset)
    try Self.refuseOutside(creation.id)
    filters = try HDF5Filter.pipeline(creation.id)
    var fill = [UInt8](repeating: 0, count: type.size)
    let memory = try type.makeHDF5Type()
    try HDF5Library.check(
      unsafe H5Pget_fill_value(creation.id, memory.id, &fill), .formatInvalid, "cannot read the fill value")
    layout = Layout(type: type, shape: shape, bigEndian: bigEndian, fill: fill)
    let codecs = H5Pget_layout(creation.id) == H5D_CHUNKED ? HDF5Filter.codecs(filters) : nil
    self.codecs = codecs ?? []
    chunk = codecs == nil ? nil : try Self.chunkShape(creation.id, rank: shape.count)
  }

  static func shape(of dataset: hid_t) throws -> [Int] {
    let space = try HDF5Handle(H5Dget_space(dataset), H5Sclose, .formatInvalid, "cannot read the shape")
    return try HDF5Reader.shape(of: space.id)
  }

  /// Throws for storage that can name any file of the machine.
  static func refuseOutside(_ creation: hid_t) throws {
    guard H5Pget_layout(creation) != H5D_VIRTUAL else {
      throw ArrayStoreError(.unsupportedExtension, "virtual datasets can name any file and are refused")
    }
    guard H5Pget_external_count(creation) <= 0 else {
      throw ArrayStoreError(.unsupportedExtension, "external storage can name any file and is refused")
    }
  }

  /// The shape of the chunks; that of the dataset where it has none.
  var chunkShape: [Int] { chunk ?? layout.shape.map { max($0, 1) } }

  /// Whether nothing of a box was ever written; false where that takes long to tell.
  func isAbsent(_ region: Region) -> Bool {
    guard let chunk else {
      var status = H5D_SPACE_STATUS_ERROR
      return unsafe H5Dget_space_status(dataset, &status) >= 0 && status == H5D_SPACE_STATUS_NOT_ALLOCATED
    }
    let (low, high) = Shape.chunks(meeting: region, of: chunk)
    let extent = zip(high, low).map { $0 - $1 }
    let count = extent.reduce(1, *)
    guard count <= maximumChunksAsked else { return false }
    return (0..<count).allSatisfy { number in
      let index = zip(Shape.index(number, in: extent), low).map { $0 + $1 }
      var size: hsize_t = 0
      return unsafe H5Dget_chunk_storage_size(dataset, zip(index, chunk).map { hsize_t($0 * $1) }, &size) >= 0
        && size == 0
    }
  }

  /// Values that the library read, or where to read them.
  enum Outcome: Sendable {
    case values([UInt8])
    case chunks(FilePath, HDF5Chunks, [HDF5Chunks.Place])
  }

  /// Reads through the library, or finds the chunks that a box meets.
  func prepare(_ region: Region, _ path: FilePath, base: UInt64) throws -> Outcome {
    try region.check(inside: layout.shape)
    let count = try Shape.bytes(region.shape, layout.type, limit: Shape.maximumArrayBytes, what: "a dataset")
    guard count > 0 else { return .values([]) }
    guard let chunk else { return .values(try readByLibrary(region, count)) }
    _ = try Shape.bytes(chunk, layout.type, limit: Shape.maximumChunkBytes, what: "a chunk")
    let (low, high) = Shape.chunks(meeting: region, of: chunk)
    let chunks = zip(high, low).reduce(1) { $0 * ($1.0 - $1.1) }
    guard chunks <= Shape.maximumChunks else {
      throw ArrayStoreError(
        .sizeLimit, "\(chunks) chunks are too many for one read, the limit is \(Shape.maximumChunks)")
    }
    let reader = HDF5Chunks(layout: layout, chunk: chunk, codecs: codecs, region: region)
    let all = zip(layout.shape, chunk).reduce(1.0) { $0 * Double(($1.0 + $1.1 - 1) / $1.1) }
    guard Double(chunks) * all < Self.maximumSteps else { return .values(try readRaw(reader, low, high)) }
    var places: [HDF5Chunks.Place] = []
    try Shape.forEachIndex(from: low, upTo: high) { index in
      try ArrayStoreError.located(chunk: index) { places.append(try place(index, chunk, base)) }
    }
    return .chunks(path, reader, places)
  }

  /// The library looks for a chunk's place from the first chunk on, so that all of many would take the square of their
  /// number; beyond this many steps it is asked for the bytes instead, which it finds by a tree.
  static let maximumSteps = 0x1p24

  // MARK: -

  private func place(_ index: [Int], _ chunk: [Int], _ base: UInt64) throws -> HDF5Chunks.Place {
    let offset = zip(index, chunk).map { hsize_t($0 * $1) }
    var mask: UInt32 = 0
    var address: haddr_t = 0
    var size: hsize_t = 0
    try HDF5Library.check(
      unsafe H5Dget_chunk_info_by_coord(dataset, offset, &mask, &address, &size), .formatInvalid, "cannot find a chunk")
    guard address != lb_h5_undefined_address() else { return HDF5Chunks.Place(index: index, range: nil, mask: 0) }
    let (start, wrapped) = UInt64(address).addingReportingOverflow(base)
    let (end, overflow) = start.addingReportingOverflow(UInt64(size))
    guard !wrapped, !overflow, end <= UInt64(Int.max) else {
      throw ArrayStoreError(.formatInvalid, "a chunk lies at \(address), \(size) bytes long")
    }
    return HDF5Chunks.Place(index: index, range: Int(start)..<Int(end), mask: mask)
  }

  /// Reads stored chunks through the library, a batch at a time, and decodes them on all processors.
  private func readRaw(_ chunks: HDF5Chunks, _ low: [Int], _ high: [Int]) throws -> [UInt8] {
    let extent = zip(high, low).map { $0 - $1 }
    let count = extent.reduce(1, *)
    let batch = 16 * Parallel.width
    return try Canvas.make(layout.type, chunks.region.shape) { canvas in
      for first in stride(from: 0, to: count, by: batch) {
        let stored = try (first..<min(first + batch, count)).map { number in
          let index = zip(Shape.index(number, in: extent), low).map { $0 + $1 }
          return try ArrayStoreError.located(chunk: index) { try raw(index, chunks) }
        }
        try Parallel.forEach(stored.count) { scratch, number in
          let (place, bytes) = stored[number]
          try ArrayStoreError.located(chunk: place.index) {
            if place.range != nil { scratch.front.assign(bytes) }
            try chunks.decode(place, canvas, scratch)
          }
        }
      }
    }
  }

  /// The stored bytes of a chunk, with a range that counts from 0.
  private func raw(_ index: [Int], _ chunks: HDF5Chunks) throws -> (HDF5Chunks.Place, [UInt8]) {
    let offset = zip(index, chunks.chunk).map { hsize_t($0 * $1) }
    var size: hsize_t = 0
    try HDF5Library.check(
      unsafe H5Dget_chunk_storage_size(dataset, offset, &size), .formatInvalid, "cannot find a chunk")
    guard size > 0 else { return (HDF5Chunks.Place(index: index, range: nil, mask: 0), []) }
    guard let count = Int(exactly: size) else { throw ArrayStoreError(.overflow, "a chunk has \(size) bytes") }
    try chunks.codecs.checkStored(count, count: chunks.chunk.reduce(layout.type.size, *))
    var bytes = [UInt8](repeating: 0, count: count)
    var mask: UInt32 = 0
    try HDF5Library.check(
      unsafe H5Dread_chunk(dataset, hdf5Default, offset, &mask, &bytes), .chunkTruncated, "cannot read a chunk")
    return (HDF5Chunks.Place(index: index, range: 0..<count, mask: mask), bytes)
  }

  private func readByLibrary(_ region: Region, _ count: Int) throws -> [UInt8] {
    for filter in filters { try filter.checkReadable() }
    let space = try HDF5Handle(H5Dget_space(dataset), H5Sclose, .formatInvalid, "cannot read the shape")
    let start = region.start.map { hsize_t($0) }
    let extent = region.shape.map { hsize_t($0) }
    if !extent.isEmpty {
      try HDF5Library.check(
        unsafe H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, extent, nil), .invalidArgument,
        "cannot select \(region)")
    }
    let memorySpace = try HDF5Handle(
      extent.isEmpty ? H5Screate(H5S_SCALAR) : unsafe H5Screate_simple(Int32(extent.count), extent, nil), H5Sclose,
      .sizeLimit, "cannot describe \(region)")
    let memory = try layout.type.makeHDF5Type()
    // Where nothing was written the library may leave the memory as it is.
    var bytes = Memory.filled(layout.fill, count: count / layout.fill.count)
    try HDF5Library.check(
      unsafe H5Dread(dataset, memory.id, memorySpace.id, space.id, hdf5Default, &bytes), .chunkCorrupt,
      "cannot read the values")
    return bytes
  }

  private static func chunkShape(_ creation: hid_t, rank: Int) throws -> [Int] {
    var extents = [hsize_t](repeating: 0, count: rank)
    guard unsafe H5Pget_chunk(creation, Int32(rank), &extents) == Int32(rank), extents.allSatisfy({ $0 > 0 }) else {
      throw HDF5Library.failure(.formatInvalid, "cannot read the shape of the chunks")
    }
    return try extents.map { extent in
      guard let value = Int(exactly: extent) else { throw ArrayStoreError(.overflow, "a chunk extent is \(extent)") }
      return value
    }
  }
}
