import CHDF5
import Synchronization

/// The door to libhdf5: one call at a time in the process, failures as errors.
///
/// - Safety: Everything that touches the library runs inside `locked`, so that its global state and
///   its error stack, which is one a thread, belong to one caller.
enum HDF5Library {
  private static let lock = Mutex(())

  static func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
    try lock.withLock { _ in
      lb_h5_silence()
      return try body()
    }
  }

  /// The library's own innermost message; empty when it has none.
  static func message() -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    unsafe lb_h5_take_message(&buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func failure(_ code: ArrayStoreError.Code, _ what: String) -> ArrayStoreError {
    let reason = message()
    return ArrayStoreError(code, reason.isEmpty ? what : "\(what): \(reason)")
  }

  /// A status of the library; negative ones are thrown.
  static func check(_ status: Int32, _ code: ArrayStoreError.Code, _ what: String) throws {
    guard status >= 0 else { throw failure(code, what) }
  }
}

/// An identifier of the library that closes itself; lives inside `HDF5Library.locked` only.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: (hid_t) -> Int32

  /// - Parameters:
  ///   - id: What the library gave; negative is thrown.
  ///   - close: The function that the kind of object needs.
  init(_ id: hid_t, _ close: @escaping (hid_t) -> Int32, _ code: ArrayStoreError.Code, _ what: String) throws {
    guard id >= 0 else { throw HDF5Library.failure(code, what) }
    self.id = id
    self.close = close
  }

  deinit {
    _ = close(id)
  }
}

/// The types of elements as HDF5 names them.
extension ElementType {
  /// The file type; one of the library's own, never to be closed.
  func hdf5Type(bigEndian: Bool = false) -> hid_t {
    let kind: Int32 =
      switch self {
      case .bool, .int8, .int16, .int32, .int64: 0
      case .uint8, .uint16, .uint32, .uint64: 1
      case .float32, .float64: 2
      }
    return lb_h5_type(kind, size, bigEndian ? 1 : 0)
  }

  /// The element type of a dataset or an attribute.
  ///
  /// - Throws: `unsupported_dtype` for texts, records, half floats, odd widths and the like.
  static func ofHDF5(_ type: hid_t) throws -> (type: ElementType, bigEndian: Bool) {
    if H5Tget_class(type) == H5T_ENUM, isBoolean(type) { return (.bool, false) }
    for candidate in allCases where candidate != .bool {
      for bigEndian in [false, true] where H5Tequal(type, candidate.hdf5Type(bigEndian: bigEndian)) > 0 {
        return (candidate, bigEndian && candidate.size > 1)
      }
    }
    let names: [(H5T_class_t, String)] = [
      (H5T_STRING, "texts"), (H5T_COMPOUND, "records"), (H5T_VLEN, "lists of variable length"),
      (H5T_ENUM, "an enumeration"),
      (H5T_ARRAY, "arrays"), (H5T_OPAQUE, "opaque bytes"), (H5T_REFERENCE, "references"), (H5T_BITFIELD, "bit fields"),
    ]
    let kind = H5Tget_class(type)
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

  /// The type that is written; a boolean is an enumeration as h5py makes it.
  func makeHDF5Type() throws -> HDF5Handle {
    guard self == .bool else {
      return try HDF5Handle(H5Tcopy(hdf5Type()), H5Tclose, .inputOutput, "cannot copy a type")
    }
    let handle = try HDF5Handle(H5Tenum_create(hdf5Type()), H5Tclose, .inputOutput, "cannot make a type")
    for (name, value) in [("FALSE", 0), ("TRUE", 1)] as [(String, Int8)] {
      try unsafe withUnsafePointer(to: value) { pointer in
        try HDF5Library.check(
          unsafe H5Tenum_insert(handle.id, name, pointer), .inputOutput, "cannot make a type")
      }
    }
    return handle
  }
}
