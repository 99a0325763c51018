import CHDF5

/// Walks through an open file; every call is made inside `HDF5Library.locked`.
enum HDF5Reader {
  /// Groups may not stand deeper than this, attributes not be larger.
  static let maximumDepth = 64
  static let maximumAttributeBytes = 1 << 26

  static func fileAccess() throws -> HDF5Handle {
    let access = try HDF5Handle(H5Pcreate(lb_h5_file_access()), H5Pclose, .inputOutput, "cannot make a property list")
    try HDF5Library.check(
      H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), .inputOutput, "cannot set up the closing of the file")
    return access
  }

  /// Opens a group or dataset by its path; the empty path is the root.
  static func open(_ file: hid_t, _ path: String) throws -> HDF5Handle {
    let access = try HDF5Handle(
      H5Pcreate(lb_h5_dataset_access()), H5Pclose, .inputOutput, "cannot make a property list")
    try HDF5Library.check(lb_h5_refuse_external_links(access.id), .inputOutput, "cannot refuse external links")
    var prefix = ""
    for part in path.split(separator: "/") {
      prefix += "/" + part
      let isThere = unsafe H5Lexists(file, prefix, hdf5Default)
      guard isThere > 0 else {
        // A failure below a group is damage; below a dataset there is nothing.
        let isDamaged = isThere < 0 && isGroup(file, String(prefix.dropLast(part.count + 1)), access.id)
        throw HDF5Library.failure(isDamaged ? .formatInvalid : .notFound, "there is no '\(path)'")
      }
      var link = H5L_info_t()
      try HDF5Library.check(
        unsafe H5Lget_info(file, prefix, &link, hdf5Default), .formatInvalid, "cannot look at the link '\(prefix)'")
      guard link.type == H5L_TYPE_HARD || link.type == H5L_TYPE_SOFT else {
        throw ArrayStoreError(.unsupportedExtension, "'\(prefix)' is a link into another file, which is refused")
      }
      // A soft link that leads nowhere, or round in a circle.
      guard unsafe H5Oexists_by_name(file, prefix, access.id) > 0 else {
        throw HDF5Library.failure(.notFound, "the link '\(prefix)' leads nowhere")
      }
    }
    return try HDF5Handle(
      unsafe H5Oopen(file, prefix.isEmpty ? "/" : prefix, access.id), H5Oclose, .formatInvalid, "cannot open '\(path)'")
  }

  private static func isGroup(_ file: hid_t, _ path: String, _ access: hid_t) -> Bool {
    let object = unsafe H5Oopen(file, path.isEmpty ? "/" : path, access)
    // The root is a group, whether it can be opened or not.
    guard object >= 0 else { return path.isEmpty }
    defer { H5Oclose(object) }
    return H5Iget_type(object) == H5I_GROUP
  }

  /// Opens a dataset by its path.
  static func openDataset(_ file: hid_t, _ path: String) throws -> HDF5Handle {
    let handle = try open(file, path)
    guard H5Iget_type(handle.id) == H5I_DATASET else {
      throw ArrayStoreError(.notFound, "a group stands where a dataset is wanted")
    }
    return handle
  }

  static func list(
    _ group: hid_t, _ prefix: String, depth: Int, visited: inout Set<UInt64>, into found: inout [HDF5File.Dataset]
  ) throws {
    guard depth <= maximumDepth else {
      throw ArrayStoreError(.sizeLimit, "groups are nested deeper than \(maximumDepth)")
    }
    for name in try names(in: group) {
      let path = prefix + name
      let handle = try HDF5Handle(
        unsafe H5Oopen(group, name, hdf5Default), H5Oclose, .formatInvalid, "cannot open '\(path)'")
      switch H5Iget_type(handle.id) {
      case H5I_DATASET:
        found.append(try describe(handle.id, path))
      case H5I_GROUP:
        var info = H5O_info_t()
        try HDF5Library.check(
          unsafe H5Oget_info2(handle.id, &info, UInt32(H5O_INFO_BASIC)), .formatInvalid, "cannot look at '\(path)'")
        if visited.insert(UInt64(info.addr)).inserted {
          try list(handle.id, path + "/", depth: depth + 1, visited: &visited, into: &found)
        }
      default: break
      }
    }
  }

  /// The names of the links in a group, sorted by the library.
  static func names(in group: hid_t, all: Bool = false) throws -> [String] {
    var info = H5G_info_t()
    try HDF5Library.check(unsafe H5Gget_info(group, &info), .formatInvalid, "cannot look into a group")
    var names: [String] = []
    for index in 0..<info.nlinks {
      var link = H5L_info_t()
      try HDF5Library.check(
        unsafe H5Lget_info_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, &link, hdf5Default),
        .formatInvalid, "cannot look at a link")
      guard all || link.type == H5L_TYPE_HARD else { continue }
      names.append(
        try unsafe text(.formatInvalid) { buffer, size in
          unsafe H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, buffer, size, hdf5Default)
        })
    }
    return names
  }

  private static func describe(_ dataset: hid_t, _ path: String) throws -> HDF5File.Dataset {
    let type = try HDF5Handle(H5Dget_type(dataset), H5Tclose, .formatInvalid, "cannot read the type of '\(path)'")
    let space = try HDF5Handle(H5Dget_space(dataset), H5Sclose, .formatInvalid, "cannot read the shape of '\(path)'")
    guard H5Sget_simple_extent_type(space.id) != H5S_NULL else {
      return HDF5File.Dataset(path: path, type: nil, shape: [])
    }
    let element: ElementType?
    do { element = try ElementType.ofHDF5(type.id).type } catch { element = nil }
    return HDF5File.Dataset(path: path, type: element, shape: try shape(of: space.id))
  }

  /// The extents of a dataspace.
  static func shape(of space: hid_t) throws -> [Int] {
    guard H5Sget_simple_extent_type(space) != H5S_NULL else {
      throw ArrayStoreError(.unsupportedType, "the dataset is empty: it has no shape")
    }
    let rank = Int(H5Sget_simple_extent_ndims(space))
    guard rank >= 0 && rank <= Shape.maximumRank else {
      throw HDF5Library.failure(.formatInvalid, "cannot read a shape")
    }
    var extents = [hsize_t](repeating: 0, count: rank)
    if rank > 0 {
      try HDF5Library.check(
        unsafe H5Sget_simple_extent_dims(space, &extents, nil), .formatInvalid, "cannot read a shape")
    }
    return try extents.map { extent in
      guard let value = Int(exactly: extent) else {
        throw ArrayStoreError(.overflow, "an extent of \(extent) does not fit 64 bits")
      }
      return value
    }
  }

  // MARK: - Attributes

  static func attributes(of object: hid_t) throws -> [String: HDF5File.Attribute] {
    var info = H5O_info_t()
    try HDF5Library.check(
      unsafe H5Oget_info2(object, &info, UInt32(H5O_INFO_NUM_ATTRS)), .formatInvalid, "cannot count the attributes")
    var attributes: [String: HDF5File.Attribute] = [:]
    for index in 0..<info.num_attrs {
      let handle = try HDF5Handle(
        unsafe H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, hdf5Default, hdf5Default), H5Aclose,
        .formatInvalid, "cannot open an attribute")
      let name = try unsafe text(.formatInvalid) { buffer, size in unsafe H5Aget_name(handle.id, size, buffer) }
      if let value = try value(of: handle.id) { attributes[name] = value }
    }
    return attributes
  }

  /// The value of an attribute; nil for a type that is neither text nor number.
  private static func value(of attribute: hid_t) throws -> HDF5File.Attribute? {
    let type = try HDF5Handle(H5Aget_type(attribute), H5Tclose, .formatInvalid, "cannot read an attribute's type")
    let space = try HDF5Handle(H5Aget_space(attribute), H5Sclose, .formatInvalid, "cannot read an attribute's shape")
    guard H5Sget_simple_extent_type(space.id) != H5S_NULL else { return nil }
    let shape = try shape(of: space.id)
    if H5Tget_class(type.id) == H5T_STRING {
      return shape.isEmpty
        ? .text(try readText(attribute, type.id)) : .texts(try readTexts(attribute, type.id, space.id, shape))
    }
    let element: ElementType
    do { element = try ElementType.ofHDF5(type.id).type } catch { return nil }
    let count = try Shape.bytes(shape, element, limit: maximumAttributeBytes, what: "an attribute")
    var bytes = [UInt8](repeating: 0, count: count)
    let memory = try element.makeHDF5Type()
    if count > 0 {
      try HDF5Library.check(unsafe H5Aread(attribute, memory.id, &bytes), .formatInvalid, "cannot read an attribute")
    }
    return .array(NDArray(checked: element, shape, bytes))
  }

  private static func readText(_ attribute: hid_t, _ type: hid_t) throws -> String {
    guard H5Tis_variable_str(type) <= 0 else {
      var pointer: UnsafeMutablePointer<CChar>?
      try HDF5Library.check(unsafe H5Aread(attribute, type, &pointer), .formatInvalid, "cannot read an attribute")
      guard let text = unsafe pointer else { return "" }
      defer { unsafe _ = H5free_memory(text) }
      return unsafe String(cString: text)
    }
    let size = H5Tget_size(type)
    guard size <= maximumAttributeBytes else { throw ArrayStoreError(.sizeLimit, "an attribute has \(size) bytes") }
    var bytes = [UInt8](repeating: 0, count: size)
    try HDF5Library.check(unsafe H5Aread(attribute, type, &bytes), .formatInvalid, "cannot read an attribute")
    return text(bytes[...], isPadded: H5Tget_strpad(type) == H5T_STR_SPACEPAD)
  }

  private static func readTexts(_ attribute: hid_t, _ type: hid_t, _ space: hid_t, _ shape: [Int]) throws -> [String] {
    let count = try Shape.count(shape)
    let size = H5Tget_size(type)
    guard size > 0, count <= maximumAttributeBytes / size else {
      throw ArrayStoreError(.sizeLimit, "an attribute has \(count) texts of \(size) bytes")
    }
    guard count > 0 else { return [] }
    guard H5Tis_variable_str(type) > 0 else {
      var bytes = [UInt8](repeating: 0, count: count * size)
      try HDF5Library.check(unsafe H5Aread(attribute, type, &bytes), .formatInvalid, "cannot read an attribute")
      let isPadded = H5Tget_strpad(type) == H5T_STR_SPACEPAD
      return (0..<count).map { text(bytes[$0 * size..<($0 + 1) * size], isPadded: isPadded) }
    }
    var pointers = unsafe [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    let status = unsafe H5Aread(attribute, type, &pointers)
    defer { unsafe _ = H5Dvlen_reclaim(type, space, hdf5Default, &pointers) }
    try HDF5Library.check(status, .formatInvalid, "cannot read an attribute")
    return unsafe pointers.map { pointer in
      if let text = unsafe pointer { unsafe String(cString: text) } else { "" }
    }
  }

  /// A text of fixed length without what fills it up.
  static func text(_ bytes: ArraySlice<UInt8>, isPadded: Bool) -> String {
    var text = bytes.prefix { $0 != 0 }
    if isPadded { while text.last == 0x20 { text.removeLast() } }
    return String(decoding: text, as: UTF8.self)
  }

  /// A text of the library that is asked for twice: for its length, then for itself.
  private static func text(
    _ code: ArrayStoreError.Code, _ ask: (UnsafeMutablePointer<CChar>?, Int) -> Int
  ) throws -> String {
    let length = ask(nil, 0)
    guard length >= 0, length <= maximumAttributeBytes else { throw HDF5Library.failure(code, "cannot read a name") }
    var bytes = [CChar](repeating: 0, count: length + 1)
    guard unsafe ask(&bytes, length + 1) >= 0 else { throw HDF5Library.failure(code, "cannot read a name") }
    return String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// The property list that asks for nothing special.
let hdf5Default: hid_t = 0
