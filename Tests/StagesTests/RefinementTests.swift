import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Neural
import Pipeline
import Recipes
import Tensors
import Testing

@testable import Stages

/// Features of detections, refiners, and refined detections.
@Suite struct RefinementStageTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  private func failure(_ kind: String, _ inputs: [String: [InputArtifact]]) async throws -> String {
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run(kind, TinyRuns.parameters(kind), inputs)
    }
    #expect(failure.code == .badData)
    return failure.message
  }

  // MARK: - One region held out

  @Test(arguments: [(1, "train-0", ["validation-0", "test-0"]), (3, "test-0", ["train-0", "validation-0"])])
  func `a fold holds one region out and keeps the order of the others`(
    fold: Int, held: String, rest: [String]
  ) async throws {
    let inputs = try await TinyRuns.inputs("select.regions", in: bench)
    let manifest = try await bench.run("select.regions", "{fold: \(fold)}", inputs).manifest
    let out = try AnnotatedRegions(bench.read(bench.output("held", of: manifest)))
    let others = try AnnotatedRegions(bench.read(bench.output("rest", of: manifest)))
    #expect(out.regions.map(\.id) == [held] && others.regions.map(\.id) == rest)
    #expect(out.marker == TinyRegions.marker)
    let raw = try TinyRegions.raw().regions.first { $0.id == held }
    #expect(out.regions.first?.image == raw?.image && out.regions.first?.centres == raw?.centres)
  }

  @Test func `a fold that no region stands at is an error`() async throws {
    let inputs = try await TinyRuns.inputs("select.regions", in: bench)
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("select.regions", "{fold: 4}", inputs)
    }
    #expect(failure.message == "there is no region 4 to hold out, input 'regions' has 3")
  }

  // MARK: - Features

  private func features(_ role: Role, _ parameters: String = "{}") async throws -> RegionFeatures {
    try RegionFeatures(bench.read(try await TinyRuns.features(of: role, in: bench, parameters)))
  }

  @Test func `the features are the model's mean patch tokens of the crop around each detection`() async throws {
    let found = try await features(.test)
    let (model, proposals) = (try TinyRegions.autoencoder(), try TinyRegions.proposals(.test))
    let network = try model.network()
    let volume = try TinyRegions.only(.test).regions[0].volume()
    #expect(found.regions.map(\.name) == ["test-0"] && found.encoder.kind == .trained && found.encoder.width == 12)
    #expect(found.intensityNames == LocalIntensity.names)
    try #require(found.regions[0].tokens.count == proposals.detections[0].count)
    for (place, point) in proposals.detections[0].points.enumerated() {
      let box = Box(centredOn: point, size: Extent(8, 16, 16), within: volume.size)
      let crop = Tensor(volume.cropped(to: box).values, shape: [1, 8, 16, 16])
      #expect(found.regions[0].tokens[place] == network.meanTokens(crop, on: Engine(threads: 1))[0])
      #expect(found.regions[0].intensities[place] == LocalIntensity.values(at: point, in: volume, crop: box))
    }
  }

  @Test func `a random encoder has the shape of the model, and its seed alone decides its weights`() async throws {
    let trained = try await features(.test)
    let random = try await features(.test, "{encoder: random}")
    let other = try await features(.test, "{encoder: random, seed: 1}")
    #expect(random.encoder.kind == .random && random.encoder.width == 12)
    #expect(random.regions[0].tokens != trained.regions[0].tokens)
    #expect(other.regions[0].tokens != random.regions[0].tokens && other.encoder != random.encoder)
    #expect(random.regions[0].intensities == trained.regions[0].intensities)
    let again = try await bench.run(
      "features.mae", "{encoder: random}", TinyRuns.inputs("features.mae", in: bench), seed: 77
    ).manifest
    #expect(try RegionFeatures(bench.read(bench.output("features", of: again))) == random)
  }

  @Test func `regions that the model cannot see are refused`() async throws {
    var inputs = try await TinyRuns.inputs("features.mae", in: bench)
    inputs["regions"] = [try bench.keep(TinyRegions.only(.train).bundle())]
    #expect(
      try await failure("features.mae", inputs)
        == "there are detections in region 'test-0', input 'regions' holds 'train-0'")
    inputs["regions"] = [try bench.keep(TinyRegions.raw().bundle())]
    #expect(
      try await failure("features.mae", inputs)
        == "the regions of 'dots' are normalised otherwise than those that the masked autoencoder was trained on; "
        + "prepare them alike")
    var model = try TinyRegions.autoencoder()
    let configuration = MaskedAutoencoderConfiguration(.smoke, patch: [4, 8, 8])
    model.configuration = configuration
    model.state = MaskedAutoencoder3D(configuration, seed: 1).state
    inputs["regions"] = [try bench.keep(TinyRegions.only(.test).bundle())]
    inputs["model"] = [try bench.keep(model.bundle())]
    #expect(
      try await failure("features.mae", inputs)
        == "crop 16 x 32 x 32 of the model does not fit region 'test-0' of 8 x 32 x 32 voxels")
  }

  // MARK: - Refiners

  private func refiner(_ parameters: String = "{}") async throws -> (model: RefinerModel, manifest: Manifest) {
    let manifest = try await bench.run(
      "train.refiner", parameters, TinyRuns.inputs("train.refiner", in: bench)
    ).manifest
    return (try RefinerModel(bench.read(bench.output("refiner", of: manifest))), manifest)
  }

  @Test(arguments: ["{}", "{classifier: perceptron}", "{inputs: [intensity]}", "{inputs: [encoder]}"])
  func `a refiner learns which detections are true, and chooses its threshold`(parameters: String) async throws {
    let (model, manifest) = try await refiner(parameters)
    let (all, truth) = (
      try TinyRegions.proposals(.train).detections[0].count, try TinyRegions.only(.train).regions[0].centres.count
    )
    #expect(try manifest.metric("proposals") == Double(all))
    #expect(try manifest.metric("proposals.true") == Double(truth) && truth < all)
    #expect(try manifest.metric("train.auc") == 1)
    #expect(try manifest.metric("validation.auc") == 1)
    #expect(try manifest.metric("validation.f1") == 1)
    #expect(try manifest.metric("tau") == model.tau && model.tau > 0 && model.tau < 1)
    #expect(try manifest.metric("inputs") == Double(model.width))
    #expect(model.marker == TinyRegions.marker)
    #expect(model.seen.map(\.source) == [.of("train-0"), .of("validation-0")])
    #expect((model.encoder != nil) == model.inputs.contains(.encoder))
  }

  @Test func `the score alone is no better than it is`() async throws {
    let (_, manifest) = try await refiner("{inputs: [score]}")
    #expect(try #require(try manifest.metric("train.auc")) < 1)
    #expect(try manifest.metric("inputs") == 1)
  }

  @Test func `a detection in an ignore box is no example`() async throws {
    var inputs = try await TinyRuns.inputs("train.refiner", in: bench)
    var regions = try TinyRegions.only(.train)
    let centre = regions.regions[0].centres[0]
    let corner = Extent(Int(centre.z), Int(centre.y), Int(centre.x))
    regions.regions[0].ignore = [
      Box(lower: corner, upper: Extent(corner.z + 1, corner.y + 1, corner.x + 1))
    ]
    inputs["regions"] = [try bench.keep(regions.bundle())]
    let manifest = try await bench.run("train.refiner", "{}", inputs).manifest
    let all = try TinyRegions.proposals(.train).detections[0].count
    #expect(try manifest.metric("proposals") == Double(all - 1))
    #expect(try manifest.metric("proposals.true") == 3)
  }

  @Test func `refined detections keep their places and carry the refiner's scores and threshold`() async throws {
    let manifest = try await TinyRuns.run("refine.detections", in: bench).manifest
    let found = try RegionDetections(bench.read(bench.output("detections", of: manifest)))
    let before = try TinyRegions.proposals(.test)
    let model = try await refiner().model
    #expect(found.regions == before.regions && found.detections[0].points == before.detections[0].points)
    #expect(found.tau == model.tau)
    let centres = try TinyRegions.only(.test).regions[0].centres
    #expect(found.detections[0].atLeast(Float(model.tau)).points == centres)
    #expect(try manifest.metric("kept") == Double(centres.count))
  }

  // MARK: - What does not go together

  @Test func `what a refiner cannot learn from is told`() async throws {
    let good = try await TinyRuns.inputs("train.refiner", in: bench)
    func failure(_ change: (inout [String: [InputArtifact]]) async throws -> Void) async throws -> String {
      var inputs = good
      try await change(&inputs)
      return try await self.failure("train.refiner", inputs)
    }
    #expect(
      try await failure { $0["features"] = good["validation_features"] }
        == "the features are of 4 in 'validation-0', the detections are 8 in 'train-0'; take the features of these "
        + "detections")
    #expect(
      try await failure { $0["features"]? += good["features"] ?? [] }
        == "'detections' and 'features' go in pairs, there are 1 and 2")
    #expect(
      try await failure {
        $0["features"]? += good["features"] ?? []
        $0["detections"]? += good["detections"] ?? []
      } == "there are two lists of detections in region 'train-0'")
    #expect(
      try await failure { $0["regions"] = good["validation_regions"] }
        == "there are detections in region 'train-0', input 'regions' holds 'validation-0'")
    #expect(
      try await failure {
        $0["validation_features"] = [try await TinyRuns.features(of: .validation, in: bench, "{encoder: random}")]
      }
      .hasPrefix("the refiner was trained with the trained encoder "))
    func withoutCells(_ role: Role) throws -> InputArtifact {
      var regions = try TinyRegions.only(role)
      regions.regions[0].centres = []
      return try bench.keep(regions.bundle())
    }
    let (empty, unseen) = (try withoutCells(.train), try withoutCells(.validation))
    #expect(
      try await failure { $0["regions"] = [empty] }
        == "0 of the 8 detections of 'dots' to learn from are true; a refiner needs both kinds, lower 'floor' of "
        + "detect.model")
    #expect(
      try await failure { $0["validation_regions"] = [unseen] }
        == "no detection of 'dots' in validation regions is true, so that no threshold can be chosen; lower 'floor' of "
        + "the detect.model behind 'validation_detections'")
    let none = RegionDetections(regions: [], detections: [])
    let nowhere = RegionDetections(regions: ["train-0"], detections: [Detections()])
    let nothing = RegionFeatures(
      encoder: try RegionFeatures(bench.read(try #require(good["features"]?.first))).encoder,
      intensityNames: LocalIntensity.names, regions: [])
    let blank = RegionFeatures(
      encoder: nothing.encoder, intensityNames: LocalIntensity.names,
      regions: [.init(name: "train-0", tokens: [], intensities: [])])
    let (undetected, featureless) = (try bench.keep(nowhere.bundle()), try bench.keep(blank.bundle()))
    #expect(
      try await failure {
        $0["detections"] = [undetected]
        $0["features"] = [featureless]
      } == "there are no detections of 'dots' to learn from; lower 'floor' of detect.model")
    let (lists, described) = (try bench.keep(none.bundle()), try bench.keep(nothing.bundle()))
    #expect(
      try await failure {
        $0["validation_detections"] = [lists]
        $0["validation_features"] = [described]
      } == "there are no validation regions of 'dots'")
  }

  @Test func `features of another encoder, or other intensities, are refused`() async throws {
    var inputs = try await TinyRuns.inputs("refine.detections", in: bench)
    let own = try RegionFeatures(bench.read(try #require(inputs["features"]?.first)))
    let random = try await TinyRuns.features(of: .test, in: bench, "{encoder: random}")
    let other = try RegionFeatures(bench.read(random)).encoder
    inputs["features"] = [random]
    #expect(
      try await failure("refine.detections", inputs)
        == "the refiner was trained with \(own.encoder), the features are of \(other); take the same model, and of a "
        + "random one the same seed")
    let renamed = RegionFeatures(
      encoder: own.encoder, intensityNames: ["a", "b", "c", "d", "e", "f", "g"], regions: own.regions)
    inputs["features"] = [try bench.keep(renamed.bundle())]
    #expect(
      try await failure("refine.detections", inputs)
        == "the refiner looks at the intensities \(LocalIntensity.names), the features hold \(renamed.intensityNames)")
  }
}
