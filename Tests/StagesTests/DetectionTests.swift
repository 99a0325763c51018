import ArrayStores
import Artifacts
import Imaging
import Neural
import Pipeline
import Tensors
import Testing

@testable import Stages

@Suite struct DetectionTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  @Test func `the list above a threshold equals a fresh decode of the heatmap there`() async throws {
    let inputs = try await TinyRuns.inputs("detect.model", in: bench)
    let manifest = try await bench.run("detect.model", "{}", inputs).manifest
    let found = try RegionDetections(bench.read(bench.output("detections", of: manifest)))
    let model = try DetectorModel(bench.read(try #require(inputs["model"]?.first)))
    let network = try model.network()
    let volume = try TinyRegions.only(.test).regions[0].volume()
    let probabilities = network.probabilities(
      Tensor(volume.values, shape: [1] + volume.size.axes), on: Engine(threads: 1))
    let heatmap = Volume(size: volume.size, values: probabilities.values, voxelSize: volume.voxelSize)
    let maxima = FindMaxima(minimumDistance: model.minimumDistance, voxelSize: volume.voxelSize)
    let scores = found.detections[0].scores.sorted()
    try #require(scores.count > 2)
    for tau in [scores[scores.count / 2], Float(model.tau)] {
      #expect(
        found.detections[0].atLeast(tau) == maxima.detections(in: heatmap, above: ModelDetector.floor).atLeast(tau))
    }
    #expect(try manifest.metric("detections") == Double(scores.count))
  }

  @Test func `bright balls are found by the difference of Gaussians with a threshold of its own`() async throws {
    let known = try bench.keep(TinyRegions.only(.validation).bundle())
    let manifest = try await bench.run("detect.dog", "{}", ["validation": [known], "regions": [known]]).manifest
    let found = try RegionDetections(bench.read(bench.output("detections", of: manifest)))
    let tau = try #require(found.tau)
    #expect(try manifest.metric("tau") == tau)
    let kept = found.detections[0].atLeast(Float(tau))
    #expect(try manifest.metric("validation.f1") == 1)
    let centres = try TinyRegions.only(.validation).regions[0].centres
    #expect(kept.count == centres.count)
    for centre in centres {
      #expect(kept.points.contains { abs($0.z - centre.z) + abs($0.y - centre.y) + abs($0.x - centre.x) <= 1.5 })
    }
  }

  @Test func `chance sets as many points as there are annotations, inside the region`() async throws {
    let manifest = try await TinyRuns.run("detect.chance", in: bench).manifest
    let found = try RegionDetections(bench.read(bench.output("detections", of: manifest))).detections[0]
    #expect(found.count == 3)
    #expect(found.points.allSatisfy { $0.z <= 7 && $0.y <= 31 && $0.x <= 31 && min($0.z, $0.y, $0.x) >= 0 })
  }

  @Test func `each region goes to the output of its role, with values measured on itself`() async throws {
    let manifest = try await TinyRuns.run("prepare.normalize", in: bench).manifest
    for role in Role.allCases {
      let regions = try AnnotatedRegions(bench.read(bench.output(role.rawValue, of: manifest)))
      #expect(regions.regions.map(\.id) == ["\(role.rawValue)-0"])
      #expect(regions.normalisation == .percentile(low: 0.5, high: 99.8, clips: false))
      #expect(regions.regions[0].intensities != nil)
    }
  }
}
