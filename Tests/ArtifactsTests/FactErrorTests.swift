import ArrayStores
import Fingerprints
import Imaging
import Pipeline
import Testing

@testable import Artifacts

@Suite struct FactErrorTests {
  struct Damage: Sendable, CustomTestStringConvertible {
    let type: String
    let fact: String
    let value: CanonicalValue?
    let message: String

    init(_ type: String, _ fact: String, _ value: CanonicalValue?, _ message: String) {
      (self.type, self.fact, self.value, self.message) = (type, fact, value, message)
    }

    var testDescription: String { "\(type).\(fact)" }
  }

  private static func lacks(_ type: String, _ fact: String, _ expected: String) -> String {
    "the artifact of type '\(type)' lacks '\(fact)', which should be \(expected)"
  }

  static let damages = [
    Damage("annotated-regions", "marker", nil, lacks("annotated-regions", "marker", "a record")),
    Damage("annotated-regions", "marker", ["label": "a"], lacks("annotated-regions", "display", "text")),
    Damage(
      "annotated-regions", "marker", ["label": "a", "display": "A", "tolerance": 6],
      lacks("annotated-regions", "tolerance", "a number")),
    Damage("annotated-regions", "normalisation", nil, lacks("annotated-regions", "normalisation", "a record")),
    Damage(
      "annotated-regions", "normalisation", ["method": "magic", "low": 0.0, "high": 1.0], "'magic' is no normalisation"),
    Damage(
      "annotated-regions", "normalisation", ["method": "log-ratio", "low": 0.0, "high": 1.0, "window": [3, 3]],
      "a window has 2 sizes, not 3"),
    Damage(
      "annotated-regions", "normalisation", ["method": "percentile", "low": 0.0, "high": 1.0],
      lacks("annotated-regions", "clips", "true or false")),
    Damage("annotated-regions", "regions", nil, lacks("annotated-regions", "regions", "a list")),
    Damage("annotated-regions", "regions", [1], lacks("annotated-regions", "regions", "records")),
    Damage("annotated-regions", "regions", [["id": "x", "role": "spare"]], "a region has the unknown role 'spare'"),
    Damage(
      "annotated-regions", "regions", [["id": "x", "role": "test", "voxel": [1.0, 2.0]]],
      "[1.0, 2.0] is no voxel size (z, y, x in micrometres)"),
    Damage(
      "annotated-regions", "regions", [["id": "x", "role": "test", "voxel": [1, 2, 3]]],
      lacks("annotated-regions", "voxel", "numbers")),
    Damage(
      "annotated-regions", "regions", [["id": "x", "role": "test", "voxel": .null, "source": .bytes([1])]],
      lacks("annotated-regions", "source", "a digest")),
    Damage("model", "architecture", nil, lacks("model", "architecture", "a record")),
    Damage("model", "architecture", ["kind": "convmixer3d", "dim": 1.5], lacks("model", "dim", "an integer")),
    Damage(
      "model", "architecture", ["kind": "unet"], "a model of the kind 'unet' is none of convmixer3d, mae-detector"),
    Damage(
      "model", "architecture", ["kind": "mae-detector", "crop": [8, 8, 8], "patch": [2, 3, 2]],
      "patches of [2, 3, 2] do not fill crops of [8, 8, 8]"),
    Damage(
      "model", "architecture", ["kind": "convmixer3d", "dim": 8, "depth": 1, "kernel": [3.0], "patch": [1]],
      lacks("model", "kernel", "integers")),
    Damage("model", "weights", ["head"], "the artifact of type 'model' holds no 'weights/head'"),
    Damage("model", "tau", nil, lacks("model", "tau", "a number")),
    Damage("model", "seen", nil, lacks("model", "seen", "a list")),
    Damage(
      "model", "seen", [["source": .bytes([UInt8](repeating: 1, count: 32)), "box": [0, 0, 0, 1, 1, -1]]],
      "[0, 0, 0, 1, 1, -1] is no box (lower z, y, x, upper z, y, x)"),
    Damage("mae", "architecture", nil, lacks("mae", "architecture", "a record")),
    Damage(
      "mae", "architecture", ["crop": [8, 8, 8], "patch": [2, 3, 2]],
      "patches of [2, 3, 2] do not fill crops of [8, 8, 8]"),
    Damage(
      "mae", "architecture",
      ["crop": [8, 8, 8], "patch": [2, 2, 2], "encoder": ["width": 8, "depth": 1, "heads": 3]],
      "width 8, depth 1 and 3 heads are no half of an autoencoder"),
    Damage(
      "mae", "architecture",
      [
        "crop": [8, 8, 8], "patch": [2, 2, 2], "encoder": ["width": 6, "depth": 1, "heads": 3],
        "decoder": ["width": 6, "depth": 1, "heads": 3], "positions": "middle",
      ], "positions by 'middle' waves are unknown here"),
    Damage("mae", "voxels", ["mean": 0.5, "deviation": 0.0], "voxels of mean 0.5 and deviation 0.0 cannot be"),
    Damage(
      "mae", "loss", ["mean_variance": .null, "target": "half"], "targets 'half' with the mean variance 1.0 are no loss"
    ),
    Damage("mae", "mask_ratio", nil, lacks("mae", "mask_ratio", "a number")),
    Damage("mae", "diverged", nil, lacks("mae", "diverged", "true or false")),
    Damage("detections", "regions", nil, lacks("detections", "regions", "a list")),
    Damage("detections", "regions", [1], lacks("detections", "regions", "texts")),
    Damage("detections", "regions", ["a", "b", "c"], "the artifact of type 'detections' holds no 'regions/2/points'"),
    Damage("detections", "tau", nil, lacks("detections", "tau", "a number")),
    Damage("detections", "tau", "high", lacks("detections", "tau", "a number")),
    Damage("features", "encoder", nil, lacks("features", "encoder", "a record")),
    Damage("features", "encoder", ["kind": "learnt"], "'learnt' is no kind of encoder"),
    Damage("features", "intensities", ["low"], "a table has the shape [2, 2], not [rows, 1]"),
    Damage(
      "features", "regions", ["one", "two", "three"], "the artifact of type 'features' holds no 'regions/2/tokens'"),
    Damage("refiner", "inputs", ["colour"], "'colour' is no input of a refiner"),
    Damage("refiner", "inputs", ["score"], "a refiner of 1 numbers has a classifier of 4"),
    Damage("refiner", "layers", 1, "layers of [4, 2] numbers are no classifier"),
    Damage("refiner", "layers", 3, "the artifact of type 'refiner' holds no 'layers/2/weights'"),
    Damage("refiner", "tau", nil, lacks("refiner", "tau", "a number")),
    Damage("table", "metric", nil, lacks("table", "metric", "text")),
    Damage("table", "rows", ["one"], "a table of 1 x 3 has 6 cells"),
    Damage("metrics", "metrics", nil, "an artifact of type 'metrics' holds no metrics"),
    Damage("checkpoint", "names", nil, lacks("checkpoint", "names", "a list")),
  ]

  @Test(arguments: damages)
  func `an artifact that lacks something says what`(_ damage: Damage) throws {
    var bundle = try Sample.bundle(damage.type)
    bundle.facts[damage.fact] = damage.value
    let failure = try #require(throws: TaskFailure.self) { try Sample.again(bundle) }
    #expect(failure.message == damage.message)
    #expect(failure.code == .store)
    #expect(failure.phase == "read")
  }

  @Test func `a table of another width is named with its shape`() throws {
    var bundle = try Sample.bundle("detections")
    bundle.tables[0] = .init("regions/0/points", try NDArray([1, 2] as [Float], shape: [1, 2]))
    let failure = try #require(throws: TaskFailure.self) { try Sample.again(bundle) }
    #expect(failure.message == "a table has the shape [1, 2], not [rows, 3]")
  }

  @Test func `scores and points of different number are a damaged artifact, not a trap`() throws {
    var bundle = try Sample.bundle("detections")
    bundle.tables[1] = .init("regions/0/scores", try NDArray([1] as [Float], shape: [1]))
    let failure = try #require(throws: TaskFailure.self) { try Sample.again(bundle) }
    #expect(failure.message == "region 'one' has 2 points and 1 scores")
  }

  @Test func `tokens and intensities of different number are a damaged artifact, not a trap`() throws {
    var bundle = try Sample.bundle("features")
    bundle.tables[1] = .init("regions/0/intensities", try NDArray([1, 2] as [Float], shape: [1, 2]))
    let failure = try #require(throws: TaskFailure.self) { try Sample.again(bundle) }
    #expect(failure.message == "region 'one' has 2 rows of tokens and 1 of intensities")
  }

  @Test func `an image that is no volume is named with its shape`() throws {
    var region = try #require(try Sample.regions().regions.first)
    region.image = try NDArray([1, 2] as [Float], shape: [2])
    let failure = try #require(throws: TaskFailure.self) { try region.volume() }
    #expect(failure.message == "region 'one' has the shape [2], not z, y, x")
  }
}
