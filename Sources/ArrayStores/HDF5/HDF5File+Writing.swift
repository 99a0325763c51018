import CHDF5
public import SystemPackage

extension HDF5File {
  /// Writes a new file of numeric datasets; groups in their paths are made as needed.
  ///
  /// Equal input gives equal bytes: datasets in the order of their paths, no times, fixed versions
  /// of the format, which libraries from 1.10 on read. Booleans are written as h5py does.
  ///
  /// - Parameters:
  ///   - contents: Paths such as `layers/0/weight`, each once, with their arrays.
  ///   - attributes: Texts at the root, UTF-8.
  ///   - numbers: Numeric attributes at the root, below 64 KiB each.
  ///   - storage: Chunks and filters for datasets that have elements and axes; nil for values in one piece.
  ///   - path: Where; nothing may stand there.
  /// - Throws: `invalid_argument` for a path that is empty or stands twice, `already_exists`, `io_error`.
  public static func write(
    _ contents: [(path: String, array: NDArray)], attributes: [String: String] = [:],
    numbers: [String: NDArray] = [:], storage: HDF5Storage? = nil, to path: FilePath
  ) throws {
    try ArrayStoreError.located(store: path.string) {
      let items = try checked(contents.map { Item(at: $0.path, .array($0.array)) })
      try create(path, storage) { writer in
        for item in items { try writer.write(item) }
        for (name, text) in attributes.sorted(by: { $0.key < $1.key }) {
          try writer.write(text, attribute: name, of: writer.file)
        }
        for (name, array) in numbers.sorted(by: { $0.key < $1.key }) {
          try writer.write(array, attribute: name, of: writer.file)
        }
      }
    }
  }

  /// Something to write at a path.
  public struct Item: Sendable {
    /// What a path can hold.
    public enum Content: Sendable {
      case array(NDArray)
      case texts(Texts)
      /// Records of one axis, a column a member; equal counts of rows.
      case table([Column])
      case group
    }

    /// Where, such as `cells/centres`; groups above it are made as needed.
    public let path: String
    /// What stands there.
    public let content: Content
    /// What is said about it.
    public let attributes: [String: Attribute]

    /// Something with its attributes.
    public init(at path: String, _ content: Content, attributes: [String: Attribute] = [:]) {
      (self.path, self.content, self.attributes) = (path, content, attributes)
    }
  }

  /// Writes a new file of numbers, texts, tables and groups, each with attributes.
  ///
  /// Equal input gives equal bytes. Tables and texts are stored in one piece, arrays as `storage` says;
  /// h5py reads texts as it would its own.
  ///
  /// - Parameters:
  ///   - items: In any order, each path once.
  ///   - attributes: Those of the root, below 64 KiB each.
  ///   - path: Where; nothing may stand there.
  /// - Throws: `invalid_argument` for a path that is empty or stands twice, for texts that are too long or
  ///   hold a zero byte, for columns of different lengths, `already_exists`, `io_error`.
  public static func write(
    items: [Item], attributes: [String: Attribute] = [:], storage: HDF5Storage? = nil, to path: FilePath
  ) throws {
    try ArrayStoreError.located(store: path.string) {
      let sorted = try checked(items)
      try create(path, storage) { writer in
        for item in sorted { try writer.write(item) }
        try writer.write(attributes, of: writer.file)
      }
    }
  }

  // MARK: -

  private static func create(
    _ path: FilePath, _ storage: HDF5Storage?, _ body: (inout HDF5Writer) throws -> Void
  ) throws {
    try HDF5Library.locked {
      let access = try HDF5Reader.fileAccess()
      H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110)
      let creation = try HDF5Handle(
        H5Pcreate(lb_h5_file_create()), H5Pclose, .inputOutput, "cannot make a property list")
      H5Pset_obj_track_times(creation.id, false)
      let file = try HDF5Handle(
        unsafe H5Fcreate(path.string, lb_h5_exclusive(), creation.id, access.id), H5Fclose, .inputOutput,
        "cannot create the file")
      var writer = try HDF5Writer(file.id, storage)
      try body(&writer)
      try HDF5Library.check(H5Fflush(file.id, H5F_SCOPE_GLOBAL), .inputOutput, "cannot write the file")
    }
  }

  private static func checked(_ items: [Item]) throws -> [Item] {
    let sorted = items.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    var paths: Set<String> = []
    for path in sorted.map(\.path) {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }), paths.insert(path).inserted else {
        throw ArrayStoreError(.invalidArgument, "'\(path)' is no dataset path, or stands twice")
      }
    }
    return sorted
  }
}
