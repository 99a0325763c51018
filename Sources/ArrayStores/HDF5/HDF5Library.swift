import CHDF5
import Synchronization

/// The door to libhdf5: one call at a time in the process, failures as errors.
///
/// - Safety: Everything that touches the library runs inside `locked`, so that its global state and
///   its error stack, which is one a thread, belong to one caller.
enum HDF5Library {
  private static let lock = Mutex(())
  /// A file must not make the library load code: filters come from this module.
  private static let hasNoPlugins: Bool = H5PLset_loading_state(0) >= 0

  static func locked<Result>(_ body: () throws -> Result) throws -> Result {
    try lock.withLock { _ in
      lb_h5_silence()
      guard hasNoPlugins else { throw ArrayStoreError(.inputOutput, "libhdf5 does not let its plug-ins be turned off") }
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
