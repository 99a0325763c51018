import ArgumentParser
import ArrayStores
import Fingerprints
import Foundation
import SystemPackage

/// `lightbench data convert`: a volume in another format.
struct DataConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a volume as OME-Zarr, Zarr, HDF5 or TIFF.",
    discussion: """
      Read and written slab by slab, HDF5 as a whole. An OME-Zarr image can be stopped and gone on with by the same \
      line; it stands under its name when it is complete. The voxel size is kept, or given: in HDF5 as the attribute \
      element_size_um, in Zarr that is no image as voxel_size_um, in TIFF, a page a plane, as ImageJ does. Zarr and HDF5 take all axes, or with --leading the \
      volume there.

      The last line names the logical digest of the values, which is that of the source.
      """)

  @Argument(help: "A file or folder.")
  var path: String

  @Option(name: .shortAndLong, help: "What to write; nothing may stand there.")
  var output: String

  @Option(
    help: "The format: ome-zarr, zarr, hdf5 or tiff (default: what the name ends in: .ome.zarr, .zarr, .h5, .tif).")
  var to: Format?

  @Option(help: ArgumentHelp("The shape of chunks (default: 64 along each axis).", valueName: "n,n,n"))
  var chunk: WholeNumbers?

  @Option(
    help: ArgumentHelp(
      "What one file holds: a multiple of the chunk (default: 64,256,256; of .zarr none).", valueName: "n,n,n"))
  var shard: WholeNumbers?

  @Option(help: "zstd, gzip, blosc or none; HDF5: zstd, gzip or none.")
  var codec = Codec.zstd

  @Option(help: "How hard to compress.")
  var level: Int?

  @Option(help: "Levels of the OME-Zarr image, each half of the one before.")
  var levels = 1

  @Option(help: "The version of Zarr: 3, or 2 (OME-Zarr 0.4, without shards).")
  var zarr = 3

  @Option(help: "The dataset in an HDF5 file.")
  var dataset = "volume"

  @OptionGroup var options: VolumeOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case omeZarr = "ome-zarr"
    case zarr, hdf5, tiff
  }

  enum Codec: String, ExpressibleByArgument, CaseIterable { case zstd, gzip, blosc, none }

  func validate() throws {
    guard [2, 3].contains(zarr) else { throw ValidationError("--zarr takes 2 or 3, not \(zarr)") }
    guard (1...16).contains(levels) else { throw ValidationError("--levels takes 1 to 16, not \(levels)") }
    let most = codec == .zstd ? 22 : 9
    if let level, !(0...most).contains(level) {
      throw ValidationError("--level of \(codec.rawValue) takes 0 to \(most), not \(level)")
    }
    guard target != nil else {
      throw ValidationError(
        "the format of '\(output)' is not told by its name: say --to \(ArrayConversion.Target.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    if target == .tiff, chunk != nil || shard != nil {
      throw ValidationError("TIFF has no chunks: leave out --chunk and --shard")
    }
    if shard != nil, target == .hdf5 || zarr == 2 {
      throw ValidationError("only Zarr version 3 has shards: leave out --shard")
    }
  }

  func run() throws {
    try refuseExisting(output)
    guard let target else { return }
    let digest = try reading(isWriting: true) {
      let file = try options.file(path)
      if target == .omeZarr {
        return try writeImage(of: try VolumeView(of: file, leading: options.leading?.values ?? []), file)
      }
      if target == .tiff {
        let volume = try VolumeView(of: file, leading: options.leading?.values ?? [])
        return try ArrayConversion.writeTIFF(
          volume, voxelSize: options.voxel?.values ?? volume.voxelSize, to: FilePath(output), progress: progress)
      }
      // Other formats keep all axes, unless a volume of them is chosen.
      let chosen = try options.leading.map { try file.volume(at: $0.values) } ?? file
      let voxelSize = options.voxel?.values ?? chosen.voxelSize
      guard options.voxel == nil || chosen.shape.count >= 3 else {
        throw ArrayStoreError(
          .invalidArgument, "--voxel is for volumes, the array has the shape \(chosen.shape)", store: path)
      }
      if target == .zarr {
        return try ArrayConversion.writeZarr(
          chosen, voxelSize: voxelSize, to: FilePath(output), layout: layout(), progress: progress)
      }
      return try ArrayConversion.writeHDF5(
        chosen, voxelSize: voxelSize, to: FilePath(output), dataset: dataset, storage: try storage())
    }
    print("\(path) -> \(output): \(target.rawValue), digest \(digest)")
  }

  // MARK: -

  private func writeImage(of volume: VolumeView, _ file: ArrayFile) throws -> Digest {
    var work = VolumeImport()
    work.layout = layout(shard: [64, 256, 256])
    work.options.name = FilePath(path).stem ?? "volume"
    work.options.maximumLevels = levels
    work.options.voxelSize = options.voxel?.values ?? volume.voxelSize
    // The same line goes on with what it began: the source is what stands at the path now.
    let facts = try FileManager.default.attributesOfItem(atPath: path)
    let time = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    let chosen = options.leading?.values ?? []
    work.sourceIdentity = "\(file.format.rawValue) \(facts[.size] ?? 0) \(time) \(options.array ?? "") \(chosen)"
    _ = try work.run(volume, to: FilePath(output), progress: progress)
    return try OMEZarrImage(opening: FilePath(output)).array().logicalDigest()
  }

  private func layout(shard standard: [Int]? = nil) -> ZarrLayout {
    let shards = zarr == 2 ? nil : shard?.values ?? (chunk == nil ? standard : nil)
    var layout = ZarrLayout(chunkShape: chunk?.values ?? shards.map { $0.map { min($0, 64) } }, shardShape: shards)
    layout.version = zarr
    switch codec {
    case .zstd: layout.compression = .zstd(level: level ?? 3, checksum: zarr == 3)
    case .gzip: layout.compression = .gzip(level: level ?? 5)
    case .blosc: layout.compression = .blosc(level: level ?? 3)
    case .none: layout.compression = .none
    }
    return layout
  }

  private func storage() throws -> HDF5Storage {
    switch codec {
    case .zstd: return HDF5Storage(chunkShape: chunk?.values, compression: .zstd(level: level ?? 3))
    case .gzip: return HDF5Storage(chunkShape: chunk?.values, compression: .gzip(level: level ?? 4))
    case .none: return HDF5Storage(chunkShape: chunk?.values, compression: .none, shuffles: false)
    case .blosc: throw ArrayStoreError(.invalidArgument, "blosc is not written into HDF5: choose zstd, gzip or none")
    }
  }

  private func progress(_ done: Int, _ count: Int) {
    guard isatty(STDERR_FILENO) == 1, count > 1 else { return }
    FileHandle.standardError.write(Data("\r\(done) of \(count) parts\(done == count ? "\n" : "")".utf8))
  }

  private var target: ArrayConversion.Target? {
    to.flatMap { ArrayConversion.Target(rawValue: $0.rawValue) } ?? ArrayConversion.Target(endingOf: FilePath(output))
  }
}
