import ArgumentParser
import Artifacts
import Foundation
import Imaging
import SystemPackage

/// `lightbench detect`: the cells in anyone's volume.
struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find the cells in anyone's volume with a model.",
    discussion: """
      The volume is normalised on itself as the model says and goes through the network block by block, so that memory \
      grows only with the maxima that are found, some 32 bytes each (a TIFF is held as a whole); cells are maxima no \
      nearer than the model's minimum distance, of a probability of at least tau. Voxel sizes up to 10% apart are taken \
      for equal, which is said. Equal model and volume give equal bytes, whatever -j.

        detect --model cfos.safetensors --input brain.ome.zarr -o cells.csv
        detect --model experiments/phantom-matrix.yaml:'train[marker=cfos]' --input brain.tif --voxel 4,1.8,1.8 -o cells.xml
      """)

  @Option(help: ModelOptions.sources)
  var model: String

  @Option(help: "A TIFF stack, a Zarr array, an OME-Zarr image, an HDF5 file, or FILE:PATH for one of its datasets.")
  var input: String

  @Option(help: "The voxel size of the volume, z,y,x in um (default: what the volume says).")
  var voxel: ThreeNumbers?

  @Option(help: "The probability from which a maximum is a cell (default: the model's).")
  var tau: Double?

  @Flag(help: "Look at a volume of another voxel size on the model's grid; without it that is an error.")
  var resample = false

  @Option(
    name: .shortAndLong,
    help: "The file to write: .csv, .napari.csv, .xml (cellfinder), or a folder .precomputed (Neuroglancer).")
  var output: String

  @Option(name: .shortAndLong, help: "Threads (default: all cores).")
  var jobs: Int?

  @OptionGroup var options: ModelOptions

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("-j takes a number of threads from 1, not \(jobs)")
    }
    if let tau, !(Double(VolumeDetector.floor)...1).contains(tau) {
      throw ValidationError("--tau takes a probability from \(VolumeDetector.floor) to 1, not \(tau)")
    }
  }

  func run() throws {
    let format = try PointFile.Format(of: FilePath(output))
    try PointFile.checkWritable(FilePath(output), as: format)
    let (name, model) = try options.model(model)
    let volume = try VolumeFile(opening: input)
    let voxelSize = voxel?.voxelSize ?? volume.voxelSize
    let detector = try VolumeDetector(of: model, threads: jobs ?? ProcessInfo.processInfo.activeProcessorCount)
    let fit = try detector.fit(voxelSize, resamples: resample)
    if let remark = detector.remark(on: voxelSize, fit) { say(remark) }
    say("about \(detector.memory(fit) >> 20) MiB a block, beside the program and, for a TIFF, the volume")
    let isTerminal = isatty(STDERR_FILENO) == 1
    let found = try detector.detections(in: volume, voxelSize: voxelSize, fit: fit, tau: tau) { done, blocks in
      guard isTerminal, blocks > 1 else { return }
      FileHandle.standardError.write(Data("\r\(done) of \(blocks) blocks\(done == blocks ? "\n" : "")".utf8))
    }
    let points = PointFile(regions: [.init(detections: found)], voxelSize: voxelSize)
    let written = try points.write(to: FilePath(output), as: format)
    print(
      "\(name), \(input) -> \(written.map(\.string).joined(separator: ", ")): \(found.count) cells in \(volume.size) "
        + "voxels, tau \(tau ?? model.tau)")
  }
}
