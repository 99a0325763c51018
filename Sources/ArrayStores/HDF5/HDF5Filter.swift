import CHDF5

/// A step that HDF5 applies to a chunk before it is stored.
enum HDF5Filter {
  case deflate
  /// Bytes of equal weight stand together; the size of an element.
  case shuffle(Int)
  case fletcher32
  case zstd
  /// One that only the library may know.
  case library(id: Int32, name: String)

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
      case 1: return .deflate
      case 2 where parameterCount >= 1 && parameters[0] > 0: return .shuffle(Int(parameters[0]))
      case 3: return .fletcher32
      case 32015: return .zstd
      case 0...:
        return .library(
          id: id, name: String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      default: throw HDF5Library.failure(.formatInvalid, "cannot read a filter")
      }
    }
  }

  /// The bytes that a chunk of `count` bytes takes at most.
  static func bound(_ filters: [HDF5Filter], _ count: Int) -> Int {
    filters.reduce(count) { bound, filter in
      switch filter {
      case .deflate, .zstd: 2 * bound + 65_536
      case .fletcher32: bound + 4
      case .shuffle, .library: bound
      }
    }
  }

  /// Undoes the filters, but for those that the mask of the chunk says were left out.
  static func undo(_ filters: [HDF5Filter], mask: UInt32, _ stored: [UInt8], count: Int) throws -> [UInt8] {
    var bytes = stored
    for (index, filter) in filters.enumerated().reversed() where index >= 32 || mask >> UInt32(index) & 1 == 0 {
      let limit = bound(Array(filters[..<index]), count)
      switch filter {
      case .deflate: bytes = try Deflate.decompressed(bytes, .zlib, limit: limit)
      case .zstd: bytes = try Zstandard.decompressed(bytes, limit: limit)
      case .shuffle(let size): bytes = unshuffled(bytes, elementSize: size)
      case .fletcher32: bytes = try verified(bytes)
      case .library(let id, _): throw ArrayStoreError(.unsupportedFilter, "filter \(id) is not supported")
      }
    }
    guard bytes.count == count else {
      throw ArrayStoreError(.chunkSizeMismatch, "the chunk decodes to \(bytes.count) bytes instead of \(count)")
    }
    return bytes
  }

  // MARK: -

  private static func unshuffled(_ bytes: [UInt8], elementSize size: Int) -> [UInt8] {
    let count = bytes.count / size
    guard size > 1, count > 1 else { return bytes }
    // What does not fill an element stands at the end as it was.
    var result = bytes
    for plane in 0..<size {
      for element in 0..<count { result[element * size + plane] = bytes[plane * count + element] }
    }
    return result
  }

  private static func verified(_ bytes: [UInt8]) throws -> [UInt8] {
    guard bytes.count >= 4 else { throw ArrayStoreError(.chunkTruncated, "\(bytes.count) bytes hold no checksum") }
    let stored = bytes.suffix(4).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    let content = Array(bytes.dropLast(4))
    guard fletcher32(content) == stored else {
      throw ArrayStoreError(.checksumMismatch, "the fletcher32 checksum of the chunk differs")
    }
    return content
  }

  /// Fletcher's checksum over big-endian 16-bit words, sums modulo 65535 that never become 0 again.
  private static func fletcher32(_ bytes: [UInt8]) -> UInt32 {
    var (first, second) = (UInt32(0), UInt32(0))
    func folded(_ sum: UInt32) -> UInt32 { sum & 0xffff + sum >> 16 }
    for start in stride(from: 0, to: bytes.count, by: 2) {
      let low = start + 1 < bytes.count ? UInt32(bytes[start + 1]) : 0
      first = folded(first + (UInt32(bytes[start]) << 8 | low))
      second = folded(second + first)
    }
    return second << 16 | first
  }
}
