/// Why an array could not be read or written, and where.
public struct ArrayStoreError: Error, Equatable, Sendable {
  /// The kind of failure; further kinds can come without breaking anybody.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name of the code, as in `chunk_corrupt`.
    public let description: String

    private init(_ name: String) {
      description = name
    }

    public static let notFound = Code("not_found")
    public static let metadataMissing = Code("metadata_missing")
    public static let metadataJSON = Code("metadata_json")
    public static let metadataInvalid = Code("metadata_invalid")
    public static let unsupportedVersion = Code("unsupported_version")
    public static let unsupportedType = Code("unsupported_dtype")
    public static let unsupportedCodec = Code("unsupported_codec")
    public static let unsupportedExtension = Code("unsupported_extension")
    public static let unsupportedFilter = Code("unsupported_filter")
    public static let chunkTruncated = Code("chunk_truncated")
    public static let chunkCorrupt = Code("chunk_corrupt")
    public static let checksumMismatch = Code("checksum_mismatch")
    public static let chunkSizeMismatch = Code("chunk_size_mismatch")
    public static let sizeLimit = Code("size_limit")
    public static let overflow = Code("overflow")
    public static let inputOutput = Code("io_error")
    public static let pathEscape = Code("path_escape")
    public static let formatInvalid = Code("format_invalid")
    /// What the caller asked for makes no sense: a region outside the array, values of another type.
    public static let invalidArgument = Code("invalid_argument")
    /// Something stands already where an array or a file was to be written.
    public static let alreadyExists = Code("already_exists")
  }

  /// The kind of failure.
  public let code: Code
  /// What happened, in lower case.
  public let message: String
  /// The file or folder that holds the store; empty when no file is involved.
  public internal(set) var store: String
  /// The array, dataset or page in the store; empty for the root.
  public internal(set) var array: String
  /// The index of the chunk that failed, where there is one.
  public internal(set) var chunk: [Int]?

  init(_ code: Code, _ message: String, store: String = "", array: String = "", chunk: [Int]? = nil) {
    self.code = code
    self.message = message
    self.store = store
    self.array = array
    self.chunk = chunk
  }

  /// Runs a body and adds to its failure what the body did not know: where it happened.
  static func located<Result>(
    store: String, array: String = "", chunk: [Int]? = nil, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch var error as ArrayStoreError {
      if error.store.isEmpty { error.store = store }
      if error.array.isEmpty { error.array = array }
      if error.chunk == nil { error.chunk = chunk }
      throw error
    }
  }
}

extension ArrayStoreError: CustomStringConvertible {
  /// The message with the place and the code in front: what a user reads.
  public var description: String {
    var place = store.isEmpty ? "" : "'\(store)'"
    if !array.isEmpty { place += (place.isEmpty ? "" : ", ") + "array '\(array)'" }
    if let chunk { place += (place.isEmpty ? "" : ", ") + "chunk \(chunk)" }
    return (place.isEmpty ? "" : place + ": ") + message + " (\(code))"
  }
}
