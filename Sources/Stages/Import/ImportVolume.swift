import ArrayStores
import Artifacts
public import Fingerprints
import Foundation
import Imaging
public import Pipeline
public import Recipes
import SystemPackage

/// `import.volume`: a volume of any format as a sharded OME-Zarr image with its voxel size.
///
/// Read and written in boxes, so that memory is bounded whatever the size; an interrupted import goes on where it was.
public struct ImportVolume: Stage {
  /// Which volume.
  public struct Parameters: Sendable {
    var path = ""
    var array: String?
    var leading: [Int] = []
    var voxel: ManifestVoxel?

    public init() {}
  }

  public static let kind = "import.volume"
  public static let revision = 2
  public static let namesFiles = true
  public static let summary = "imports a volume from TIFF, planes, NIfTI, Zarr or HDF5 as sharded OME-Zarr"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "path", \.path, required: true,
        "a file, a folder of TIFF planes or a Zarr folder, from the root of the data; its content counts, not its name"),
      .value("array", \.array, "the array in a Zarr or HDF5 file; nothing for the only one or the finest level"),
      .value("leading", \.leading, each: 0...1 << 20, "one index for each axis before z, y and x, as in [0, 1]"),
      .value("voxel", \.voxel, "the voxel size along z, y, x in um, instead of what the file says"),
    ])

  public static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("volume", .volume)]) }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outside(_ data: OutsideData) throws -> [String: CanonicalValue] {
    ["path": .bytes(try ImageSource.digest(of: path(in: data), in: data).bytes)]
  }

  public func estimate() -> Cost { Cost(memory: 1_200 << 20, seconds: 30) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let path = try path(in: context.outside)
    let status = try ImageSource.status(of: path)
    let source = try ImageSource.digest(of: path, in: context.outside)
    do {
      let file = try ArrayFile(opening: path, array: parameters.array)
      let volume = try VolumeView(of: file, leading: parameters.leading)
      let voxelSize = parameters.voxel.map { [$0.size.z, $0.size.y, $0.size.x] } ?? volume.voxelSize
      var work = VolumeImport()
      work.sourceIdentity = source.hex
      work.options.voxelSize = voxelSize
      // Publishing a large image takes a while: one that is whole already is not made again.
      work.keepsDigest = true
      // Values of another file must not get into a draft that the next attempt goes on with.
      work.checkSource = {
        guard try ImageSource.status(of: path) == status else {
          throw TaskFailure(
            code: .badData, message: "'\(path)' changed while it was imported; run again", phase: "read")
        }
      }
      let image = try context.draft().appending("volume.ome.zarr")
      let partial = FilePath(image.string + ".partial")
      if !FileManager.default.fileExists(atPath: partial.appending("import.journal").string) {
        // Killed before anything was noted, or while it got its name: nothing in it can be trusted.
        try? FileManager.default.removeItem(atPath: partial.string)
      }
      let digest = try work.run(volume, to: image) { done, count in
        _ = try context.draft()  // another machine may have taken it
        context.report(Double(done) / Double(count), "part \(done) of \(count)")
      }
      _ = try context.draft()
      try context.write(
        "volume", VolumeArtifact.bundle(image: image, digest: digest, voxelSize: voxelSize))
      return [Metric("voxels", Double(volume.shape.reduce(1, *)))]
    } catch let error as ArrayStoreError {
      let isOurs = [.alreadyExists, .inputOutput].contains(error.code) && error.store != path.string
      // A full disk is no mistake of the data: the next task would fail of it as well.
      let code: TaskFailure.Code = !isOurs ? .badData : error.code == .inputOutput ? .environment : .store
      throw TaskFailure(
        code: code, message: "cannot import a volume: \(error)", phase: isOurs ? "publish" : "read")
    }
  }

  private func path(in data: OutsideData) throws -> FilePath {
    let path = FilePath(parameters.path)
    let place = path.isAbsolute ? path : data.root?.pushing(path)
    guard let place else {
      throw TaskFailure(
        code: .badData,
        message: "the path '\(path)' starts at the root of the data, which is not set; \(data.rootHint)", phase: "read")
    }
    guard FileManager.default.fileExists(atPath: place.string) else {
      throw TaskFailure(code: .badData, message: "there is no volume '\(place)'; \(data.rootHint)", phase: "read")
    }
    return place
  }
}
