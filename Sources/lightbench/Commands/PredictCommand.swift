import ArgumentParser
import Artifacts
import Foundation
import Imaging
import SystemPackage

/// `lightbench predict`: the heatmap of a volume.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Write the heatmap of anyone's volume: the probability of a cell centre.",
    discussion: """
      The volume is normalised on itself as the model says, and goes through the network block by block, so that \
      memory is bounded whatever its size (a TIFF is held as a whole). The heatmap is an OME-Zarr image of Float32 \
      with the shape and the voxel size of the volume; equal model and volume give equal bytes, whatever -j.
      """)

  @Option(help: ModelOptions.sources)
  var model: String

  @Option(
    help: "A TIFF stack, a Zarr array, an OME-Zarr image, an HDF5 file, or FILE:PATH for one of its datasets.")
  var input: String

  @Option(name: .shortAndLong, help: "The OME-Zarr image to write; nothing may stand there.")
  var output: String

  @Option(help: "The voxel size, z,y,x in um (default: what the volume says).")
  var voxel: ThreeNumbers?

  @Option(name: .shortAndLong, help: "Threads (default: all cores).")
  var jobs: Int?

  @OptionGroup var options: ModelOptions

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("-j takes a number of threads from 1, not \(jobs)")
    }
  }

  func run() throws {
    let (name, model) = try options.model(model)
    let volume = try VolumeFile(opening: input)
    let voxelSize = voxel?.voxelSize ?? volume.voxelSize
    warn(of: voxelSize, model.voxelSize)
    let heatmap = try Heatmap(of: model, threads: jobs ?? ProcessInfo.processInfo.activeProcessorCount)
    let isTerminal = isatty(STDERR_FILENO) == 1
    try heatmap.write(for: volume, voxelSize: voxelSize, to: FilePath(output)) { done, blocks in
      guard isTerminal, blocks > 1 else { return }
      FileHandle.standardError.write(Data("\r\(done) of \(blocks) blocks\(done == blocks ? "\n" : "")".utf8))
    }
    print("\(name), \(input) -> \(output): \(volume.size) voxels")
  }

  /// Cells look otherwise at another voxel size; one in ten is no reason to speak.
  private func warn(of mine: VoxelSize?, _ trained: VoxelSize?) {
    guard let mine, let trained else { return }
    let ratios = [mine.z / trained.z, mine.y / trained.y, mine.x / trained.x]
    guard ratios.contains(where: { !(0.9...1.1).contains($0) }) else { return }
    say(
      "warning: the volume has voxels of \(mine.z) x \(mine.y) x \(mine.x) um, the model was trained on "
        + "\(trained.z) x \(trained.y) x \(trained.x) um")
  }
}
