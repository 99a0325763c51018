import CTIFF

/// How the values of an array lie in its files.
public struct StoredForm: Sendable, Hashable {
  /// The steps from elements to bytes in words, in the order of writing, as in `["shuffle", "zlib"]`.
  public let codecs: [String]
  /// What one file holds, where that is more than a chunk.
  public let shardShape: [Int]?
  /// The element of what is not stored, in words; nil where the format has none.
  public let fill: String?
}

/// An array that can tell how it is stored.
protocol ToldForm {
  func storedForm() throws -> StoredForm
}

extension ArrayFile {
  /// How the values lie in files, where the format tells.
  public func storedForm() throws -> StoredForm? { try (array as? any ToldForm)?.storedForm() }
}

extension ZarrArray: ToldForm {
  func storedForm() throws -> StoredForm {
    StoredForm(codecs: metadata.codecs.words(type), shardShape: shardShape, fill: fillValue.words)
  }
}

extension HDF5Array: ToldForm {
  func storedForm() throws -> StoredForm {
    let (filters, layout) = try file.withDataset(path) { reader, _ in (reader.filters, reader.layout) }
    let order = type.size > 1 ? [layout.bigEndian ? "big-endian" : "little-endian"] : []
    return StoredForm(
      codecs: order + filters.map(\.words), shardShape: nil,
      fill: NDArray(checked: type, [], layout.fill).words)
  }
}

extension TIFFArray: ToldForm {
  func storedForm() throws -> StoredForm {
    StoredForm(codecs: [planes.page.isTiled ? "tiles" : "strips", planes.page.words], shardShape: nil, fill: nil)
  }
}

extension NIfTIArray: ToldForm {
  func storedForm() throws -> StoredForm {
    let meaning = scale == 1 && offset == 0 ? [] : ["numbers that mean \(scale) times themselves plus \(offset)"]
    return StoredForm(codecs: [object is MemoryObject ? "gzip" : "uncompressed"] + meaning, shardShape: nil, fill: nil)
  }
}

// MARK: - In words

extension NDArray {
  /// The only element of a scalar, as Swift writes it.
  fileprivate var words: String {
    switch type {
    case .bool: bytes.first == 1 ? "true" : "false"
    case .int64: (try? values(as: Int64.self).first).map { "\($0)" } ?? ""
    case .uint64: (try? values(as: UInt64.self).first).map { "\($0)" } ?? ""
    case .float64: (try? values(as: Double.self).first).map { "\($0)" } ?? ""
    case .float16, .float32, .complex64, .complex128: floats().first.map { "\($0)" } ?? ""
    case .int8, .int16, .int32, .uint8, .uint16, .uint32: floats().first.map { "\(Int64($0))" } ?? ""
    }
  }
}

extension CodecChain {
  fileprivate func words(_ type: ElementType) -> [String] {
    let isMoved = order != Array(order.indices)
    var words = isMoved ? ["transpose \(order)"] : []
    switch layout {
    case .plain(let bigEndian): words += type.size > 1 ? [bigEndian ? "big-endian" : "little-endian"] : []
    case .sharded(let sharding):
      let index = sharding.indexAtStart ? "start" : "end"
      let inner = sharding.codecs.words(type).joined(separator: ", ")
      words.append("shards (index at the \(index)) of \(inner)")
    }
    return words + codecs.map(\.name)
  }
}

extension HDF5Filter {
  fileprivate var words: String {
    switch self {
    case .own(let codec): codec.name
    case .library(let id, let name): name.isEmpty ? "filter \(id)" : name
    }
  }
}

extension TIFFPage {
  /// The name of the compression.
  var words: String {
    switch Int32(compression) {
    case COMPRESSION_NONE: "uncompressed"
    case COMPRESSION_LZW: "lzw"
    case COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE: "deflate"
    case COMPRESSION_PACKBITS: "packbits"
    case COMPRESSION_JPEG: "jpeg"
    case COMPRESSION_LZMA: "lzma"
    case COMPRESSION_ZSTD: "zstd"
    case COMPRESSION_WEBP: "webp"
    case COMPRESSION_LERC: "lerc"
    default: "compression \(compression)"
    }
  }
}
