import Fingerprints
public import SystemPackage

/// All that a file or folder of any format holds: its arrays, and what is none and why.
///
/// Groups of Zarr and HDF5 are walked. What cannot be opened is an entry with its problem, so that one
/// damaged array hides no other one.
public struct ArrayCollection: Sendable {
  /// Something in a collection.
  public struct Entry: Sendable {
    /// The path in the store; empty for the root, and for formats that hold one array.
    public let name: String
    /// Why this is no array that can be opened; nil for one that can.
    public let problem: ArrayStoreError?
    /// Whether this is fine but no array of numbers: texts and records in HDF5.
    public let isOther: Bool
  }

  /// Where it stands.
  public let path: FilePath
  /// What was found there.
  public let format: ArrayFile.Format
  /// The arrays, sorted by their names, and the rest among them.
  public let entries: [Entry]
  /// The OME-Zarr images by the paths of their groups.
  public let images: [String: OMEZarrImage]

  /// Groups of Zarr are not walked deeper than this: links may lead in circles.
  private static let maximumDepth = 32
  /// And not further than this.
  private static let maximumNodes = 1 << 17

  /// Looks what there is; no value is read.
  ///
  /// - Parameter format: What it must be; nil to recognise it.
  /// - Throws: `ArrayStoreError` where the root itself cannot be read as that.
  public init(opening path: FilePath, as format: ArrayFile.Format? = nil) throws {
    self.path = path
    self.format = try format ?? ArrayFile.recognise(path)
    switch self.format {
    case .zarr, .omeZarr:
      var walk = Walk(FolderSource(path), wantsImage: format == .omeZarr, hasImages: format != .zarr)
      try walk.visit("", depth: 0)
      entries = walk.entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      images = walk.images
    case .hdf5:
      entries = try HDF5File(opening: path).datasets().map {
        Entry(name: $0.path, problem: nil, isOther: $0.type == nil)
      }
      images = [:]
    case .tiff, .planes, .nifti:
      _ = try ArrayFile(opening: path, as: self.format)
      (entries, images) = ([Entry(name: "", problem: nil, isOther: false)], [:])
    }
  }

  /// An array by its name, with the axes and the voxel size of the image whose level it is.
  public func array(_ name: String) throws -> ArrayFile {
    for (group, image) in images {
      guard let level = image.levels.firstIndex(where: { Self.joined(group, $0.path) == name }) else { continue }
      return ArrayFile(
        path: path, format: format, array: try image.array(level: level), axes: image.axes.map(\.name),
        voxelSize: image.voxelSize(level: level))
    }
    return try ArrayFile(opening: path, as: format == .omeZarr ? .zarr : format, array: name)
  }

  static func joined(_ group: String, _ name: String) -> String { group.isEmpty ? name : group + "/" + name }

  // MARK: -

  /// A walk through the groups of a Zarr store.
  private struct Walk {
    let source: FolderSource
    let wantsImage: Bool
    let hasImages: Bool
    private(set) var entries: [Entry] = []
    private(set) var images: [String: OMEZarrImage] = [:]
    private var nodes = 0

    init(_ source: FolderSource, wantsImage: Bool, hasImages: Bool) {
      (self.source, self.wantsImage, self.hasImages) = (source, wantsImage, hasImages)
    }

    mutating func visit(_ name: String, depth: Int) throws {
      nodes += 1
      guard depth <= maximumDepth, nodes <= maximumNodes else {
        throw ArrayStoreError(
          .sizeLimit, "groups lie deeper than \(maximumDepth) or are more than \(maximumNodes): is a link a circle?",
          store: source.name, array: name)
      }
      let store = try ZarrStore(source, name: name)
      switch try ArrayStoreError.located(store: source.name, array: name, { try store.node() }) {
      case .array:
        guard !wantsImage || depth > 0 else {
          throw ArrayStoreError(.metadataInvalid, "an array stands where an image is wanted", store: source.name)
        }
        entries.append(Entry(name: name, problem: nil, isOther: false))
      case .group(_, let attributes):
        let mustBeImage = wantsImage && depth == 0 && !Self.isCollection(attributes)
        if mustBeImage || hasImages && Self.has("multiscales", attributes) { try openImage(name) }
        for member in try store.members() {
          let inner = joined(name, member)
          do {
            try visit(inner, depth: depth + 1)
          } catch let error as ArrayStoreError where error.code != .sizeLimit {
            entries.append(Entry(name: inner, problem: error, isOther: false))
          }
        }
      }
    }

    /// An image is opened with its levels, so that one that is missing is seen here.
    private mutating func openImage(_ name: String) throws {
      let image = try OMEZarrImage(opening: source, image: name)
      for level in image.levels.indices { _ = try image.array(level: level) }
      _ = try image.labels()
      images[name] = image
    }

    /// A series of images, a plate or a well: images stand in its groups.
    private static func isCollection(_ attributes: CanonicalValue) -> Bool {
      ["bioformats2raw.layout", "series", "plate", "well", "labels"].contains { has($0, attributes) }
    }

    /// Whether the attributes of OME-Zarr, which version 0.5 puts under `ome`, have a key.
    private static func has(_ key: String, _ attributes: CanonicalValue) -> Bool {
      guard case .map(let entries) = attributes else { return false }
      if case .map(let image)? = entries["ome"] { return image[key] != nil }
      return entries[key] != nil
    }
  }
}
