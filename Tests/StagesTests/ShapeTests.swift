import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Pipeline
import Recipes
import Stages
import SystemPackage
import Testing

/// What is refused before the first voxel is drawn or read.
@Suite struct ShapeTests {
  private func mistakes(_ stages: String) throws -> [String] {
    let text = "lightbench: 1\nname: r\nseed: 1\nstages:\n" + stages
    do {
      let recipe = try Recipe.load("r.yaml", kinds: StageRegistry.lightbench.kinds.map(\.kind)) { _ in
        .success(Array(text.utf8))
      }
      let graph = try Graph(recipe, registry: .lightbench)
      try Lineages(graph, shapes: GraphShapes(graph, outside: nil)) { _ in nil }.refuseLeaks()
      return []
    } catch let error as RecipeError {
      return error.diagnostics.map {
        "\($0.range.map { "\($0)" } ?? "-") \($0.code): \($0.message)" + ($0.hint.map { " (\($0))" } ?? "")
      }
    }
  }

  private static let regions =
    "  regions: {use: phantom.regions, with: {marker: neun, train: 2, validation: 1, test: 1, size: [8, 48, 48]}}\n"
    + "  prepare: {use: prepare.normalize, in: {regions: regions.regions}}\n"

  private static func train(_ with: String, train: String = "prepare.train") -> String {
    regions + "  train: {use: train.detector, in: {train: \(train), validation: prepare.validation}, with: {\(with)}}\n"
  }

  private static func pretrain(_ with: String) -> String {
    regions + "  mae: {use: train.mae, in: {train: prepare.train, validation: prepare.validation}, with: {\(with)}}\n"
  }

  private static let judge =
    "  detect: {use: detect.model, in: {model: train.model, regions: prepare.test}}\n"
    + "  score: {use: evaluate.detections, in: {detections: detect.detections, regions: prepare.test}}\n"

  /// A detector on the encoder of a masked autoencoder whose windows have 8 x 32 x 32 voxels.
  private static func encoder(_ with: String, to kind: String = "mae-detector", in ports: String = "encoder: mae.model")
    -> String
  {
    pretrain("crop: [8, 32, 32], patch: [4, 8, 8]")
      + "  train: {use: train.detector, in: {train: prepare.train, validation: prepare.validation, \(ports)}, "
      + "with: {model: {kind: \(kind)}, \(with)}}\n" + judge
  }

  @Test(arguments: [
    (encoder("crop: [8, 64, 32]"), []),
    (
      encoder("crop: [8, 48, 32]"),
      [
        "r.yaml:8:154 E220: train: crop 8 x 48 x 32 is not made of whole windows of the encoder, which are 32 along y (nearest valid: 32, 64)"
      ]
    ),
    (
      encoder("crop: [4, 32, 32]"),
      [
        "r.yaml:8:154 E220: train: crop 4 x 32 x 32 is not made of whole windows of the encoder, which are 8 along z (nearest valid: 8)"
      ]
    ),
    (
      encoder("crop: [8, 32, 32]", in: ""),
      [
        "r.yaml:8:115 E220: train: a mae-detector needs the model of a masked autoencoder (connect one: 'in: {encoder: pretrain.model}')"
      ]
    ),
    (
      encoder("crop: [8, 32, 32]", to: "convmixer3d"),
      [
        "r.yaml:8:133 E220: train: a convmixer3d takes no encoder (say 'kind: mae-detector', or leave input 'encoder' out)"
      ]
    ),
    (
      // The encoder learnt from the test region, though without its annotations.
      encoder("crop: [8, 32, 32]").replacing(
        "mae: {use: train.mae, in: {train: prepare.train", with: "mae: {use: train.mae, in: {train: prepare.test"),
      [
        "r.yaml:10:82 E221: score tests on region 'test-1', and mae learned from the same voxels (test on other regions, or say 'allow_leakage: true' in the stage)"
      ]
    ),
    (train("crop: [8, 32, 32]") + judge, []),
    (
      train("crop: [9, 32, 32]"),
      [
        "r.yaml:7:105 E220: train: crop 9 x 32 x 32 does not fit region 'train-1' of 8 x 92 x 92 voxels (along z at most 8)"
      ]
    ),
    (
      train("crop: [8, 32, 34], model: {patch: [1, 4, 4]}"),
      ["r.yaml:7:105 E117: train.detector.crop: patch 4 does not divide crop 34 along x (nearest valid: 32, 36)"]
    ),
    (
      train("crop: [8, 32, 32], model: {kernel: 4}"),
      [
        "r.yaml:7:134 E117: train.detector.model.kernel: a kernel is odd along each axis, from 1 to 31"
      ]
    ),
    (
      train("crop: [8, 32, 32]").replacing("validation: 1", with: "validation: 0"),
      ["r.yaml:7:3 E220: train: input 'validation' has no regions"]
    ),
    (
      train("crop: [8, 32, 32]", train: "prepare.test") + judge,
      [
        "r.yaml:9:82 E221: score tests on region 'test-1', and train learned from the same voxels (test on other regions, or say 'allow_leakage: true' in the stage)"
      ]
    ),
    (
      train("crop: [8, 32, 32]").replacing("validation: prepare.validation", with: "validation: prepare.test") + judge,
      [
        "r.yaml:9:82 E221: score tests on region 'test-1', and train learned from the same voxels (test on other regions, or say 'allow_leakage: true' in the stage)"
      ]
    ),
    (
      regions + "  dog: {use: detect.dog, in: {validation: prepare.test, regions: prepare.test}}\n"
        + judge.split(separator: "\n")[1].replacing("detect.detections", with: "dog.detections"),
      [
        "r.yaml:8:79 E221: score tests on region 'test-1', and dog learned from the same voxels (test on other regions, or say 'allow_leakage: true' in the stage)"
      ]
    ),
  ])
  func `shapes and leaks are found at their place`(stages: String, expected: [String]) throws {
    let found = try mistakes(stages)
    #expect(found == expected)
  }

  // MARK: - Out-of-fold proposals

  /// Detections in the first training region by a detector that learnt from `train`, with what a refiner needs.
  private static func refinement(train: String, fold: Int = 1, features: String = "describe.features") -> String {
    pretrain("crop: 8") + """
        fold: {use: select.regions, in: {regions: prepare.train}, with: {fold: \(fold)}}
        train: {use: train.detector, in: {train: \(train), validation: prepare.validation}, with: {crop: [8, 32, 32]}}
        propose: {use: detect.model, in: {model: train.model, regions: fold.held}, with: {floor: 0.05}}
        describe: {use: features.mae, in: {detections: propose.detections, regions: prepare.train, model: mae.model}}
        known: {use: detect.model, in: {model: train.model, regions: prepare.validation}}
        describe_known: {use: features.mae, in: {detections: known.detections, regions: prepare.validation, model: mae.model}}
        refiner:
          use: train.refiner
          in: {detections: propose.detections, features: \(features), regions: prepare.train, validation_detections: known.detections, validation_features: describe_known.features, validation_regions: prepare.validation}
        detect: {use: detect.model, in: {model: train.model, regions: prepare.test}}
        describe_test: {use: features.mae, in: {detections: detect.detections, regions: prepare.test, model: mae.model}}
        refine: {use: refine.detections, in: {detections: detect.detections, features: describe_test.features, refiner: refiner.refiner}}
        score: {use: evaluate.detections, in: {detections: refine.detections, regions: prepare.test}}

      """
  }

  private static let cure =
    "take what is found in regions that were not learned from, or say 'allow_leakage: true' in the stage"

  @Test(arguments: [
    (refinement(train: "fold.rest"), []),
    (
      refinement(train: "prepare.train"),
      [
        "r.yaml:16:22 E221: refiner learns from what was found in region 'train-1', and train learned from the same voxels (\(cure))"
      ]
    ),
    (
      refinement(train: "fold.held", fold: 2),
      [
        "r.yaml:16:22 E221: refiner learns from what was found in region 'train-2', and train learned from the same voxels (\(cure))"
      ]
    ),
    (
      refinement(train: "fold.rest").replacing(
        "regions: prepare.train, validation_d", with: "regions: prepare.test, validation_d"),
      [
        "r.yaml:20:82 E221: score tests on region 'test-1', and refiner learned from the same voxels (test on other regions, or say 'allow_leakage: true' in the stage)"
      ]
    ),
    (
      refinement(train: "fold.rest", fold: 3),
      [
        "r.yaml:8:74 E220: fold: there is no region 3 to hold out, input 'regions' has 2 (use folds from 1 to the number of regions)"
      ]
    ),
    (
      refinement(train: "prepare.train").replacing(
        "use: train.refiner", with: "use: train.refiner\n    allow_leakage: true"),
      []
    ),
  ])
  func `proposals are of regions that their detector has not seen, or the recipe is refused`(
    stages: String, expected: [String]
  ) throws {
    let found = try mistakes(stages)
    #expect(found == expected)
  }

  @Test(arguments: [
    ("crop: [8, 32, 32]", nil),
    (
      "crop: [16, 32, 32]",
      "98 E220: mae: crop 16 x 32 x 32 does not fit region 'train-1' of 8 x 92 x 92 voxels (along z at most 8)"
    ),
    (
      "crop: [8, 36, 32]",
      "98 E117: train.mae.crop: patch 8 does not divide crop 36 along y (nearest valid: 32, 40)"
    ),
    ("crop: [8, 4, 32]", "98 E117: train.mae.crop: patch 8 does not divide crop 4 along y (nearest valid: 8)"),
    (
      "crop: 8, encoder: {width: 100}",
      "118 E117: train.mae.encoder.width: 3 heads do not divide the width 100 (nearest valid: 96, 102)"
    ),
    (
      "crop: 8, steps: 10, scale: 2",
      "119 E117: train.mae.scale: steps are 10 already, so that a scale of 2.0 changes nothing (set steps to null, or scale to 1)"
    ),
    (
      "crop: 8, decoder: {width: 40, heads: 4}",
      "118 E117: train.mae.decoder.width: 6 does not divide the width 40: a third an axis, half sines, half cosines (nearest valid: 36, 48)"
    ),
    (
      "crop: 8, mask_ratio: 0.9",
      "113 E117: train.mae.mask_ratio: 0.9 of 2 patches leaves 0 visible (at least one is visible, and one masked)"
    ),
    (
      "crop: 8, masks_per_crop: 3",
      "117 E117: train.mae.masks_per_crop: a batch of 16 is no multiple of 3 masks a crop"
    ),
    (
      "crop: 8, alpha: 0, gamma: 0", "108 E117: train.mae.alpha: alpha and gamma are both 0, so that no patch counts"
    ),
    ("crop: 600", "98 E117: train.mae.crop: a crop has 1 to 512 voxels along each axis"),
    (
      "crop: [8, 64, 64], patch: [1, 1, 2]",
      "118 E117: train.mae.patch: a crop has 16384 patches, at most 4096 are possible"
    ),
  ])
  func `an autoencoder that does not fit is found at its place`(with: String, expected: String?) throws {
    #expect(try mistakes(Self.pretrain(with)) == (expected.map { ["r.yaml:7:" + $0] } ?? []))
  }

  @Test func `an artifact without regions is named`() throws {
    let none = Self.pretrain("crop: [8, 32, 32]").replacing("validation: 1", with: "validation: 0")
    #expect(try mistakes(none) == ["r.yaml:7:3 E220: mae: an artifact of input 'validation' has no regions"])
  }

  @Test func `a phantom of another seed or contrast is another source, and one of another count the same`() throws {
    func places(_ parameters: String, seed: UInt64 = 3) throws -> [RegionPlace] {
      let stage = try StageBench.prepared("phantom.regions", parameters)
      return try #require(try stage.outputShapes(InputShapes(seed: seed))["regions"]).regions.map(\.place)
    }
    let plain = try places("{marker: neun, train: 2, size: [8, 48, 48]}")
    let more = try places("{marker: neun, train: 3, size: [8, 48, 48]}")
    #expect(plain[0].overlaps(more[0]) && plain[1].overlaps(more[1]) && !plain[0].overlaps(plain[1]))
    #expect(try !plain[0].overlaps(places("{marker: neun, train: 2, size: [8, 48, 48]}", seed: 4)[0]))
    #expect(try !plain[0].overlaps(places("{marker: neun, train: 2, size: [8, 48, 48], contrast_share: 0}")[0]))
  }

  @Test func `a phantom has the size that was foretold`() async throws {
    let bench = try StageBench()
    let parameters = "{marker: neun, train: 1, validation: 1, test: 1, size: [8, 32, 32]}"
    let shapes = try #require(
      try StageBench.prepared("phantom.regions", parameters).outputShapes(InputShapes(seed: 11))["regions"])
    let manifest = try await bench.run("phantom.regions", parameters).manifest
    let regions = try AnnotatedRegions(bench.read(bench.output("regions", of: manifest))).regions
    #expect(shapes.regions.map(\.size) == regions.map(\.image.shape))
    #expect(shapes.regions.map(\.name) == regions.map(\.id))
    #expect(shapes.regions.map(\.role) == regions.map(\.role.rawValue))
  }

  @Test(
    arguments: [
      ([4, 1.8, 1.8], [4, 1.8, 1.8], nil),
      (nil, nil, nil),
      // A tenth is no matter, as where models meet volumes.
      ([4, 1.8, 1.8], [4.2, 1.7, 1.9], nil),
      (
        [4, 1.8, 1.8], [6, 1.8, 1.8],
        "region 'a' has voxels of 4.0 x 1.8 x 1.8 um (z, y, x), region 'b' has voxels of 6.0 x 1.8 x 1.8 um (z, y, x)"
      ),
      (
        [4, 1.8, 1.8], nil,
        "region 'a' has voxels of 4.0 x 1.8 x 1.8 um (z, y, x), region 'b' has voxels of unknown size"
      ),
    ] as [([Double]?, [Double]?, String?)])
  func `a detector learns from voxels of one size`(one: [Double]?, other: [Double]?, message: String?) throws {
    func region(_ name: String, _ size: [Double]?) -> RegionShape {
      RegionShape(
        name: name, role: "train", size: [64, 64, 64], voxelSize: size,
        place: RegionPlace(name: name, source: .of(name), lower: [0, 0, 0], upper: [64, 64, 64]))
    }
    let stage = try StageBench.prepared("train.detector", "{crop: [16, 32, 32]}")
    let divisions = [
      ([region("a", one), region("b", other)], [region("c", one)]), ([region("a", one)], [region("b", other)]),
    ]
    for (train, validation) in divisions {
      let inputs = InputShapes([
        "train": [ArtifactShape(regions: train)], "validation": [ArtifactShape(regions: validation)],
      ])
      var problem: ShapeProblem?
      do { _ = try stage.outputShapes(inputs) } catch let found as ShapeProblem { problem = found }
      #expect(problem?.message == message)
      if message != nil {
        #expect(problem?.hint == "train a detector for each voxel size, or correct 'voxel' in the manifest")
      }
    }
  }
}
