/// Why an array could not be read or written, and where.
public struct ArrayStoreError: Error, Equatable, Sendable {
  /// The kind of failure; further kinds can come without breaking anybody.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name of the code, as in `chunk_corrupt`.
    public let description: String

    private init(_ name: String) {
      description = name
    }

    /// No such store, array, dataset or file.
    public static let notFound = Code("not_found")
    /// A folder without metadata.
    public static let metadataMissing = Code("metadata_missing")
    /// Metadata that is not JSON.
    public static let metadataJSON = Code("metadata_json")
    /// Metadata that the format does not allow.
    public static let metadataInvalid = Code("metadata_invalid")
    /// A version of the format that is not read here.
    public static let unsupportedVersion = Code("unsupported_version")
    /// Elements of a type that is not read here.
    public static let unsupportedType = Code("unsupported_dtype")
    /// A codec or compression that is not read here.
    public static let unsupportedCodec = Code("unsupported_codec")
    /// A feature of the format that is not read here, or refused for safety.
    public static let unsupportedExtension = Code("unsupported_extension")
    /// An HDF5 filter that is not read here.
    public static let unsupportedFilter = Code("unsupported_filter")
    /// A chunk that ends early.
    public static let chunkTruncated = Code("chunk_truncated")
    /// A chunk that does not decode.
    public static let chunkCorrupt = Code("chunk_corrupt")
    /// A chunk or an index whose checksum differs.
    public static let checksumMismatch = Code("checksum_mismatch")
    /// A chunk that decodes to another size than the metadata says.
    public static let chunkSizeMismatch = Code("chunk_size_mismatch")
    /// Something larger than this module reads or writes.
    public static let sizeLimit = Code("size_limit")
    /// A size that does not fit 64 bits.
    public static let overflow = Code("overflow")
    /// The file system failed.
    public static let inputOutput = Code("io_error")
    /// A path that leaves the store.
    public static let pathEscape = Code("path_escape")
    /// A file that is not of its format, or damaged.
    public static let formatInvalid = Code("format_invalid")
    /// What the caller asked for makes no sense: a region outside the array, values of another type.
    public static let invalidArgument = Code("invalid_argument")
    /// Something stands already where an array or a file was to be written.
    public static let alreadyExists = Code("already_exists")
  }

  /// The kind of failure.
  public let code: Code
  /// What happened, in lower case.
  public internal(set) var message: String
  /// The file or folder that holds the store; empty when no file is involved.
  public internal(set) var store: String
  /// The array, dataset or page in the store; empty for the root.
  public internal(set) var array: String
  /// The index of the chunk that failed, where there is one.
  public internal(set) var chunk: [Int]?
  /// The codec that failed, by its name in Zarr or HDF5, as in `zstd`; nil where none did.
  public internal(set) var codec: String?
  /// The byte of the file where what failed begins, as a chunk, the index of a shard or a directory does; nil where
  /// that is not known.
  public internal(set) var offset: Int?

  /// A failure at a place; what is not known of the place stays empty.
  public init(
    _ code: Code, _ message: String, store: String = "", array: String = "", chunk: [Int]? = nil,
    codec: String? = nil, offset: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.store = store
    self.array = array
    self.chunk = chunk
    self.codec = codec
    self.offset = offset
  }

  /// Runs a body and adds to its failure what the body did not know: where it happened.
  static func located<Result>(
    store: String = "", array: String = "", chunk: [Int]? = nil, codec: String? = nil, offset: Int? = nil,
    _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch var error as ArrayStoreError {
      if error.store.isEmpty { error.store = store }
      if error.array.isEmpty { error.array = array }
      if error.chunk == nil { error.chunk = chunk }
      if error.codec == nil { error.codec = codec }
      if error.offset == nil { error.offset = offset }
      throw error
    }
  }
}

extension ArrayStoreError: CustomStringConvertible {
  /// The message with the place and the code in front: what a user reads.
  public var description: String {
    var places = store.isEmpty ? [] : ["'\(store)'"]
    if !array.isEmpty { places.append("array '\(array)'") }
    if let chunk { places.append("chunk \(chunk)") }
    if let offset { places.append("byte \(offset)") }
    if let codec { places.append("codec \(codec)") }
    let place = places.joined(separator: ", ")
    return (place.isEmpty ? "" : place + ": ") + message + " (\(code))"
  }
}
