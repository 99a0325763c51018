import Fingerprints

@testable import Recipes

/// Parameters of a stage kind that exists in tests only.
struct Demo: Sendable {
  enum Rule: String, CaseIterable, ParameterValue { case greedy, optimal, nearest }

  struct Model: Sendable {
    var dim = 64
    var kernel = 5
  }

  var model = Model()
  var crop = [16, 64, 64]
  var batch = 8
  var learningRate = 1e-3
  var rule = Rule.greedy
  var clip = false
  var size: Micrometres? = nil
  var path = ""

  static let modelSchema = ParameterSchema(
    default: Model(),
    [
      .value("dim", \.dim, range: 1...4096, "Channels."),
      .value("kernel", \.kernel, range: 1...31, "Size of the kernel."),
    ],
    check: { $0.kernel % 2 == 0 ? [ParameterProblem("kernel", "\($0.kernel) is even", hint: "take an odd size")] : [] })

  static let schema = ParameterSchema(
    default: Demo(),
    [
      .record("model", \.model, modelSchema, "The network."),
      .value("crop", \.crop, unit: "voxels", each: 1...512, count: 3, "What the network sees."),
      .value("batch", \.batch, range: 1...Int.max, "Crops a step."),
      .value(
        "learning_rate", \.learningRate, range: .leastNonzeroMagnitude ... .greatestFiniteMagnitude, "Step size."),
      .value("rule", \.rule, "How pairs are made."),
      .value("clip", \.clip, neutral: false, "Whether to clip."),
      .value("size", \.size, neutral: .some(nil), "Size of a body."),
      .value("path", \.path, required: true, "A file."),
    ])
}
