import Pipeline
import Recipes
import Testing

@testable import Stages

/// What the kinds say of parameters that make no sense.
@Suite struct ParameterErrorTests {
  @Test(arguments: [
    (
      "prepare.normalize", "{percentiles: [0.5]}",
      "prepare.normalize.percentiles: expected two rising numbers between 0 and 100"
    ),
    (
      "prepare.normalize", "{percentiles: [99, 1]}",
      "prepare.normalize.percentiles: expected two rising numbers between 0 and 100"
    ),
    (
      "prepare.normalize", "{window: [9, 60, 61]}",
      "prepare.normalize.window: a window has an odd number of voxels along each axis"
    ),
    (
      "phantom.regions", "{marker: neuron}",
      "phantom.regions.marker: there is no phantom of 'neuron' (there are neun, cfos, pv, th, iba1, gfap)"
    ),
    (
      "phantom.regions", "{marker: neun, size: [4, 32, 32]}",
      "phantom.regions.size: a region has 8 to 1024 voxels along each axis"
    ),
    (
      "train.detector", "{model: {kernel: [3, 3, 4]}}",
      "train.detector.model.kernel: a kernel is odd along each axis, from 1 to 31"
    ),
    (
      "train.detector", "{model: {patch: [1, 17, 1]}}",
      "train.detector.model.patch: a patch has 1 to 16 voxels along each axis"
    ),
    (
      "train.detector", "{model: {kind: mae-detector, dim: 32}}",
      "train.detector.model.dim: a mae-detector has the sizes of its encoder (leave it out)"
    ),
    (
      "train.detector", "{model: {kind: mae-detector, patch: 4}, crop: 15}",
      "train.detector.model.patch: a mae-detector has the sizes of its encoder (leave it out)"
    ),
    (
      "train.detector", "{model: {freeze: true}}",
      "train.detector.model.freeze: a convmixer3d has no encoder (leave it out, or say 'kind: mae-detector')"
    ),
    (
      "train.detector", "{model: {start: random}}",
      "train.detector.model.start: a convmixer3d has no encoder (leave it out, or say 'kind: mae-detector')"
    ),
    ("train.refiner", "{inputs: []}", "train.refiner.inputs: a refiner looks at something: score, intensity, encoder"),
    ("train.refiner", "{inputs: [score, score]}", "train.refiner.inputs: an input stands there twice"),
    (
      "train.refiner", "{inputs: [scores]}",
      "train.refiner.inputs: 'scores' is not one of score, intensity, encoder (did you mean 'score'?)"
    ),
    ("select.regions", "{fold: 0}", "select.regions.fold: '0' is not between 1 and 10000"),
    ("detect.model", "{floor: 1}", "detect.model.floor: '1' is not between 0 and 0.99"),
    ("phantom.regions", "{marker: neun, impostors: -1}", "phantom.regions.impostors: '-1' is not between 0 and 10"),
    ("train.detector", "{crop: [16, 64, 514]}", "train.detector.crop: a crop has 1 to 512 voxels along each axis"),
  ])
  func `parameters that make no sense are told with what would`(kind: String, parameters: String, message: String)
    throws
  {
    var diagnostics: [Diagnostic] = []
    let kind = try #require(StageRegistry.lightbench[kind])
    _ = kind.prepared(try Node.parse(parameters, file: "test.yaml"), diagnostics: &diagnostics)
    #expect(diagnostics.map { $0.message + ($0.hint.map { " (\($0))" } ?? "") } == [message])
  }
}
