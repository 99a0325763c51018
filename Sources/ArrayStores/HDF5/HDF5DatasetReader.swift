import CHDF5

/// Reads boxes of one dataset; chunks with the usual filters are decoded here, not by the library.
///
/// libhdf5 hands out uninitialised memory for a chunk that decodes short and inflates any chunk to
/// whatever size its stream claims; the codecs of this module refuse both.
struct HDF5DatasetReader {
  let shape: [Int]
  private let dataset: hid_t
  private let type: ElementType
  private let bigEndian: Bool
  private let fill: [UInt8]
  /// The shape of chunks whose filters are all known here; nil when the library reads.
  private let chunk: [Int]?
  private let filters: [HDF5Filter]

  init(_ dataset: hid_t) throws {
    let fileType = try HDF5Handle(H5Dget_type(dataset), H5Tclose, .formatInvalid, "cannot read the type")
    let space = try HDF5Handle(H5Dget_space(dataset), H5Sclose, .formatInvalid, "cannot read the shape")
    let creation = try HDF5Handle(
      H5Dget_create_plist(dataset), H5Pclose, .formatInvalid, "cannot read how the dataset is stored")
    self.dataset = dataset
    (type, bigEndian) = try ElementType.ofHDF5(fileType.id)
    shape = try HDF5Reader.shape(of: space.id)
    let layout = H5Pget_layout(creation.id)
    guard layout != H5D_VIRTUAL else {
      throw ArrayStoreError(.unsupportedExtension, "virtual datasets can name any file and are refused")
    }
    guard H5Pget_external_count(creation.id) <= 0 else {
      throw ArrayStoreError(.unsupportedExtension, "external storage can name any file and is refused")
    }
    filters = try HDF5Filter.pipeline(creation.id)
    var fill = [UInt8](repeating: 0, count: type.size)
    let memory = try type.makeHDF5Type()
    try HDF5Library.check(
      unsafe H5Pget_fill_value(creation.id, memory.id, &fill), .formatInvalid, "cannot read the fill value")
    self.fill = fill
    let isOwn = layout == H5D_CHUNKED && filters.allSatisfy { if case .library = $0 { false } else { true } }
    chunk = isOwn ? try Self.chunkShape(creation.id, rank: shape.count) : nil
  }

  func read(_ region: Region) throws -> NDArray {
    try region.check(inside: shape)
    let count = try Shape.bytes(region.shape, type, limit: Shape.maximumArrayBytes, what: "a dataset")
    guard count > 0 else { return NDArray(checked: type, region.shape, []) }
    guard let chunk else { return NDArray(checked: type, region.shape, try readByLibrary(region, count)) }
    var target = Memory.filled(fill, count: count / type.size)
    let (low, high) = Shape.chunks(meeting: region, of: chunk)
    try Shape.forEachIndex(from: low, upTo: high) { index in
      try ArrayStoreError.located(store: "", chunk: index) {
        let origin = zip(index, chunk).map { $0 * $1 }
        let extent = origin.indices.map { min(chunk[$0], shape[$0] - origin[$0]) }
        guard let common = Region(start: origin, shape: extent).intersection(region),
          let bytes = try readChunk(at: origin, chunk)
        else { return }
        Memory.copy(
          common.shape, elementSize: type.size, from: bytes, shape: chunk, at: common.relative(to: origin).start,
          to: &target, shape: region.shape, at: common.relative(to: region.start).start)
      }
    }
    return NDArray(checked: type, region.shape, target)
  }

  // MARK: -

  /// A whole chunk, little-endian; nil when it was never written.
  private func readChunk(at origin: [Int], _ chunk: [Int]) throws -> [UInt8]? {
    let expected = try Shape.bytes(chunk, type, limit: Shape.maximumChunkBytes, what: "a chunk")
    let offset = origin.map { hsize_t($0) }
    var mask: UInt32 = 0
    var address: haddr_t = 0
    var size: hsize_t = 0
    try HDF5Library.check(
      unsafe H5Dget_chunk_info_by_coord(dataset, offset, &mask, &address, &size), .formatInvalid, "cannot find a chunk")
    if address == lb_h5_undefined_address() { return nil }
    let bound = HDF5Filter.bound(filters, expected)
    guard size <= UInt64(bound) else {
      throw ArrayStoreError(.chunkSizeMismatch, "the chunk holds \(size) bytes, at most \(bound) make sense")
    }
    var stored = [UInt8](repeating: 0, count: Int(size))
    if size > 0 {
      try HDF5Library.check(
        unsafe H5Dread_chunk(dataset, hdf5Default, offset, &mask, &stored), .chunkTruncated, "cannot read the chunk")
    }
    var bytes: [UInt8]
    do {
      bytes = try HDF5Filter.undo(filters, mask: mask, stored, count: expected)
    } catch let error as ArrayStoreError where error.code == .chunkTruncated {
      // The file holds all the bytes it promised, so that a stream that ends early is damaged, not cut.
      throw ArrayStoreError(.chunkCorrupt, error.message)
    }
    if bigEndian { Memory.swapBytes(&bytes, elementSize: type.size) }
    return bytes
  }

  private func readByLibrary(_ region: Region, _ count: Int) throws -> [UInt8] {
    for case .library(let id, let name) in filters where H5Zfilter_avail(id) <= 0 {
      throw ArrayStoreError(.unsupportedFilter, "filter \(id)\(name.isEmpty ? "" : " '\(name)'") is not supported")
    }
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
    let memory = try type.makeHDF5Type()
    var bytes = [UInt8](repeating: 0, count: count)
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
