import CHDF5
import Foundation
public import SystemPackage

/// An HDF5 file, open for reading: numeric datasets by path, attributes that are texts or numbers.
///
/// The file is opened anew for each question, without a lock on it, so that a value of this type
/// holds no resource. Links into other files, virtual datasets and external storage are refused.
public struct HDF5File: Sendable {
  /// An attribute's value.
  public enum Attribute: Hashable, Sendable {
    case text(String)
    /// In C order, where there are several.
    case texts([String])
    case array(NDArray)
  }

  /// What a dataset is, without its values.
  public struct Dataset: Hashable, Sendable {
    /// Where it stands, without a leading slash.
    public let path: String
    /// Nil for elements that are no numbers, and for a dataset without a shape.
    public let type: ElementType?
    /// The number of elements along each axis.
    public let shape: [Int]
  }

  let path: FilePath

  /// Opens a file and checks that it is one.
  ///
  /// - Throws: `not_found`, `format_invalid` with the library's own reason, `io_error`.
  public init(opening path: FilePath) throws {
    self.path = path
    try withFile { _ in }
  }

  // MARK: -

  /// The datasets that can be reached by hard links, sorted by path.
  public func datasets() throws -> [Dataset] {
    try withFile { file in
      var visited: Set<UInt64> = []
      var found: [Dataset] = []
      try HDF5Reader.list(file.id, "", depth: 0, visited: &visited, into: &found)
      return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
  }

  /// All values of a dataset.
  ///
  /// - Throws: `not_found`, `unsupported_dtype`, `unsupported_filter` with the number of the filter,
  ///   `overflow` and `size_limit` before anything too large is allocated, and what chunks are guilty of.
  public func read(_ dataset: String) throws -> NDArray {
    try read(dataset, nil)
  }

  /// The values of a box of a dataset; only the chunks that it meets are read.
  public func read(_ dataset: String, _ region: Region) throws -> NDArray {
    try read(dataset, .some(region))
  }

  /// The attributes of the root.
  public var attributes: [String: Attribute] {
    get throws { try attributes(of: "") }
  }

  /// The attributes of a group or dataset that are texts or numbers; others are left out.
  public func attributes(of object: String) throws -> [String: Attribute] {
    try withFile(object) { file in
      let handle = try HDF5Reader.open(file.id, object)
      return try HDF5Reader.attributes(of: handle.id)
    }
  }

  /// The names of all links in a group, of groups and datasets as well as of those that lead nowhere, sorted.
  public func members(of group: String = "") throws -> [String] {
    try withFile(group) { file in
      let handle = try HDF5Reader.open(file.id, group)
      guard H5Iget_type(handle.id) == H5I_GROUP else {
        throw ArrayStoreError(.notFound, "a dataset stands where a group is wanted")
      }
      return try HDF5Reader.names(in: handle.id, all: true).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  // MARK: -

  private func read(_ dataset: String, _ region: Region?) throws -> NDArray {
    try ArrayStoreError.located(store: path.string, array: dataset) {
      let (layout, box, outcome) = try withDataset(dataset) { reader, file in
        let box = region ?? Region(all: reader.layout.shape)
        return (reader.layout, box, try reader.prepare(box, path, base: try Self.base(of: file)))
      }
      let bytes =
        switch outcome {
        case .values(let bytes): bytes
        case .chunks(let path, let chunks, let places): try chunks.read(places, of: path)
        }
      return NDArray(checked: layout.type, box.shape, bytes)
    }
  }

  func withDataset<Result>(
    _ dataset: String, _ body: (HDF5DatasetReader, hid_t) throws -> Result
  ) throws -> Result {
    try withFile(dataset) { file in
      let handle = try HDF5Reader.openDataset(file.id, dataset)
      return try body(try HDF5DatasetReader(handle.id), file.id)
    }
  }

  /// Where the addresses of the file count from: behind what others put in front of it.
  private static func base(of file: hid_t) throws -> UInt64 {
    let creation = try HDF5Handle(H5Fget_create_plist(file), H5Pclose, .formatInvalid, "cannot read how the file began")
    var size: hsize_t = 0
    try HDF5Library.check(
      unsafe H5Pget_userblock(creation.id, &size), .formatInvalid, "cannot read the size of the user block")
    return UInt64(size)
  }

  func withFile<Result>(_ array: String = "", _ body: (borrowing HDF5Handle) throws -> Result) throws -> Result {
    try ArrayStoreError.located(store: path.string, array: array) {
      try FileObject.check(path)
      return try HDF5Library.locked {
        let access = try HDF5Reader.fileAccess()
        H5Pset_file_locking(access.id, false, true)
        let file = try HDF5Handle(
          unsafe H5Fopen(path.string, lb_h5_read_only(), access.id), H5Fclose, .formatInvalid, "cannot open as HDF5")
        return try body(file)
      }
    }
  }
}

extension HDF5File.Attribute: ExpressibleByStringLiteral {
  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
}
