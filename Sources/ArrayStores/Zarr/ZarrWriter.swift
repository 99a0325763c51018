public import Fingerprints
import Synchronization
public import SystemPackage

/// An array in a Zarr store that is being written, in pieces and by many threads.
///
/// A file is written whole, under a name of its own, and then renamed, so that a reader never sees
/// half of one. Two writes that meet the same chunk or shard wait for each other inside one process;
/// between processes the caller hands out whole shards. Equal input gives equal bytes.
public final class ZarrWriter: Sendable {
  private let folder: FolderWriter
  private let root: FilePath
  private let metadata: ZarrMetadata
  private let encoder: ChunkWriter
  /// The metadata file that `finish` writes; nil for an array that has it already.
  private let document: JSON?
  private let attributes: CanonicalValue
  private let busy = BusyKeys()

  /// Begins a new array; it cannot be opened before `finish` has written its metadata.
  ///
  /// - Parameters:
  ///   - root: The folder of the array; made with those above it. It must be empty or absent.
  ///   - attributes: A map.
  ///   - dimensionNames: One an axis, or nil.
  /// - Throws: `invalid_argument` for shapes and options that do not fit, `already_exists`, `io_error`.
  public convenience init(
    creating root: FilePath, type: ElementType, shape: [Int], layout: ZarrLayout = ZarrLayout(),
    attributes: CanonicalValue = .map([:]), dimensionNames: [String]? = nil
  ) throws {
    try self.init(
      creating: root, type: type, shape: shape, layout: layout, attributes: attributes,
      dimensionNames: dimensionNames, mustBeEmpty: true)
  }

  /// - Parameters:
  ///   - mustBeEmpty: False to go on with an array that was begun before.
  ///   - flush: Waits for the disk; nil where a power cut may take what was written.
  init(
    creating root: FilePath, type: ElementType, shape: [Int], layout: ZarrLayout, attributes: CanonicalValue,
    dimensionNames: [String]?, mustBeEmpty: Bool, flush: FolderWriter.Flush? = nil
  ) throws {
    (metadata, document, folder) = try ArrayStoreError.located(store: root.string) {
      let (metadata, document) = try layout.metadata(
        type, shape, attributes: attributes, dimensionNames: dimensionNames)
      return (metadata, document, try FolderWriter(creating: root, mustBeEmpty: mustBeEmpty, flush: flush))
    }
    self.root = root
    self.attributes = attributes
    encoder = ChunkWriter(metadata: metadata, leavesOutFill: layout.leavesOutFill)
  }

  /// Opens an array to write into it, in the layout that it has.
  ///
  /// - Throws: What `ZarrArray` throws.
  public init(updating root: FilePath) throws {
    metadata = try ZarrArray(opening: root).metadata
    folder = try FolderWriter(creating: root)
    self.root = root
    (document, attributes) = (nil, .map([:]))
    encoder = ChunkWriter(metadata: metadata, leavesOutFill: false)
  }

  // MARK: -

  /// The type of the elements.
  public var type: ElementType { metadata.type }
  /// The number of elements along each axis.
  public var shape: [Int] { metadata.shape }
  /// What one file holds: writes that cover it whole read nothing, and can be made by many tasks at once.
  public var fileShape: [Int] { metadata.chunkShape }

  /// Writes a box of values; files that it covers in part are read, changed and written again.
  ///
  /// - Parameter start: Where in the array, one index an axis.
  /// - Throws: `invalid_argument` for another type or a box that does not lie in the array, `io_error`.
  public func write(_ array: NDArray, at start: [Int]) throws {
    try ArrayStoreError.located(store: root.string) {
      let region = Region(start: start, shape: array.shape)
      try region.check(inside: shape)
      guard array.type == type else {
        throw ArrayStoreError(.invalidArgument, "\(array.type.rawValue) values for an array of \(type.rawValue)")
      }
      guard !region.isEmpty else { return }
      let (low, high) = Shape.chunks(meeting: region, of: metadata.chunkShape)
      let extent = zip(high, low).map { $0 - $1 }
      let count = extent.reduce(1, *)
      let isWide = count >= 2 * Parallel.width
      let writeOne: @Sendable (Int) throws -> Void = { [self] number in
        let index = zip(Shape.index(number, in: extent), low).map { $0 + $1 }
        try ArrayStoreError.located(chunk: index) {
          try write(array, region, chunk: index, isParallel: !isWide)
        }
      }
      if case .plain = metadata.codecs.layout {
        try Parallel.forEach(count, state: ()) { _, number in try writeOne(number) }
      } else if isWide {
        try Parallel.forEach(count, state: ()) { _, number in try writeOne(number) }
      } else {
        for number in 0..<count { try writeOne(number) }
      }
    }
  }

  /// Writes the metadata, after which the array can be opened.
  public func finish() throws {
    guard let document else { return }
    try ArrayStoreError.located(store: root.string) {
      if metadata.version == 2, attributes != .map([:]) {
        try folder.replace(Array((attributes.document.formatted + "\n").utf8), at: ".zattrs")
      }
      let name = metadata.version == 2 ? ".zarray" : "zarr.json"
      try folder.replace(Array((document.formatted + "\n").utf8), at: name)
    }
  }

  // MARK: -

  private func write(_ array: NDArray, _ region: Region, chunk index: [Int], isParallel: Bool) throws {
    let origin = zip(index, metadata.chunkShape).map { $0 * $1 }
    let extent = origin.indices.map { min(metadata.chunkShape[$0], shape[$0] - origin[$0]) }
    let inside = Region(start: origin, shape: extent)
    let key = metadata.keys.key(index)
    try busy.exclusively(key) {
      let isWhole = inside.intersection(region) == inside
      let values = isWhole ? array : try merged(array, region, inside, index)
      try CodecScratch.borrowed { scratch in
        let content = try encoder.encoded(
          values, from: isWhole ? region.start : origin, chunkAt: origin, isParallel: isParallel, scratch)
        if let content { try folder.replace(content, at: key) } else { try folder.remove(key) }
      }
    }
  }

  /// What a file holds so far, with the new values over it.
  private func merged(_ array: NDArray, _ region: Region, _ inside: Region, _ index: [Int]) throws -> NDArray {
    let store = try ZarrStore(FolderSource(root), name: "")
    var bytes: [UInt8]
    if let object = try store.chunk(metadata, index) {
      bytes = try Canvas.make(type, inside.shape) { canvas in
        let reader = ChunkReader(canvas: canvas, fill: metadata.fill, indexes: ShardIndexes(type))
        let view = ChunkReader.View(axes: Array(shape.indices), origin: shape.map { _ in 0 })
        try CodecScratch.borrowed {
          try reader.read(
            Region(all: inside.shape), of: ChunkReader.Stored(object), shape: metadata.chunkShape, metadata.codecs,
            at: view, $0)
        }
      }
    } else {
      bytes = Memory.filled(metadata.fill, count: try Shape.count(inside.shape))
    }
    if let common = inside.intersection(region) {
      Memory.copy(
        common.shape, elementSize: type.size, from: array.bytes, shape: array.shape,
        at: common.relative(to: region.start).start, to: &bytes, shape: inside.shape,
        at: common.relative(to: inside.start).start)
    }
    return NDArray(checked: type, inside.shape, bytes)
  }
}

/// Names of files that are being written.
private final class BusyKeys: Sendable {
  private let locks = Mutex<[String: Entry]>([:])

  private final class Entry: Sendable {
    let lock = Mutex(())
    let users = Atomic<Int>(0)
  }

  func exclusively(_ key: String, _ body: () throws -> Void) throws {
    let entry = locks.withLock { locks in
      let entry = locks[key] ?? Entry()
      locks[key] = entry
      entry.users.add(1, ordering: .relaxed)
      return entry
    }
    defer {
      locks.withLock { locks in
        if entry.users.subtract(1, ordering: .relaxed).newValue == 0 { locks[key] = nil }
      }
    }
    try entry.lock.withLock { _ in try body() }
  }
}
