import ArrayStores
import Fingerprints
import Foundation
import Imaging
import Neural
import Pipeline
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

@Suite struct HeatmapTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func array(_ shape: [Int], seed: UInt64 = 3) throws -> NDArray {
    var random = Philox(seed: seed, purpose: "volume")
    let values = (0..<shape.reduce(1, *)).map { _ in UInt16(100 + random.uniform(in: 0...4000)) }
    return try NDArray(values, shape: shape)
  }

  private func volume(_ array: NDArray, voxelSize: [Double]? = [4, 2, 2]) throws -> VolumeFile {
    let path = folder.path.appending("volume-\(UUID().uuidString).ome.zarr")
    try OMEZarrImage.write(array, voxelSize: voxelSize, to: path, chunkShape: [4, 9, 11])
    return try VolumeFile(opening: path.string)
  }

  private func model(_ normalisation: Normalisation?, patch: [Int] = [1, 2, 2]) throws -> DetectorModel {
    var model = try Sample.model()
    let configuration = ConvMixerConfiguration(dim: 8, depth: 2, kernel: [3, 3, 3], patch: patch)
    model.architecture = .convMixer(configuration)
    model.state = ConvMixer3D(configuration, seed: 9).state
    model.normalisation = normalisation
    return model
  }

  /// Where a new heatmap stands.
  private func heatmap(
    _ model: DetectorModel, _ volume: VolumeFile, threads: Int, block: Extent = Heatmap.largestBlock
  ) throws -> FilePath {
    let path = folder.path.appending("heatmap-\(UUID().uuidString)")
    try Heatmap(of: model, threads: threads, block: block)
      .write(for: volume, voxelSize: volume.voxelSize, to: path, progress: { _, _ in })
    return path
  }

  private func files(_ path: FilePath) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: path.string)
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        FileManager.default.contents(atPath: path.appending(name).string).map { (name, $0) }
      })
  }

  // MARK: -

  static let cases: [(Normalisation?, [Int])] = [
    (nil, [1, 2, 2]), (.percentile(low: 0.5, high: 99.8, clips: true), [2, 3, 3]),
    (.logRatio(window: Extent(3, 9, 9), low: -0.5, high: 2), [1, 2, 2]),
  ]

  @Test(arguments: cases)
  func `blocks and threads do not change a byte, and the whole volume at once gives the same`(
    normalisation: Normalisation?, patch: [Int]
  ) throws {
    let image = try array([5, 133, 67])
    let (volume, model) = (try volume(image), try model(normalisation, patch: patch))
    let path = try heatmap(model, volume, threads: 1, block: Extent(1, 1, 1))
    let expected = try files(path)
    for (threads, block) in [(2, Extent(64, 128, 70)), (3, Extent(1000, 1000, 1000))] {
      #expect(try files(heatmap(model, volume, threads: threads, block: block)) == expected)
    }

    let raw = Volume(size: volume.size, values: image.floats())
    let normalised = normalisation?.applied(to: raw) ?? raw
    let network = try model.network()
    let whole = network.probabilities(
      Tensor(normalised.values, shape: [1] + volume.size.axes), on: Engine(threads: 1))
    #expect(try OMEZarrImage(opening: path).array().read().floats() == whole.values)
  }

  @Test func `windows of an encoder do not depend on blocks and threads`() throws {
    let image = try array([9, 75, 70])
    let (volume, model) = (try volume(image), try Sample.encoderDetector())
    let path = try heatmap(model, volume, threads: 1, block: Extent(1, 1, 1))
    let expected = try files(path)
    #expect(try files(heatmap(model, volume, threads: 3, block: Extent(1000, 1000, 1000))) == expected)
    let raw = Volume(size: volume.size, values: image.floats())
    let normalised = try #require(model.normalisation).applied(to: raw)
    let whole = try model.network().probabilities(
      Tensor(normalised.values, shape: [1] + volume.size.axes), on: Engine(threads: 2))
    #expect(try OMEZarrImage(opening: path).array().read().floats() == whole.values)
  }

  @Test func `a heatmap has shape, voxel size and threshold`() throws {
    let path = folder.path.appending("heatmap")
    let volume = try volume(array([5, 20, 31]))
    var calls: [Int] = []
    try Heatmap(of: model(.percentile()), threads: 1)
      .write(for: volume, voxelSize: volume.voxelSize, to: path) { done, blocks in calls += [done, blocks] }
    let image = try OMEZarrImage(opening: path)
    #expect(image.voxelSize() == [4, 2, 2])
    #expect(try image.array().shape == [5, 20, 31])
    #expect(try image.array().type == .float32)
    #expect(image.name == "heatmap")
    guard case .map(let attributes) = try ZarrGroup(opening: path).attributes,
      case .map(let facts)? = attributes["lightbench"]
    else { throw Missing() }
    #expect(facts["tau"] == 0.37)
    #expect(calls == [1, 1])
  }

  private struct Missing: Error {}

  @Test func `a failed heatmap leaves nothing, and nothing is written over`() throws {
    var values = [Float](repeating: 1, count: 2 * 4 * 4)
    values[21] = .nan
    let volume = try volume(NDArray(values, shape: [2, 4, 4]))
    let path = folder.path.appending("heatmap")
    let heatmap = try Heatmap(of: model(nil), threads: 1)
    let failure = try #require(throws: TaskFailure.self) {
      try heatmap.write(for: volume, voxelSize: nil, to: path, progress: { _, _ in })
    }
    #expect(
      failure.message == "'\(volume.name)' holds nan at voxel 1, 1, 1; replace what is no number, as by 0")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path.string)
    #expect(!names.contains { $0.hasPrefix("heatmap") })

    try Data().write(to: URL(filePath: path.string))
    let error = try #require(throws: ArrayStoreError.self) {
      try heatmap.write(for: volume, voxelSize: nil, to: path, progress: { _, _ in })
    }
    #expect(error.code == .alreadyExists)
  }

  // MARK: - Normalisation without the whole

  @Test(arguments: [[0.5, 99.8], [0, 100], [50, 50.01]])
  func `percentiles of a file are those of its volume`(percents: [Double]) throws {
    var random = Philox(seed: 4, purpose: "values")
    let values = (0..<6 * 30 * 17).map { _ in Float(random.uniform(in: -1...1)) * 1e3 }
    let whole = Volume(size: Extent(6, 30, 17), values: values)
    let file = try volume(NDArray(values, shape: [6, 30, 17]))
    for normalisation in [
      Normalisation.percentile(low: percents[0], high: percents[1]), .logRatio(window: Extent(3, 3, 3)),
    ] {
      #expect(try normalisation.measured(on: file) == normalisation.measured(on: whole))
    }
  }

  // MARK: - Volumes

  @Test func `a volume is a Zarr array, an OME-Zarr image or a dataset of an HDF5 file`() throws {
    let image = try array([3, 5, 7])
    let expected = image.floats()
    let zarr = folder.path.appending("array.zarr")
    try ZarrArray.write(image.reshaped([1, 3, 5, 7]), to: zarr)
    let one = folder.path.appending("one.h5")
    try HDF5File.write([("deep/volume", image), ("numbers", try NDArray([1, 2] as [Float], shape: [2]))], to: one)
    let two = folder.path.appending("two.h5")
    try HDF5File.write([("a", image), ("b", try NDArray([Float](repeating: 0, count: 8), shape: [2, 2, 2]))], to: two)
    for name in [zarr.string, one.string, one.string + ":deep/volume", one.string + ":/deep/volume", "\(two):a"] {
      let file = try VolumeFile(opening: name)
      #expect(file.size == Extent(3, 5, 7))
      #expect(file.voxelSize == nil)
      #expect(try file.read(Box(file.size)).values == expected)
      let part = Box(lower: Extent(1, 2, 3), upper: Extent(2, 5, 6))
      #expect(try file.read(part) == Volume(size: file.size, values: expected).cropped(to: part))
    }
    #expect(try volume(image).voxelSize == VoxelSize(4, 2, 2))
    let several = try #require(throws: TaskFailure.self) { try VolumeFile(opening: two.string) }
    #expect(several.message == "'\(two)' has several volumes: 'a', 'b'; name one as in '\(two):a'")
    let none = try #require(throws: TaskFailure.self) { try VolumeFile(opening: "\(two):c") }
    #expect(none.message == "'\(two):c' is no volume in '\(two)', which has 'a', 'b'")
  }

  @Test func `a volume is a TIFF stack`() throws {
    let path = folder.path.appending("volume.tif")
    try Data(tiff).write(to: URL(filePath: path.string))
    let file = try VolumeFile(opening: path.string)
    #expect(file.size == Extent(1, 2, 3))
    #expect(try file.read(Box(file.size)).values == [1, 2, 3, 256, 257, 65535])
    #expect(try file.read(Box(lower: Extent(0, 1, 1), upper: Extent(1, 2, 3))).values == [257, 65535])
  }

  /// One page of 2 x 3 samples of 16 bits, little-endian: the samples, then the directory.
  private var tiff: [UInt8] {
    func short(_ value: Int) -> [UInt8] { [UInt8(value & 0xff), UInt8(value >> 8)] }
    func long(_ value: Int) -> [UInt8] { short(value & 0xffff) + short(value >> 16) }
    let samples = [1, 2, 3, 256, 257, 65535].flatMap(short)
    // Width, height, bits, compression, photometric, strip offset, samples a pixel, rows a strip, bytes a strip.
    let fields = [
      (256, 3), (257, 2), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, 2), (279, samples.count),
    ]
    let entries = fields.flatMap { short($0.0) + short(4) + long(1) + long($0.1) }
    return Array("II".utf8) + short(42) + long(8 + samples.count) + samples + short(fields.count) + entries + long(0)
  }

  @Test func `what is no volume is said to be none`() throws {
    let missing = try #require(throws: TaskFailure.self) { try VolumeFile(opening: "nothing.tif") }
    #expect(missing.message == "there is no volume 'nothing.tif'")
    let flat = folder.path.appending("flat.zarr")
    try ZarrArray.write(NDArray([1, 2, 3, 4] as [Float], shape: [2, 2]), to: flat)
    let failure = try #require(throws: TaskFailure.self) { try VolumeFile(opening: flat.string) }
    #expect(
      failure.message
        == "'\(flat)' has the shape [2, 2], expected z, y, x, and one entry along any axis before them")
    let text = folder.path.appending("text.tif")
    try Data("no image".utf8).write(to: URL(filePath: text.string))
    let broken = try #require(throws: TaskFailure.self) { try VolumeFile(opening: text.string) }
    #expect(broken.message.hasPrefix("cannot read the volume: '\(text)'"))
  }
}
