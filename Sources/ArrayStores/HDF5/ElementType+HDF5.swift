import CHDF5

/// The types of elements as HDF5 names them.
extension ElementType {
  /// The element type of a dataset or an attribute.
  ///
  /// - Throws: `unsupported_dtype` for texts, records, odd widths and the like.
  static func ofHDF5(_ type: hid_t) throws -> (type: ElementType, bigEndian: Bool) {
    let kind = H5Tget_class(type)
    if kind == H5T_ENUM, isBoolean(type) { return (.bool, false) }
    if [H5T_INTEGER, H5T_FLOAT, H5T_COMPOUND].contains(kind) {
      let size = H5Tget_size(type)
      for candidate in allCases where candidate != .bool && candidate.size == size {
        for bigEndian in [false, true] {
          let known = try candidate.makeHDF5Type(bigEndian: bigEndian)
          if H5Tequal(type, known.id) > 0 { return (candidate, bigEndian && candidate.size > 1) }
        }
      }
    }
    let names: [(H5T_class_t, String)] = [
      (H5T_STRING, "texts"), (H5T_COMPOUND, "records"), (H5T_VLEN, "lists of variable length"),
      (H5T_ENUM, "an enumeration"),
      (H5T_ARRAY, "arrays"), (H5T_OPAQUE, "opaque bytes"), (H5T_REFERENCE, "references"), (H5T_BITFIELD, "bit fields"),
    ]
    let name = names.first { $0.0 == kind }?.1 ?? "numbers of \(H5Tget_size(type)) bytes in an unusual form"
    throw ArrayStoreError(.unsupportedType, "the elements are \(name), which is not supported")
  }

  /// Whether an enumeration is that of h5py for booleans: FALSE and TRUE over one byte.
  private static func isBoolean(_ type: hid_t) -> Bool {
    guard H5Tget_size(type) == 1, H5Tget_nmembers(type) == 2 else { return false }
    return (0..<2 as Range<UInt32>).allSatisfy { index in
      guard let name = unsafe H5Tget_member_name(type, index) else { return false }
      defer { unsafe _ = H5free_memory(name) }
      var value: Int8 = -1
      return unsafe H5Tget_member_value(type, index, &value) >= 0 && value == Int8(index)
        && String(cString: name) == (index == 0 ? "FALSE" : "TRUE")
    }
  }

  /// The type in a file; booleans and complex numbers are what h5py makes of them.
  func makeHDF5Type(bigEndian: Bool = false) throws -> HDF5Handle {
    switch self {
    case .bool: return try Self.makeBoolean()
    case .float16: return try Self.makeHalf(bigEndian: bigEndian)
    case .complex64: return try Self.makeComplex(of: .float32, bigEndian: bigEndian)
    case .complex128: return try Self.makeComplex(of: .float64, bigEndian: bigEndian)
    case .int8, .int16, .int32, .int64: return try makeNumber(kind: 0, bigEndian: bigEndian)
    case .uint8, .uint16, .uint32, .uint64: return try makeNumber(kind: 1, bigEndian: bigEndian)
    case .float32, .float64: return try makeNumber(kind: 2, bigEndian: bigEndian)
    }
  }

  // MARK: -

  private func makeNumber(kind: Int32, bigEndian: Bool) throws -> HDF5Handle {
    try HDF5Handle(H5Tcopy(lb_h5_type(kind, size, bigEndian ? 1 : 0)), H5Tclose, .inputOutput, "cannot copy a type")
  }

  private static func makeBoolean() throws -> HDF5Handle {
    let handle = try HDF5Handle(H5Tenum_create(lb_h5_type(0, 1, 0)), H5Tclose, .inputOutput, "cannot make a type")
    for (name, value) in [("FALSE", 0), ("TRUE", 1)] as [(String, Int8)] {
      try unsafe withUnsafePointer(to: value) { pointer in
        try HDF5Library.check(
          unsafe H5Tenum_insert(handle.id, name, pointer), .inputOutput, "cannot make a type")
      }
    }
    return handle
  }

  /// IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction; libhdf5 1.10 has none of its own.
  private static func makeHalf(bigEndian: Bool) throws -> HDF5Handle {
    let handle = try ElementType.float32.makeNumber(kind: 2, bigEndian: bigEndian)
    let status = [H5Tset_fields(handle.id, 15, 10, 5, 0, 10), H5Tset_size(handle.id, 2), H5Tset_ebias(handle.id, 15)]
    guard status.allSatisfy({ $0 >= 0 }) else { throw HDF5Library.failure(.inputOutput, "cannot make a type") }
    return handle
  }

  private static func makeComplex(of part: ElementType, bigEndian: Bool) throws -> HDF5Handle {
    let handle = try HDF5Handle(
      H5Tcreate(H5T_COMPOUND, 2 * part.size), H5Tclose, .inputOutput, "cannot make a type")
    let number = try part.makeHDF5Type(bigEndian: bigEndian)
    for (name, offset) in [("r", 0), ("i", part.size)] {
      try HDF5Library.check(
        unsafe H5Tinsert(handle.id, name, offset, number.id), .inputOutput, "cannot make a type")
    }
    return handle
  }
}
