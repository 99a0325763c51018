import ArgumentParser
import ArrayStores
import Foundation
import Reports
import SystemPackage

/// Which array of a path is meant, and which part of its axes.
struct VolumeOptions: ParsableArguments {
  @Option(help: "The array in a Zarr or HDF5 file (default: the only one, the finest level of an OME-Zarr image).")
  var array: String?

  @Option(help: ArgumentHelp("One index for each axis before z, y and x, as in 0,1.", valueName: "n,n"))
  var leading: WholeNumbers?

  @Option(help: "The voxel size, z,y,x in um (default: what the file says).")
  var voxel: ThreeNumbers?

  @OptionGroup var source: DataSource

  func file(_ path: String) throws -> ArrayFile {
    try ArrayFile(opening: FilePath(path), as: source.format, array: array)
  }

  func volume(_ path: String) throws -> VolumeView { try VolumeView(of: file(path), leading: leading?.values ?? []) }
}

/// Whole numbers, as in `64,64,64`.
struct WholeNumbers: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Int($0) }
    guard values.count == parts.count, values.allSatisfy({ $0 >= 0 }) else { return nil }
  }
}

/// `lightbench data mip`: a maximum projection.
struct DataMIPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mip", abstract: "Write a maximum projection of a volume as PNG.",
    discussion: "The volume is read slab by slab. Pixels are square in um where the voxel size is known.")

  @Argument(help: "A file or folder.")
  var path: String

  @Option(name: .shortAndLong, help: "The PNG file to write; nothing may stand there.")
  var output: String

  @Option(help: "The axis to look along: z, y or x.")
  var axis = Axis.z

  @Option(help: ArgumentHelp("The percentiles that are black and white.", valueName: "low,high"))
  var percentiles: Percents = Percents(low: 1, high: 99.8)

  @Option(help: "Pixels a voxel (default: what makes the picture about 900 pixels large).")
  var scale: Int?

  @Flag(help: "Without the caption and the scale bar.")
  var plain = false

  @OptionGroup var options: VolumeOptions

  enum Axis: String, ExpressibleByArgument, CaseIterable { case z, y, x }

  func validate() throws {
    if let scale, !(1...32).contains(scale) { throw ValidationError("--scale takes 1 to 32 pixels, not \(scale)") }
  }

  func run() throws {
    try refuseExisting(output)
    let volume = try reading { try options.volume(path) }
    let place = Axis.allCases.firstIndex(of: axis) ?? 0
    let (shape, values) = try reading { try volume.maximum(along: place) }
    let size = options.voxel?.values ?? volume.voxelSize
    let kept = [0, 1, 2].filter { $0 != place }
    var picture = ProjectionPicture(
      rows: shape[0], columns: shape[1], values: values, spacing: size.map { ($0[kept[0]], $0[kept[1]]) })
    picture.percents = (percentiles.low, percentiles.high)
    picture.scale = scale
    if !plain {
      picture.caption = "max along \(axis.rawValue), \(volume.shape.map(String.init).joined(separator: " x "))"
    }
    let (bytes, black, white) = try picture.png()
    try Data(bytes).write(to: URL(filePath: output), options: .atomic)
    print("\(path) -> \(output): maximum along \(axis.rawValue), black \(short(black)), white \(short(white))")
  }
}

/// Two percentiles, as in `1,99.8`.
struct Percents: ExpressibleByArgument, CustomStringConvertible {
  let low: Double
  let high: Double

  init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  init?(argument: String) {
    let parts = argument.split(separator: ",").compactMap { Double($0) }
    guard parts.count == 2, parts[0] >= 0, parts[0] < parts[1], parts[1] <= 100 else { return nil }
    (low, high) = (parts[0], parts[1])
  }

  var description: String { "\(short(low)),\(short(high))" }
}

/// Ends with exit code 6 where something stands that would be written over.
func refuseExisting(_ path: String) throws {
  guard FileManager.default.fileExists(atPath: path) else { return }
  say("error: '\(path)' stands there already; choose another name")
  Exit.leave(.environment)
}
