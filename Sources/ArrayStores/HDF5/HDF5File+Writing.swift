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
  ///   - path: Where; nothing may stand there.
  /// - Throws: `invalid_argument` for a path that is empty or stands twice, `already_exists`, `io_error`.
  public static func write(
    _ contents: [(path: String, array: NDArray)], attributes: [String: String] = [:],
    numbers: [String: NDArray] = [:], to path: FilePath
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
        let writer = try HDF5Writer(file.id)
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

  init(_ file: hid_t) throws {
    let dataset = try HDF5Handle(
      H5Pcreate(lb_h5_dataset_create()), H5Pclose, .inputOutput, "cannot make a property list")
    let group = try HDF5Handle(H5Pcreate(lb_h5_group_create()), H5Pclose, .inputOutput, "cannot make a property list")
    H5Pset_obj_track_times(dataset.id, false)
    H5Pset_obj_track_times(group.id, false)
    self.file = file
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
    let dataset = try HDF5Handle(
      unsafe H5Dcreate2(file, path, type.id, space.id, hdf5Default, datasetCreation.id, hdf5Default), H5Dclose,
      .invalidArgument, "cannot make dataset '\(path)'")
    guard !array.bytes.isEmpty else { return }
    let status = unsafe array.bytes.withUnsafeBytes { bytes in
      unsafe H5Dwrite(dataset.id, type.id, hdf5All, hdf5All, hdf5Default, bytes.baseAddress)
    }
    try HDF5Library.check(status, .inputOutput, "cannot write dataset '\(path)'")
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
