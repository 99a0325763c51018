import CHDF5
public import SystemPackage

extension HDF5File {
  /// Writes a new file of numeric datasets; groups in their paths are made as needed.
  ///
  /// Equal input gives equal bytes: datasets in the order of their paths, no times, fixed versions
  /// of the format, which libraries from 1.10 on read. Booleans are written as h5py does.
  ///
  /// - Parameters:
  ///   - contents: Paths such as `layers/0/weight`, each once, with their arrays.
  ///   - attributes: Texts at the root, UTF-8.
  ///   - numbers: Numeric attributes at the root, below 64 KiB each.
  ///   - storage: Chunks and filters for datasets that have elements and axes; nil for values in one piece.
  ///   - path: Where; nothing may stand there.
  /// - Throws: `invalid_argument` for a path that is empty or stands twice, `already_exists`, `io_error`.
  public static func write(
    _ contents: [(path: String, array: NDArray)], attributes: [String: String] = [:],
    numbers: [String: NDArray] = [:], storage: HDF5Storage? = nil, to path: FilePath
  ) throws {
    try ArrayStoreError.located(store: path.string) {
      let sorted = try checked(contents)
      try HDF5Library.locked {
        let access = try HDF5Reader.fileAccess()
        H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110)
        let creation = try HDF5Handle(
          H5Pcreate(lb_h5_file_create()), H5Pclose, .inputOutput, "cannot make a property list")
        H5Pset_obj_track_times(creation.id, false)
        let file = try HDF5Handle(
          unsafe H5Fcreate(path.string, lb_h5_exclusive(), creation.id, access.id), H5Fclose, .inputOutput,
          "cannot create the file")
        let writer = try HDF5Writer(file.id, storage)
        var groups: Set<String> = []
        for (path, array) in sorted { try writer.write(array, at: path, groups: &groups) }
        for (name, text) in attributes.sorted(by: { $0.key < $1.key }) { try writer.write(text, attribute: name) }
        for (name, array) in numbers.sorted(by: { $0.key < $1.key }) { try writer.write(array, attribute: name) }
        try HDF5Library.check(H5Fflush(file.id, H5F_SCOPE_GLOBAL), .inputOutput, "cannot write the file")
      }
    }
  }

  private static func checked(_ contents: [(path: String, array: NDArray)]) throws -> [(path: String, array: NDArray)] {
    let sorted = contents.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    var paths: Set<String> = []
    for (path, _) in sorted {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }), paths.insert(path).inserted else {
        throw ArrayStoreError(.invalidArgument, "'\(path)' is no dataset path, or stands twice")
      }
    }
    return sorted
  }
}

/// Puts datasets and attributes into a new file; used inside `HDF5Library.locked`.
private struct HDF5Writer: ~Copyable {
  private let file: hid_t
  private let datasetCreation: HDF5Handle
  private let groupCreation: HDF5Handle

  private let storage: HDF5Storage?

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

  func write(_ array: NDArray, at path: String, groups: inout Set<String>) throws {
    let parts = path.split(separator: "/")
    for count in parts.indices.dropFirst() {
      let group = parts[..<count].joined(separator: "/")
      guard groups.insert(group).inserted else { continue }
      _ = try HDF5Handle(
        unsafe H5Gcreate2(file, group, hdf5Default, groupCreation.id, hdf5Default), H5Gclose, .invalidArgument,
        "cannot make group '\(group)'")
    }
    let type = try array.type.makeHDF5Type()
    let space = try Self.space(array.shape)
    if let storage, !array.shape.isEmpty, !array.bytes.isEmpty {
      return try write(array, at: path, type.id, space.id, storage)
    }
    let dataset = try HDF5Handle(
      unsafe H5Dcreate2(file, path, type.id, space.id, hdf5Default, datasetCreation.id, hdf5Default), H5Dclose,
      .invalidArgument, "cannot make dataset '\(path)'")
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
      try Parallel.forEach(min(batch, count - first), state: CodecScratch()) { scratch, number in
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

  /// Of variable length, which h5py reads as a text; one of fixed length it would read as bytes.
  func write(_ text: String, attribute name: String) throws {
    guard !text.utf8.contains(0) else {
      throw ArrayStoreError(
        .invalidArgument, "attribute '\(name)' has a zero byte, which HDF5 takes for the end of the text")
    }
    let type = try HDF5Handle(H5Tcopy(lb_h5_c_string()), H5Tclose, .inputOutput, "cannot make a type")
    H5Tset_size(type.id, lb_h5_variable())
    H5Tset_cset(type.id, H5T_CSET_UTF8)
    let attribute = try makeAttribute(name, type.id, try Self.space([]))
    let status = unsafe text.withCString { characters in
      unsafe withUnsafePointer(to: characters) { unsafe H5Awrite(attribute.id, type.id, $0) }
    }
    try HDF5Library.check(status, .inputOutput, "cannot write attribute '\(name)'")
  }

  func write(_ array: NDArray, attribute name: String) throws {
    let type = try array.type.makeHDF5Type()
    let attribute = try makeAttribute(name, type.id, try Self.space(array.shape))
    guard !array.bytes.isEmpty else { return }
    let status = unsafe array.bytes.withUnsafeBytes { unsafe H5Awrite(attribute.id, type.id, $0.baseAddress) }
    try HDF5Library.check(status, .inputOutput, "cannot write attribute '\(name)'")
  }

  // MARK: -

  private func makeAttribute(_ name: String, _ type: hid_t, _ space: consuming HDF5Handle) throws -> HDF5Handle {
    try HDF5Handle(
      unsafe H5Acreate2(file, name, type, space.id, hdf5Default, hdf5Default), H5Aclose, .invalidArgument,
      "cannot make attribute '\(name)'")
  }

  private static func space(_ shape: [Int]) throws -> HDF5Handle {
    let extents = shape.map { hsize_t($0) }
    return try HDF5Handle(
      extents.isEmpty ? H5Screate(H5S_SCALAR) : unsafe H5Screate_simple(Int32(extents.count), extents, nil), H5Sclose,
      .invalidArgument, "cannot describe shape \(shape)")
  }
}

/// All of a dataset.
private let hdf5All: hid_t = 0
