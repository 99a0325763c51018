import CHDF5

/// Texts, tables and attributes.
extension HDF5Writer {
  /// Texts of any shape.
  func write(_ texts: HDF5File.Texts, at path: String) throws {
    guard try Shape.count(texts.shape) == texts.values.count else {
      throw ArrayStoreError(.invalidArgument, "\(texts.values.count) texts do not fill shape \(texts.shape)")
    }
    let type = try Self.textType(length: texts.length)
    let dataset = try makeDataset(path, type.id, texts.shape)
    try write(texts.values, length: texts.length, to: dataset.id, as: type.id, path)
  }

  /// Records, column by column.
  func write(_ columns: [HDF5File.Column], at path: String) throws {
    let rows = try Self.rows(of: columns)
    let types = try columns.map { try ColumnType($0) }
    let record = try HDF5Handle(
      H5Tcreate(H5T_COMPOUND, types.reduce(0) { $0 + $1.size }), H5Tclose, .invalidArgument,
      "cannot make a record of \(columns.count) columns")
    var offset = 0
    for (column, type) in zip(columns, types) {
      try HDF5Library.check(
        unsafe H5Tinsert(record.id, column.name, offset, type.handle.id), .invalidArgument,
        "cannot make column '\(column.name)'")
      offset += type.size
    }
    let dataset = try makeDataset(path, record.id, [rows])
    guard rows > 0 else { return }
    for (column, type) in zip(columns, types) {
      let member = try HDF5ValueReader.record(column.name, type.handle.id)
      switch column.values {
      case .texts(let texts): try write(texts, length: column.textLength, to: dataset.id, as: member.id, column.name)
      case .numbers(let array):
        let status = unsafe array.bytes.withUnsafeBytes { bytes in
          unsafe H5Dwrite(dataset.id, member.id, hdf5All, hdf5All, hdf5Default, bytes.baseAddress)
        }
        try HDF5Library.check(status, .inputOutput, "cannot write column '\(column.name)'")
      }
    }
  }

  /// Attributes of a group or dataset, in the order of their names.
  func write(_ attributes: [String: HDF5File.Attribute], of object: hid_t) throws {
    for (name, value) in attributes.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      switch value {
      case .text(let text): try write(text, attribute: name, of: object)
      case .texts(let texts): try write(texts, attribute: name, of: object)
      case .array(let array): try write(array, attribute: name, of: object)
      }
    }
  }

  /// Of variable length, which h5py reads as a text; one of fixed length it would read as bytes.
  func write(_ text: String, attribute name: String, of object: hid_t) throws {
    try Self.check(text, "attribute '\(name)'")
    let type = try Self.textType(length: nil)
    let attribute = try Self.makeAttribute(name, type.id, [], of: object)
    let status = unsafe text.withCString { characters in
      unsafe withUnsafePointer(to: characters) { unsafe H5Awrite(attribute.id, type.id, $0) }
    }
    try HDF5Library.check(status, .inputOutput, "cannot write attribute '\(name)'")
  }

  /// Numbers as an attribute.
  func write(_ array: NDArray, attribute name: String, of object: hid_t) throws {
    let type = try array.type.makeHDF5Type()
    let attribute = try Self.makeAttribute(name, type.id, array.shape, of: object)
    guard !array.bytes.isEmpty else { return }
    let status = unsafe array.bytes.withUnsafeBytes { unsafe H5Awrite(attribute.id, type.id, $0.baseAddress) }
    try HDF5Library.check(status, .inputOutput, "cannot write attribute '\(name)'")
  }

  // MARK: -

  private func write(_ texts: [String], attribute name: String, of object: hid_t) throws {
    let type = try Self.textType(length: nil)
    let attribute = try Self.makeAttribute(name, type.id, [texts.count], of: object)
    guard !texts.isEmpty else { return }
    let status = try unsafe Self.withPointers(texts, "attribute '\(name)'") {
      unsafe H5Awrite(attribute.id, type.id, $0)
    }
    try HDF5Library.check(status, .inputOutput, "cannot write attribute '\(name)'")
  }

  /// Writes texts of a dataset, or of a column of one.
  private func write(_ texts: [String], length: Int?, to dataset: hid_t, as type: hid_t, _ what: String) throws {
    guard !texts.isEmpty else { return }
    let status: Int32
    if let length {
      var bytes = [UInt8](repeating: 0, count: texts.count * length)
      for (number, text) in texts.enumerated() {
        try Self.check(text, "'\(what)'")
        guard text.utf8.count <= length else {
          throw ArrayStoreError(
            .invalidArgument, "'\(what)': a text has \(text.utf8.count) bytes, there is room for \(length)")
        }
        bytes.replaceSubrange(number * length..<number * length + text.utf8.count, with: text.utf8)
      }
      status = unsafe bytes.withUnsafeBytes {
        unsafe H5Dwrite(dataset, type, hdf5All, hdf5All, hdf5Default, $0.baseAddress)
      }
    } else {
      status = try unsafe Self.withPointers(texts, "'\(what)'") {
        unsafe H5Dwrite(dataset, type, hdf5All, hdf5All, hdf5Default, $0)
      }
    }
    try HDF5Library.check(status, .inputOutput, "cannot write '\(what)'")
  }

  /// Lets a body see texts as the library wants them: pointers to characters that end with a zero.
  private static func withPointers<Result>(
    _ texts: [String], _ what: String, _ body: (UnsafeRawPointer?) throws -> Result
  ) throws -> Result {
    var (characters, offsets): ([UInt8], [Int]) = ([], [])
    for text in texts {
      try check(text, what)
      offsets.append(characters.count)
      characters += Array(text.utf8) + [0]
    }
    return try unsafe characters.withUnsafeBytes { memory in
      let pointers = unsafe offsets.map { unsafe memory.baseAddress?.advanced(by: $0) }
      return try unsafe pointers.withUnsafeBytes { try unsafe body($0.baseAddress) }
    }
  }

  private static func check(_ text: String, _ what: String) throws {
    guard !text.utf8.contains(0) else {
      throw ArrayStoreError(
        .invalidArgument, "\(what) has a zero byte, which HDF5 takes for the end of the text")
    }
  }

  /// A text in UTF-8, of fixed length or of any.
  fileprivate static func textType(length: Int?) throws -> HDF5Handle {
    guard length.map({ $0 > 0 }) ?? true else {
      throw ArrayStoreError(.invalidArgument, "texts of \(length ?? 0) bytes cannot be written")
    }
    let type = try HDF5Handle(H5Tcopy(lb_h5_c_string()), H5Tclose, .inputOutput, "cannot make a type")
    H5Tset_size(type.id, length ?? lb_h5_variable())
    if length != nil { H5Tset_strpad(type.id, H5T_STR_NULLPAD) }
    H5Tset_cset(type.id, H5T_CSET_UTF8)
    return type
  }

  private static func makeAttribute(_ name: String, _ type: hid_t, _ shape: [Int], of object: hid_t) throws
    -> HDF5Handle
  {
    let space = try space(shape)
    return try HDF5Handle(
      unsafe H5Acreate2(object, name, type, space.id, hdf5Default, hdf5Default), H5Aclose, .invalidArgument,
      "cannot make attribute '\(name)'")
  }

  /// The rows that all columns have.
  private static func rows(of columns: [HDF5File.Column]) throws -> Int {
    let counts = try columns.map { column in
      switch column.values {
      case .texts(let texts): return texts.count
      case .numbers(let array):
        guard let rows = array.shape.first else {
          throw ArrayStoreError(.invalidArgument, "column '\(column.name)' is a scalar")
        }
        return rows
      }
    }
    guard let rows = counts.first, counts.allSatisfy({ $0 == rows }), Set(columns.map(\.name)).count == columns.count
    else {
      throw ArrayStoreError(
        .invalidArgument, "a table needs columns of different names and equal lengths, these have \(counts) rows")
    }
    return rows
  }
}

/// The type of a column's entries in the file, which is also that in memory.
private final class ColumnType {
  let handle: HDF5Handle
  var size: Int { H5Tget_size(handle.id) }

  init(_ column: HDF5File.Column) throws {
    switch column.values {
    case .texts: handle = try HDF5Writer.textType(length: column.textLength)
    case .numbers(let array):
      let number = try array.type.makeHDF5Type()
      let inner = array.shape.dropFirst().map { hsize_t($0) }
      handle =
        inner.isEmpty
        ? number
        : try HDF5Handle(
          unsafe H5Tarray_create2(number.id, UInt32(inner.count), inner), H5Tclose, .invalidArgument,
          "column '\(column.name)' has entries of shape \(Array(array.shape.dropFirst()))")
    }
  }
}
