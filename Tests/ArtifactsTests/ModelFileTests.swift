import Fingerprints
import Foundation
import Imaging
import Neural
import Pipeline
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

@Suite struct ModelFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: FilePath { folder.path.appending("model.safetensors") }

  private func write(_ file: Safetensors) throws { try Data(file.bytes).write(to: URL(filePath: path.string)) }

  /// What is said of the sample's file after a change of its tensors and metadata.
  private func refusal(_ change: (inout NamedTensors, inout [String: String]) -> Void) throws -> String {
    let file = try Sample.model().safetensors
    var (tensors, metadata) = (file.tensors, file.metadata)
    change(&tensors, &metadata)
    try write(Safetensors(tensors, metadata: metadata))
    let failure = try #require(throws: TaskFailure.self) { try DetectorModel(reading: path) }
    #expect(failure.code == .badData)
    return failure.message
  }

  // MARK: - Complete files

  @Test func `a model is the same after its file`() throws {
    let model = try Sample.model()
    try write(model.safetensors)
    let again = try DetectorModel(reading: path)
    let (mine, theirs) = (try again.bundle(), try model.bundle())
    #expect(mine.facts == theirs.facts)
    #expect(mine.tables.map(\.array) == theirs.tables.map(\.array))
    #expect(again.safetensors.bytes == model.safetensors.bytes)
  }

  @Test func `a detector on an encoder is the same after its file and its bundle`() throws {
    let model = try Sample.encoderDetector()
    try write(model.safetensors)
    for again in [try DetectorModel(reading: path), try DetectorModel(model.bundle())] {
      #expect(again.architecture == model.architecture)
      #expect(again.safetensors.bytes == model.safetensors.bytes)
    }
    #expect(
      model.safetensors.metadata["architecture"]
        == #"{"crop":[4, 8, 8], "encoder":{"depth":1, "heads":2, "width":12}, "epsilon":9.999999974752427e-07, "kind":"mae-detector", "patch":[2, 4, 4], "positions":"long"}"#
    )
  }

  @Test(arguments: [
    (#""width":12"#, #""width":18"#, "tensor 'cls' has shape [12], expected [18]; check the configuration"),
    (
      #""width":12"#, #""width":999998"#,
      "a window of [4, 8, 8] in patches of [2, 4, 4] with width 999998 and depth 1 is no encoder"
    ),
    ("[2, 4, 4]", "[2, 3, 4]", "patches of [2, 3, 4] do not fill crops of [4, 8, 8]"),
    ("mae-detector", "unet", "a model of the kind 'unet' is none of convmixer3d, mae-detector"),
  ])
  func `metadata that are not of the tensors of a detector on an encoder are refused`(
    words: String, others: String, message: String
  ) throws {
    let file = try Sample.encoderDetector().safetensors
    var metadata = file.metadata
    metadata["architecture"] = metadata["architecture"]?.replacing(words, with: others)
    try write(Safetensors(file.tensors, metadata: metadata))
    let failure = try #require(throws: TaskFailure.self) { try DetectorModel(reading: path) }
    #expect(failure.message == "'\(path)': \(message)")
  }

  @Test(arguments: [
    Normalisation?.none, .logRatio(window: Extent(9, 61, 61), low: -0.5, high: 2),
    .percentile(low: 1, high: 99, clips: false),
  ])
  func `each normalisation survives, as does an unknown voxel size`(normalisation: Normalisation?) throws {
    var model = try Sample.model()
    (model.normalisation, model.voxelSize, model.curve, model.seen) = (normalisation, nil, [], [])
    try write(model.safetensors)
    let again = try DetectorModel(reading: path)
    #expect(again.normalisation == normalisation)
    #expect(again.voxelSize == nil && again.curve.isEmpty && again.seen.isEmpty)
  }

  @Test func `metadata are texts that a person can read`() throws {
    let metadata = try Sample.model().safetensors.metadata
    #expect(metadata["format"] == "pt")
    #expect(metadata["tau"] == "0.37")
    #expect(metadata["voxel"] == "[4.0, 2.0, 2.0]")
    #expect(
      metadata["architecture"]
        == #"{"depth":1, "dim":8, "kernel":[3, 3, 3], "kind":"convmixer3d", "patch":[1, 2, 2]}"#)
    #expect(
      metadata["normalisation"] == #"{"clips":true, "high":99.8, "low":0.5, "method":"percentile"}"#)
  }

  // MARK: - What is refused

  @Test func `a file that is no model is refused with what to do`() throws {
    let message = try refusal { $1 = ["format": "pt"] }
    #expect(
      message == "'\(path)' holds tensors, but no metadata of a model; complete it with 'lightbench model import'")
  }

  @Test(arguments: [
    ("lightbench.model", "2", "PATH is a model file of version '2', this program reads 1; update it"),
    ("tau", nil, "PATH: the metadata lacks 'tau', which should be a number"),
    ("tau", "many", "PATH: the metadata lacks 'tau', which should be a number"),
    ("tau", "1.5", "PATH: tau is 1.5, expected a probability from 0 to 1"),
    ("minimum_distance", "-1.0", "PATH: the minimum distance is -1.0, expected pixels from 0"),
    ("voxel", "[1.0, 0.0, 1.0]", "PATH: [1.0, 0.0, 1.0] is no voxel size (z, y, x in micrometres)"),
    ("curve", "[[1.0]]", "PATH: 'curve' of the metadata has a point of 1 numbers"),
    (
      "normalisation", #"{"method":"percentile","low":9.0,"high":2.0,"clips":false}"#,
      "PATH: the percentiles are 9.0 and 2.0, expected two rising numbers from 0 to 100"
    ),
    (
      "normalisation", #"{"method":"log-ratio","low":0.0,"high":2.0,"window":[2,3,3]}"#,
      "PATH: the window of the log ratio is 2 x 3 x 3, expected odd numbers from 1 to 1023"
    ),
    (
      "architecture", #"{"kind":"convmixer3d","dim":4,"depth":1,"kernel":[3,3,3],"patch":[1,2,2]}"#,
      "PATH: 'architecture' of the metadata does not agree with the tensors, which are "
        + "convmixer3d: dim 8, depth 1, kernel 3 x 3 x 3, patch 1 x 2 x 2"
    ),
  ])
  func `metadata that make no sense are refused`(key: String, text: String?, message: String) throws {
    #expect(try refusal { $1[key] = text } == message.replacing("PATH", with: "'\(path)'"))
  }

  @Test(
    arguments: [
      (
        "0.weight", nil,
        "there is no tensor '0.weight': this is no ConvMixer of the layout nn.Sequential(stem, GELU, norm, blocks, head); "
          + "rename its tensors, '--prefix' takes a common beginning away"
      ),
      (
        "0.weight", [4, 8],
        "tensor '0.weight' has the shape [4, 8], expected [dim, 1, z, y, x] with the size of a patch"
      ),
      (
        "3.0.f.0.weight", [8, 1, 3, 9, 1, 1],
        "tensor '3.0.f.0.weight' has the shape [8, 1, 3, 9, 1, 1], expected [8, 1, z, y, x] with an odd kernel, "
          + "equal in all blocks"
      ),
      ("3.1.weight", [8, 8], "tensor '3.1.weight' has the shape [8, 8], expected [8, 8, 1, 1, 1]"),
      ("4.weight", [4, 8, 1], "tensor '4.weight' has the shape [4, 8, 1], expected [4, 8, 1, 1, 1]"),
      (
        "2.running_var", nil,
        "no tensor '2.running_var' of shape [8]; the state belongs to another model or was cut short"
      ),
      ("head.bias", [4], "tensor 'head.bias' is not of this model; check the configuration"),
    ] as [(String, [Int]?, String)])
  func `tensors that are no ConvMixer are refused`(name: String, shape: [Int]?, message: String) throws {
    let found = try refusal { tensors, _ in tensors[name] = shape.map { Tensor(zeros: $0) } }
    #expect(found == "'\(path)': \(message)")
  }

  @Test func `weights that are no numbers are refused`() throws {
    let message = try refusal { tensors, _ in tensors["4.bias"] = Tensor([0, .nan, 0, 0], shape: [4]) }
    #expect(
      message == "'\(path)': tensor '4.bias' holds nan at place 1; its training diverged, take an earlier state")
  }

  // MARK: - Import

  private var settings: ModelImport {
    var settings = ModelImport()
    settings.intensities = .normalised(.percentile())
    (settings.tau, settings.minimumDistance) = (0.25, 3)
    return settings
  }

  @Test func `a foreign file becomes a model with what is said of it`() throws {
    let sample = try Sample.model()
    try write(Safetensors(sample.state))
    var settings = settings
    (settings.voxelSize, settings.marker, settings.tolerance) = (VoxelSize(3, 2, 1), "th", 7)
    let model = try settings.model(reading: path)
    #expect(model.architecture == sample.architecture)
    #expect(model.state.names == sample.state.names)
    #expect(model.normalisation == .percentile())
    #expect(model.tau == 0.25 && model.minimumDistance == 3 && model.voxelSize == VoxelSize(3, 2, 1))
    #expect(model.marker == Marker(label: "th", displayName: "th", tolerance: 7))
  }

  @Test func `a prefix goes, and the residual may be called fn`() throws {
    let state = try Sample.model().state
    try write(
      Safetensors(
        NamedTensors(state.entries.map { ("module." + $0.name.replacing(".0.f.", with: ".0.fn."), $0.tensor) })))
    var settings = settings
    settings.prefix = "module."
    #expect(try settings.model(reading: path).state.names == state.names)
    settings.prefix = "net."
    let failure = try #require(throws: TaskFailure.self) { try settings.model(reading: path) }
    #expect(
      failure.message
        == "'\(path)': the name of tensor 'module.0.weight' does not begin with 'net.'; check '--prefix'")
  }

  @Test func `what nobody says is asked for`() throws {
    try write(Safetensors(try Sample.model().state))
    var settings = ModelImport()
    settings.tau = 0.5
    let failure = try #require(throws: TaskFailure.self) { try settings.model(reading: path) }
    #expect(
      failure.message
        == "'\(path)': its metadata does not say what a model needs; give --normalisation, --minimum-distance")
  }

  @Test func `of a model file only what is said changes`() throws {
    let sample = try Sample.model()
    try write(sample.safetensors)
    var settings = ModelImport()
    settings.tau = 0.9
    settings.intensities = .raw
    let model = try settings.model(reading: path)
    #expect(model.tau == 0.9 && model.normalisation == nil)
    #expect(model.marker == sample.marker && model.curve == sample.curve && model.seen == sample.seen)
  }
}
