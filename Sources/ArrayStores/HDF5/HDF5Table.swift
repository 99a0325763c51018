import CHDF5

extension HDF5File {
  /// Texts with a shape.
  public struct Texts: Hashable, Sendable {
    /// The number of texts along each axis.
    public let shape: [Int]
    /// In C order.
    public let values: [String]
    /// The bytes that each takes in the file, shorter ones filled up with zeros; nil for as many as it has.
    public let length: Int?

    /// Texts in C order; a length makes them of that many bytes each.
    public init(shape: [Int], values: [String], length: Int? = nil) {
      (self.shape, self.values, self.length) = (shape, values, length)
    }
  }

  /// A column of a table.
  public struct Column: Hashable, Sendable {
    /// What a column holds: one entry a row along the first axes.
    public enum Values: Hashable, Sendable {
      case numbers(NDArray)
      case texts([String])
    }

    /// The name of the member.
    public let name: String
    /// Shape that of the dataset, followed by that of the member where it is an array.
    public let values: Values
    /// The bytes that each text takes in the file; nil for as many as it has, and for numbers.
    public let textLength: Int?

    /// A column; a length makes its texts of that many bytes each.
    public init(name: String, values: Values, textLength: Int? = nil) {
      (self.name, self.values, self.textLength) = (name, values, textLength)
    }
  }

  /// The texts of a dataset, of fixed or variable length.
  ///
  /// Padding is removed; bytes that are no UTF-8 become replacement characters.
  ///
  /// - Throws: `unsupported_dtype` for a dataset of anything else, `size_limit`.
  public func texts(_ dataset: String) throws -> Texts {
    try withFile(dataset) { file in
      let handle = try HDF5Reader.openDataset(file.id, dataset)
      let reader = try HDF5ValueReader(handle.id)
      let type = try HDF5Handle(H5Dget_type(handle.id), H5Tclose, .formatInvalid, "cannot read the type")
      guard H5Tget_class(type.id) == H5T_STRING else {
        throw ArrayStoreError(.unsupportedType, "the elements are no texts")
      }
      let memory = try HDF5ValueReader.memoryType(ofText: type.id)
      return Texts(
        shape: reader.shape, values: try reader.texts(as: memory, type.id), length: HDF5ValueReader.length(of: type.id))
    }
  }

  /// The columns of a table: a dataset of records of numbers, booleans, texts and arrays of numbers.
  ///
  /// - Throws: `unsupported_dtype` for a dataset of anything else and for members of other types, by name.
  public func table(_ dataset: String) throws -> [Column] {
    try withFile(dataset) { file in
      let handle = try HDF5Reader.openDataset(file.id, dataset)
      let reader = try HDF5ValueReader(handle.id)
      let type = try HDF5Handle(H5Dget_type(handle.id), H5Tclose, .formatInvalid, "cannot read the type")
      guard H5Tget_class(type.id) == H5T_COMPOUND else {
        throw ArrayStoreError(.unsupportedType, "the elements are no records")
      }
      return try (0..<UInt32(max(H5Tget_nmembers(type.id), 0))).map { try reader.column($0, of: type.id) }
    }
  }
}

/// Reads values through the library; used inside `HDF5Library.locked`.
struct HDF5ValueReader {
  let shape: [Int]
  private let dataset: hid_t
  private let count: Int

  /// No text and no record takes more than this.
  private static let maximumElementBytes = 1 << 20

  init(_ dataset: hid_t) throws {
    self.dataset = dataset
    let creation = try HDF5Handle(
      H5Dget_create_plist(dataset), H5Pclose, .formatInvalid, "cannot read how the dataset is stored")
    try HDF5DatasetReader.refuseOutside(creation.id)
    for filter in try HDF5Filter.pipeline(creation.id) {
      switch filter {
      // These the library has itself.
      case .own(.zlib), .own(.shuffle), .own(.fletcher32): break
      case .own: throw ArrayStoreError(.unsupportedFilter, "texts and records are read without this filter only")
      case .library: try filter.checkReadable()
      }
    }
    shape = try HDF5DatasetReader.shape(of: dataset)
    count = try Shape.count(shape)
  }

  /// One member of all records.
  func column(_ index: UInt32, of type: hid_t) throws -> HDF5File.Column {
    guard let characters = unsafe H5Tget_member_name(type, index) else {
      throw HDF5Library.failure(.formatInvalid, "cannot read the name of a column")
    }
    defer { unsafe _ = H5free_memory(characters) }
    let name = unsafe String(cString: characters)
    let member = try HDF5Handle(H5Tget_member_type(type, index), H5Tclose, .formatInvalid, "cannot read '\(name)'")
    do {
      return HDF5File.Column(
        name: name, values: try values(of: member.id, named: name), textLength: Self.length(of: member.id))
    } catch var error as ArrayStoreError {
      error.message = "column '\(name)': \(error.message)"
      throw error
    }
  }

  private func values(of member: hid_t, named name: String) throws -> HDF5File.Column.Values {
    switch H5Tget_class(member) {
    case H5T_STRING:
      let text = try Self.memoryType(ofText: member)
      let record = try Self.record(name, text.id)
      return .texts(try texts(as: record, member))
    case H5T_ARRAY:
      let base = try HDF5Handle(H5Tget_super(member), H5Tclose, .formatInvalid, "cannot read its type")
      let rank = Int(H5Tget_array_ndims(member))
      var extents = [hsize_t](repeating: 0, count: max(rank, 0))
      guard rank >= 1, unsafe H5Tget_array_dims2(member, &extents) == Int32(rank) else {
        throw HDF5Library.failure(.formatInvalid, "cannot read its shape")
      }
      let element = try ElementType.ofHDF5(base.id).type
      let number = try element.makeHDF5Type()
      let memory = try HDF5Handle(
        unsafe H5Tarray_create2(number.id, UInt32(rank), extents), H5Tclose, .inputOutput, "cannot make a type")
      let inner = extents.map { Int(clamping: $0) }
      let record = try Self.record(name, memory.id)
      return .numbers(try numbers(element, shape + inner, as: record))
    default:
      let element = try ElementType.ofHDF5(member).type
      let memory = try element.makeHDF5Type()
      let record = try Self.record(name, memory.id)
      return .numbers(try numbers(element, shape, as: record))
    }
  }

  private func numbers(_ element: ElementType, _ shape: [Int], as memory: borrowing HDF5Handle) throws -> NDArray {
    let size = try Shape.bytes(shape, element, limit: Shape.maximumChunkBytes, what: "a column")
    guard size == count * H5Tget_size(memory.id) else {
      throw ArrayStoreError(.formatInvalid, "its size does not suit its type")
    }
    var bytes = [UInt8](repeating: 0, count: size)
    if size > 0 {
      try HDF5Library.check(
        unsafe H5Dread(dataset, memory.id, 0, 0, hdf5Default, &bytes), .chunkCorrupt, "cannot read the values")
    }
    return NDArray(checked: element, shape, bytes)
  }

  /// The texts of a dataset or a column.
  ///
  /// - Parameters:
  ///   - memory: The type in memory; a record of one member for a column.
  ///   - text: The type of the text in the file.
  func texts(as memory: borrowing HDF5Handle, _ text: hid_t) throws -> [String] {
    guard count > 0 else { return [] }
    guard H5Tis_variable_str(text) <= 0 else { return try variableTexts(as: memory) }
    let size = H5Tget_size(text)
    guard size > 0, size <= Self.maximumElementBytes, count <= Shape.maximumChunkBytes / size else {
      throw ArrayStoreError(.sizeLimit, "\(count) texts of \(size) bytes are too many")
    }
    var bytes = [UInt8](repeating: 0, count: count * size)
    try HDF5Library.check(
      unsafe H5Dread(dataset, memory.id, 0, 0, hdf5Default, &bytes), .chunkCorrupt, "cannot read the texts")
    let isPadded = H5Tget_strpad(text) == H5T_STR_SPACEPAD
    return (0..<count).map { HDF5Reader.text(bytes[$0 * size..<($0 + 1) * size], isPadded: isPadded) }
  }

  private func variableTexts(as memory: borrowing HDF5Handle) throws -> [String] {
    guard count <= Shape.maximumChunkBytes / 8 else {
      throw ArrayStoreError(.sizeLimit, "\(count) texts are too many")
    }
    var pointers = unsafe [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    let space = try HDF5Handle(H5Dget_space(dataset), H5Sclose, .formatInvalid, "cannot read the shape")
    let status = unsafe H5Dread(dataset, memory.id, 0, 0, hdf5Default, &pointers)
    defer { unsafe _ = H5Dvlen_reclaim(memory.id, space.id, hdf5Default, &pointers) }
    try HDF5Library.check(status, .chunkCorrupt, "cannot read the texts")
    return unsafe pointers.map { pointer in
      if let text = unsafe pointer { unsafe String(cString: text) } else { "" }
    }
  }

  /// The bytes of a text of fixed length; nil for others, and for what is no text.
  static func length(of type: hid_t) -> Int? {
    H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 ? H5Tget_size(type) : nil
  }

  /// The type of a text in memory, the same as in the file.
  static func memoryType(ofText type: hid_t) throws -> HDF5Handle {
    try HDF5Handle(H5Tcopy(type), H5Tclose, .inputOutput, "cannot copy a type")
  }

  /// A record of one member, for one column of many.
  static func record(_ name: String, _ member: hid_t) throws -> HDF5Handle {
    let record = try HDF5Handle(
      H5Tcreate(H5T_COMPOUND, H5Tget_size(member)), H5Tclose, .inputOutput, "cannot make a type")
    try HDF5Library.check(unsafe H5Tinsert(record.id, name, 0, member), .inputOutput, "cannot make a type")
    return record
  }
}
