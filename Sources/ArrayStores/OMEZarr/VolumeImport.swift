public import Fingerprints
import Foundation
public import SystemPackage

/// Turns a volume of any format into an OME-Zarr image with a digest, in boxes, bounded in memory, and resumable.
///
/// The image grows in a folder `NAME.partial` beside its place and is renamed when it is complete. A
/// journal in that folder names the boxes that are done with the digests of their blocks, so that an
/// import that was interrupted, by a power cut too, goes on where it was: what a line speaks of is on the
/// disk before the line is. The journal goes last, so that a kill on either side of the renaming costs no
/// box. Equal values give equal bytes either way.
public struct VolumeImport: Sendable {
  /// How the image is laid out; its shards should be multiples of 64 x 256 x 256 or divide them.
  public var layout = ZarrLayout(chunkShape: [64, 64, 64], shardShape: [64, 256, 256])
  /// What the image is besides its values.
  public var options = OMEZarrWriter.Options()
  /// About how much is read at once; a box is never smaller than the shards it fills.
  public var boxBytes = 1 << 28
  /// What the source is: an import goes on only where this is the same, as a digest or size and time of the file.
  public var sourceIdentity = ""
  /// Whether the digest is kept beside the image, in `NAME.digest`: who imports the same again, while the image stands
  /// there, gets it without reading anything; another image that stands there, or was begun there, is made anew.
  public var keepsDigest = false
  /// Looks at the source after each box was read and before it counts as done: what it throws ends the import, whose
  /// journal then speaks of no box that was read from a source other than `sourceIdentity` says.
  public var checkSource: @Sendable () throws -> Void = {}
  /// Waits until a file or folder is on the disk.
  var flush: FolderWriter.Flush = { try FolderWriter.flush($0) }

  /// The defaults; see the properties.
  public init() {}

  /// Imports a volume.
  ///
  /// - Parameters:
  ///   - source: Shape `[z, y, x]`.
  ///   - root: Where the image will stand; nothing may be there, unless `keepsDigest`.
  ///   - progress: Hears after each box how many of how many are done; what it throws interrupts the import.
  /// - Returns: The logical digest of the volume, with the axes z, y, x and the voxel size.
  /// - Throws: `invalid_argument` for other axes and shards that do not suit the blocks of the digest,
  ///   `already_exists`, `io_error`, and what reading throws.
  public func run(
    _ source: any StoredArray, to root: FilePath, progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> Digest {
    guard source.shape.count == 3 else {
      throw ArrayStoreError(.invalidArgument, "an array of shape \(source.shape) is no volume", store: root.string)
    }
    let identity = try identity(of: source)
    let result = ImportResult(of: root, identity: identity, flush: flush)
    let blocks = DigestBlocks(of: source.shape)
    func journal(in folder: FilePath) throws -> ImportJournal {
      ImportJournal(
        in: folder, identity: identity, blocks: try blocks.count(), replacesOthers: keepsDigest, flush: flush)
    }
    // An image that a kill left between its name and the end still has its journal.
    let left = try journal(in: root)
    if keepsDigest, let digest = try result.digest() {
      try left.remove()
      return digest
    }
    if left.isThere, try left.begin() {
      let digest = try digest(of: source, try left.leaves())
      try left.remove()
      return digest
    }
    guard !FileManager.default.fileExists(atPath: root.string) else {
      throw ArrayStoreError(.alreadyExists, "something stands there", store: root.string)
    }
    let draft = FilePath(root.string + ".partial")
    let begun = try journal(in: draft)
    try grow(source, in: draft, begun, blocks, progress)
    let digest = try digest(of: source, try begun.leaves())
    if keepsDigest { try result.keep(digest, of: draft) }
    try FolderWriter(creating: draft).rename(to: root)
    try journal(in: root).remove()
    return digest
  }

  // MARK: -

  /// Fills an image box by box, but for those that the journal has, and finishes it.
  private func grow(
    _ source: any StoredArray, in draft: FilePath, _ journal: ImportJournal, _ blocks: DigestBlocks,
    _ progress: (_ done: Int, _ of: Int) throws -> Void
  ) throws {
    let isNew = try !journal.begin()
    let writer = try OMEZarrWriter(
      creating: draft, type: source.type, shape: source.shape, layout: layout, options: options,
      mustBeEmpty: isNew, flush: flush)
    let box: [Int]
    do {
      box = try boxShape(source, writer.fileShape, blocks)
    } catch  where isNew {
      try? FileManager.default.removeItem(atPath: draft.string)  // the refusal is the one to tell
      throw error
    }
    let (low, high) = Shape.chunks(meeting: Region(all: source.shape), of: box)
    let grid = zip(high, low).map { $0 - $1 }
    let count = grid.reduce(1, *)
    for number in 0..<count {
      if !journal.isDone(number) {
        let start = zip(Shape.index(number, in: grid), box).map { $0 * $1 }
        let extent = start.indices.map { min(box[$0], source.shape[$0] - start[$0]) }
        let values = try source.read(start: start, shape: extent)
        try checkSource()
        try writer.write(values, at: start)
        try journal.append(number, try blocks.leaves(of: values, from: start))
      }
      try progress(number + 1, count)
    }
    try writer.finish()
  }

  private func digest(of source: any StoredArray, _ leaves: [Digest]) throws -> Digest {
    let meaning = ArrayMeaning(
      type: source.type, shape: source.shape, axes: ["z", "y", "x"], voxelSize: options.voxelSize,
      attributes: .map([:]))
    var hasher = try meaning.hasher()
    hasher.update(DigestBlocks.root(leaves))
    return hasher.finalise()
  }

  /// Whole files and whole blocks of the digest along each axis, all of x.
  private func boxShape(_ source: any StoredArray, _ file: [Int], _ blocks: DigestBlocks) throws -> [Int] {
    func common(_ axis: Int) throws -> Int {
      let (one, other) = (file[axis], blocks.block[axis])
      var (divisor, rest) = (one, other)
      while rest > 0 { (divisor, rest) = (rest, divisor % rest) }
      // One file, whatever its extent: the blocks that it needs.
      if one >= source.shape[axis] { return max(1, (source.shape[axis] - 1) / other + 1) * other }
      let (product, overflow) = (one / divisor).multipliedReportingOverflow(by: other)
      guard !overflow, product <= max(4 * max(one, other), source.shape[axis]) else {
        throw ArrayStoreError(
          .invalidArgument, "files of \(file) do not suit the blocks of the digest, \(blocks.block): choose powers of 2"
        )
      }
      return product
    }
    let (z, y) = (try common(0), try common(1))
    let bytes = z * y * max(source.shape[2], 1) * source.type.size
    let bands = max(1, boxBytes / max(bytes, 1))
    let rows = min(bands, (max(source.shape[1], 1) - 1) / y + 1)
    // Where a slab is small, several are read at once.
    let slabs = max(1, boxBytes / max(z * rows * y * max(source.shape[2], 1) * source.type.size, 1))
    let isWhole = rows * y >= source.shape[1]
    return [isWhole ? z * min(slabs, 4) : z, rows * y, max(source.shape[2], 1)]
  }

  /// What an import must share with the one that it goes on with.
  private func identity(of source: any StoredArray) throws -> String {
    var hasher = ContentHasher(domain: "lightbench.import.1")
    let (_, document) = try layout.metadata(
      source.type, source.shape, attributes: .map([:]), dimensionNames: nil)
    try hasher.update([
      "source": .text(sourceIdentity), "metadata": .text(document.compact), "name": .text(options.name),
      "levels": .integer(Int64(options.maximumLevels)), "box": .integer(Int64(boxBytes)),
      "voxel_size": options.voxelSize.map { .list($0.map { .number($0) }) } ?? .null,
    ])
    return hasher.finalise().hex
  }
}
