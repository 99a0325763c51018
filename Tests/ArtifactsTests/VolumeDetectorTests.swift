import ArrayStores
import Foundation
import Imaging
import Neural
import Pipeline
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

@Suite struct VolumeDetectorTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func volume(_ values: [UInt16], _ shape: [Int], voxelSize: [Double]?) throws -> VolumeFile {
    let path = folder.path.appending("volume-\(UUID().uuidString).ome.zarr")
    try OMEZarrImage.write(
      NDArray(values, shape: shape), voxelSize: voxelSize, to: path, chunkShape: [4, 9, 11])
    return try VolumeFile(opening: path.string)
  }

  private func noise(_ shape: [Int], voxelSize: [Double]? = [4, 2, 2]) throws -> VolumeFile {
    var random = Philox(seed: 3, purpose: "volume")
    return try volume(
      (0..<shape.reduce(1, *)).map { _ in UInt16(100 + random.uniform(in: 0...4000)) }, shape, voxelSize: voxelSize)
  }

  /// A network that was never trained and finds a lot.
  private func model(voxelSize: VoxelSize? = VoxelSize(4, 2, 2)) throws -> DetectorModel {
    var model = try Sample.model()
    let configuration = ConvMixerConfiguration(dim: 8, depth: 2, kernel: [3, 3, 3], patch: [1, 2, 2])
    model.architecture = .convMixer(configuration)
    model.state = ConvMixer3D(configuration, seed: 9).state
    // The last bias starts where hardly anything is a cell.
    let name = try #require(model.state.names.last { $0.hasSuffix(".bias") })
    let bias = try #require(model.state[name])
    model.state[name] = Tensor([Float](repeating: 0, count: bias.count), shape: bias.shape)
    (model.normalisation, model.voxelSize) = (.percentile(low: 0.5, high: 99.8, clips: false), voxelSize)
    (model.minimumDistance, model.tau) = (3, 0.5)
    return model
  }

  @Test func `blocks and threads change nothing, and the whole volume at once gives the same`() throws {
    let file = try noise([6, 61, 47])
    let model = try model()
    let expected = try VolumeDetector(of: model, threads: 1).detections(
      in: file, voxelSize: file.voxelSize, fit: .asIs)
    #expect(expected.count > 20 && expected.scores.allSatisfy { $0 >= 0.5 })
    for (threads, block) in [(1, Extent(2, 8, 8)), (2, Extent(3, 20, 64))] {
      let found = try VolumeDetector(of: model, threads: threads, block: block).detections(
        in: file, voxelSize: file.voxelSize, fit: .asIs)
      #expect(found == expected)
    }
    let raw = try file.read(Box(file.size))
    let normalised = try #require(model.normalisation).applied(to: raw)
    let network = try model.network()
    let heat = network.probabilities(Tensor(normalised.values, shape: [1, 6, 61, 47]), on: Engine(threads: 1))
    let whole = FindMaxima(minimumDistance: 3, voxelSize: file.voxelSize)
      .detections(in: Volume(size: file.size, values: heat.values), above: VolumeDetector.floor)
    #expect(whole.atLeast(0.5) == expected)
    let few = try VolumeDetector(of: model, threads: 1).detections(
      in: file, voxelSize: file.voxelSize, fit: .asIs, tau: 0.55)
    #expect(few == whole.atLeast(0.55))
  }

  @Test func `blocks and threads change nothing of what an encoder finds`() throws {
    let file = try noise([9, 61, 47])
    var model = try Sample.encoderDetector()
    (model.minimumDistance, model.tau) = (3, 0.5)
    func found(_ threads: Int, _ block: Extent) throws -> Detections {
      try VolumeDetector(of: model, threads: threads, block: block).detections(
        in: file, voxelSize: file.voxelSize, fit: .asIs)
    }
    let expected = try found(1, Heatmap.largestBlock)
    #expect(expected.count > 20)
    #expect(try found(3, Extent(2, 8, 8)) == expected)
    #expect(try found(2, Extent(5, 20, 64)) == expected)
    #expect(try VolumeDetector(of: model, threads: 1).memory(.asIs) > 4 * 3 * 64 * 128 * 128)
  }

  @Test func `voxel sizes agree, are resampled, or are told`() throws {
    let detector = try VolumeDetector(of: model(), threads: 1)
    #expect(try detector.fit(VoxelSize(4, 2.02, 1.98), resamples: false) == .asIs)
    #expect(
      try detector.fit(VoxelSize(4, 1, 1), resamples: true)
        == .resampled(from: VoxelSize(4, 1, 1), to: VoxelSize(4, 2, 2)))
    func refusal(_ size: VoxelSize?, _ resamples: Bool, _ detector: VolumeDetector) throws -> String {
      try #require(throws: TaskFailure.self) { try detector.fit(size, resamples: resamples) }.message
    }
    #expect(
      try refusal(VoxelSize(4, 1, 1), false, detector)
        == "the volume has voxels of 4.0 x 1.0 x 1.0 um (z, y, x), the model was trained on 4.0 x 2.0 x 2.0; "
        + "--resample looks at the volume on the model's grid")
    #expect(
      try refusal(nil, true, detector)
        == "the voxel size of the volume is unknown, the model was trained on 4.0 x 2.0 x 2.0 um; say it with "
        + "--voxel z,y,x")
    let unknown = try VolumeDetector(of: model(voxelSize: nil), threads: 1)
    #expect(try unknown.fit(nil, resamples: false) == .asIs)
    #expect(
      try refusal(VoxelSize(4, 2, 2), true, unknown)
        == "the model does not say the voxel size it was trained on, so nothing can be resampled; leave --resample out")
  }

  // MARK: - Resampling

  @Test func `a linear ramp stays one on any grid, and boxes are parts of the whole`() throws {
    let shape = [6, 12, 10]
    let values = (0..<720).map { index -> UInt16 in
      let (z, y, x) = (index / 120, index / 10 % 12, index % 10)
      return UInt16(100 + 40 * z + 20 * y + 8 * x)
    }
    let file = try volume(values, shape, voxelSize: [4, 2, 2])
    for size in [VoxelSize(8, 4, 4), VoxelSize(2, 1, 1), VoxelSize(4, 3, 2)] {
      let seen = ResampledVolume(file, from: VoxelSize(4, 2, 2), to: size)
      let whole = try seen.read(Box(seen.size))
      for z in 1..<seen.size.z - 1 {
        for y in 1..<seen.size.y - 1 {
          for x in 1..<seen.size.x - 1 {
            let place = seen.place(of: Point(Extent(z, y, x)))
            let expected = 100 + 40 * place.z + 20 * place.y + 8 * place.x
            #expect(abs(whole[z, y, x] - expected) < 0.01, "\(size) \(z) \(y) \(x)")
          }
        }
      }
      let box = Box(lower: Extent(1, 1, 0), upper: Extent(seen.size.z, seen.size.y - 1, seen.size.x - 1))
      #expect(try seen.read(box).values == whole.cropped(to: box).values)
    }
    let same = ResampledVolume(file, from: VoxelSize(4, 2, 2), to: VoxelSize(4, 2, 2))
    #expect(try same.read(Box(same.size)).values == file.read(Box(file.size)).values)
    #expect(same.place(of: Point(1, 2, 3)) == Point(1, 2, 3))
  }

  @Test func `cells of a resampled volume lie in its own voxels`() throws {
    let model = try model()
    let coarse = try noise([6, 40, 40])
    let expected = try VolumeDetector(of: model, threads: 1).detections(
      in: coarse, voxelSize: coarse.voxelSize, fit: .asIs)
    // The same voxels, each of them twice along y and x.
    let values = try coarse.read(Box(coarse.size)).values
    let fine = (0..<6 * 80 * 80).map { index in
      UInt16(values[(index / 6400 * 40 + index / 80 % 80 / 2) * 40 + index % 80 / 2])
    }
    let file = try volume(fine, [6, 80, 80], voxelSize: [4, 1, 1])
    let detector = try VolumeDetector(of: model, threads: 1)
    let found = try detector.detections(
      in: file, voxelSize: file.voxelSize, fit: detector.fit(file.voxelSize, resamples: true))
    #expect(found.scores == expected.scores)
    #expect(found.points == expected.points.map { Point($0.z, 2 * $0.y + 0.5, 2 * $0.x + 0.5) })
  }

  @Test func `the memory that is told grows with the window of a log-ratio and with finer voxels`() throws {
    var model = try model()
    let detector = try VolumeDetector(of: model, threads: 1)
    let plain = detector.memory(.asIs)
    let coarse = detector.memory(.resampled(from: VoxelSize(4, 2, 2), to: VoxelSize(4, 2, 2)))
    let fine = detector.memory(.resampled(from: VoxelSize(4, 1, 1), to: VoxelSize(4, 2, 2)))
    #expect(plain < coarse && coarse < fine)
    model.normalisation = .logRatio(window: Extent(3, 31, 31), low: -2, high: 2)
    #expect(try VolumeDetector(of: model, threads: 1).memory(.asIs) > plain)
  }

  @Test func `voxel sizes that are nearly equal are taken for equal, and said`() throws {
    let detector = try VolumeDetector(of: try model(), threads: 1)
    let near = VoxelSize(4, 2.1, 2)
    #expect(
      detector.remark(on: near, try detector.fit(near, resamples: false))
        == "the volume has voxels of 4.0 x 2.1 x 2.0 um (z, y, x), the model was trained on 4.0 x 2.0 x 2.0; up to 10% "
        + "apart they are taken for equal")
    #expect(detector.remark(on: VoxelSize(4, 2, 2), .asIs) == nil)
  }
}
