import CHDF5

/// A step that HDF5 applies to a chunk before it is stored.
enum HDF5Filter: Sendable {
  /// One that this module undoes.
  case own(ByteCodec)
  /// One that only the library may know.
  case library(id: Int32, name: String)

  /// The number of the Zstandard filter in the registry of The HDF Group.
  static let zstandard: Int32 = 32015

  /// The filters of a dataset, in the order of writing.
  static func pipeline(_ creation: hid_t) throws -> [HDF5Filter] {
    let count = H5Pget_nfilters(creation)
    guard count >= 0 else { throw HDF5Library.failure(.formatInvalid, "cannot read the filters") }
    return try (0..<UInt32(count)).map { index in
      var flags: UInt32 = 0
      var (parameterCount, configuration) = (16, UInt32(0))
      var parameters = [UInt32](repeating: 0, count: 16)
      var name = [CChar](repeating: 0, count: 64)
      let id = unsafe H5Pget_filter2(
        creation, index, &flags, &parameterCount, &parameters, name.count, &name, &configuration)
      switch id {
      case 1: return .own(.zlib(level: 1))
      case 2 where parameterCount >= 1 && parameters[0] > 0: return .own(.shuffle(elementSize: Int(parameters[0])))
      case 3: return .own(.fletcher32)
      case 32000: return .own(.lzf)
      case 32001: return .own(.blosc(Blosc()))
      case zstandard: return .own(.zstd(level: 3, checksum: false))
      case 0...:
        return .library(
          id: id, name: String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      default: throw HDF5Library.failure(.formatInvalid, "cannot read a filter")
      }
    }
  }

  /// The filters as codecs; nil when the library has to read.
  static func codecs(_ filters: [HDF5Filter]) -> [ByteCodec]? {
    let codecs = filters.compactMap { if case .own(let codec) = $0 { codec } else { nil } }
    return codecs.count == filters.count ? codecs : nil
  }

  /// Throws `unsupported_filter` unless the library undoes the filter, and may.
  func checkReadable() throws {
    guard case .library(let id, let name) = self else { return }
    // nbit and scale-offset come with the library; szip it decodes without a bound, others are unknown.
    guard [5, 6].contains(id), H5Zfilter_avail(id) > 0 else {
      let known = [4: "szip", 32004: "lz4", 32008: "bitshuffle"][id] ?? name
      throw ArrayStoreError(.unsupportedFilter, "filter \(id)\(known.isEmpty ? "" : " '\(known)'") is not supported")
    }
  }
}
