import CHDF5

/// Puts datasets and attributes into a new file; used inside `HDF5Library.locked`.
struct HDF5Writer: ~Copyable {
  let file: hid_t
  private let datasetCreation: HDF5Handle
  private let groupCreation: HDF5Handle
  private let storage: HDF5Storage?
  private var groups: Set<String> = []

  init(_ file: hid_t, _ storage: HDF5Storage?) throws {
    let dataset = try HDF5Handle(
      H5Pcreate(lb_h5_dataset_create()), H5Pclose, .inputOutput, "cannot make a property list")
    let group = try HDF5Handle(H5Pcreate(lb_h5_group_create()), H5Pclose, .inputOutput, "cannot make a property list")
    H5Pset_obj_track_times(dataset.id, false)
    H5Pset_obj_track_times(group.id, false)
    self.file = file
    self.storage = storage
    datasetCreation = dataset
    groupCreation = group
  }

  mutating func write(_ item: HDF5File.Item) throws {
    let parts = item.path.split(separator: "/")
    for count in parts.indices.dropFirst() { try makeGroup(parts[..<count].joined(separator: "/")) }
    switch item.content {
    case .array(let array): try write(array, at: item.path)
    case .texts(let texts): try write(texts, at: item.path)
    case .table(let columns): try write(columns, at: item.path)
    case .group: try makeGroup(item.path)
    }
    guard !item.attributes.isEmpty else { return }
    let object = try HDF5Handle(
      unsafe H5Oopen(file, item.path, hdf5Default), H5Oclose, .inputOutput, "cannot open '\(item.path)'")
    try write(item.attributes, of: object.id)
  }

  private mutating func makeGroup(_ path: String) throws {
    guard groups.insert(path).inserted else { return }
    _ = try HDF5Handle(
      unsafe H5Gcreate2(file, path, hdf5Default, groupCreation.id, hdf5Default), H5Gclose, .invalidArgument,
      "cannot make group '\(path)'")
  }

  /// A new dataset in one piece.
  func makeDataset(_ path: String, _ type: hid_t, _ shape: [Int]) throws -> HDF5Handle {
    let space = try Self.space(shape)
    return try HDF5Handle(
      unsafe H5Dcreate2(file, path, type, space.id, hdf5Default, datasetCreation.id, hdf5Default), H5Dclose,
      .invalidArgument, "cannot make dataset '\(path)'")
  }

  private func write(_ array: NDArray, at path: String) throws {
    let type = try array.type.makeHDF5Type()
    if let storage, !array.shape.isEmpty, !array.bytes.isEmpty {
      let space = try Self.space(array.shape)
      return try write(array, at: path, type.id, space.id, storage)
    }
    let dataset = try makeDataset(path, type.id, array.shape)
    guard !array.bytes.isEmpty else { return }
    let status = unsafe array.bytes.withUnsafeBytes { bytes in
      unsafe H5Dwrite(dataset.id, type.id, hdf5All, hdf5All, hdf5Default, bytes.baseAddress)
    }
    try HDF5Library.check(status, .inputOutput, "cannot write dataset '\(path)'")
  }

  /// Chunks are encoded here, on all processors, and handed to the library as they are.
  private func write(
    _ array: NDArray, at path: String, _ type: hid_t, _ space: hid_t, _ storage: HDF5Storage
  ) throws {
    let (chunk, codecs) = (try storage.chunk(array), storage.codecs(array.type))
    let creation = try chunkedCreation(chunk, codecs)
    let dataset = try HDF5Handle(
      unsafe H5Dcreate2(file, path, type, space, hdf5Default, creation.id, hdf5Default), H5Dclose, .invalidArgument,
      "cannot make dataset '\(path)'")
    let grid = zip(array.shape, chunk).map { ($0 - 1) / $1 + 1 }
    let count = grid.reduce(1, *)
    let encoder = ChunkEncoder(fill: FillValue.zero(array.type))
    // A batch at a time, so that memory is bounded.
    let batch = 8 * Parallel.width
    for first in stride(from: 0, to: count, by: batch) {
      let encoded = PerNumber<[UInt8]>(min(batch, count - first))
      try Parallel.forEach(min(batch, count - first)) { scratch, number in
        let origin = zip(Shape.index(first + number, in: grid), chunk).map { $0 * $1 }
        _ = try encoder.encode(
          array, at: origin, chunk, order: Array(chunk.indices), bigEndian: false, codecs, scratch)
        encoded[number] = scratch.front.array
      }
      for (number, bytes) in encoded.all.enumerated() {
        guard let bytes else { continue }
        let offset = zip(Shape.index(first + number, in: grid), chunk).map { hsize_t($0 * $1) }
        try HDF5Library.check(
          unsafe H5Dwrite_chunk(dataset.id, hdf5Default, 0, offset, bytes.count, bytes), .inputOutput,
          "cannot write dataset '\(path)'")
      }
    }
  }

  private func chunkedCreation(_ chunk: [Int], _ codecs: [ByteCodec]) throws -> HDF5Handle {
    let creation = try HDF5Handle(H5Pcopy(datasetCreation.id), H5Pclose, .inputOutput, "cannot copy a property list")
    var status = [unsafe H5Pset_chunk(creation.id, Int32(chunk.count), chunk.map { hsize_t($0) })]
    status.append(H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER))
    for codec in codecs {
      switch codec {
      case .shuffle: status.append(H5Pset_shuffle(creation.id))
      case .zlib(let level): status.append(H5Pset_deflate(creation.id, UInt32(clamping: level)))
      case .fletcher32: status.append(H5Pset_fletcher32(creation.id))
      // Optional, as the library here has not got it: the chunks come to it encoded.
      case .zstd(let level, _):
        status.append(
          unsafe H5Pset_filter(
            creation.id, HDF5Filter.zstandard, UInt32(H5Z_FLAG_OPTIONAL), 1, [UInt32(bitPattern: level)]))
      default: throw ArrayStoreError(.unsupportedFilter, "this filter is not written")
      }
    }
    for result in status { try HDF5Library.check(result, .invalidArgument, "cannot set up chunks \(chunk)") }
    return creation
  }

  // MARK: -

  static func space(_ shape: [Int]) throws -> HDF5Handle {
    let extents = shape.map { hsize_t($0) }
    return try HDF5Handle(
      extents.isEmpty ? H5Screate(H5S_SCALAR) : unsafe H5Screate_simple(Int32(extents.count), extents, nil), H5Sclose,
      .invalidArgument, "cannot describe shape \(shape)")
  }
}

/// All of a dataset.
let hdf5All: hid_t = 0
