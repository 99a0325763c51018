import Tensors

/// Turns gradients into new weights over one flat buffer, and keeps what that takes: moments, and an average of the
/// weights where one is wanted.
///
/// The model says which of its parameters decay.
public struct Optimiser: Sendable {
  /// How weights follow gradients.
  public enum Rule: Hashable, Sendable {
    /// Adam with decoupled weight decay: Loshchilov and Hutter 2019, arXiv:1711.05101. The numbers are the decay of both
    /// moments and what keeps the denominator from zero.
    case adamW(beta1: Float, beta2: Float, epsilon: Float)
    /// Gradient descent with momentum, as PyTorch's SGD: the decay is part of the gradient.
    case sgd(momentum: Float)
  }

  /// The numbers of an optimiser.
  public struct Settings: Hashable, Sendable {
    /// How weights follow gradients.
    public var rule: Rule
    /// Peak of the learning rate.
    public var rate: Float
    /// Weight decay, multiplied by the rate.
    public var decay: Float
    /// Gradients are scaled down to this norm where theirs is larger; nil leaves them as they are.
    public var largestNorm: Float?
    /// The model of the training is an average of its weights, in which those of the last step have the share one minus
    /// this; nil: the weights of the last step.
    public var averageDecay: Float?

    /// AdamW; the defaults are those of the recipes.
    public static func adamW(
      rate: Float = 1e-3, decay: Float = 1e-2, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
    ) -> Settings {
      Settings(rule: .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon), rate: rate, decay: decay)
    }

    /// Gradient descent with momentum.
    public static func sgd(rate: Float, decay: Float = 0, momentum: Float = 0.9) -> Settings {
      Settings(rule: .sgd(momentum: momentum), rate: rate, decay: decay)
    }
  }

  let settings: Settings
  private let layout: ParameterLayout
  private var moment1: Tensor
  /// Empty where the rule has one moment.
  private var moment2: Tensor
  private var average: Tensor?

  init(_ settings: Settings, for layout: ParameterLayout) {
    self.settings = settings
    self.layout = layout
    moment1 = Tensor(zeros: [layout.count])
    moment2 = Tensor(zeros: [settings.rule.moments.count > 1 ? layout.count : 0])
  }

  /// Goes on with the moments and the average of a checkpoint.
  init(_ settings: Settings, for layout: ParameterLayout, resuming checkpoint: NamedTensors) throws {
    self.settings = settings
    self.layout = layout
    let kept = try settings.rule.moments.map { try layout.flat(checkpoint.under("\($0).")) }
    (moment1, moment2) = (kept[0], kept.count > 1 ? kept[1] : Tensor(zeros: [0]))
    if settings.averageDecay != nil, !checkpoint.under("average.").names.isEmpty {
      average = try layout.flat(checkpoint.under("average."))
    }
  }

  /// Puts the moments and the average into a checkpoint.
  func write(to checkpoint: inout NamedTensors) {
    var kept = Array(zip(settings.rule.moments, [moment1, moment2]))
    if let average { kept.append(("average", average)) }
    for (prefix, flat) in kept {
      for (name, tensor) in layout.named(flat).entries { checkpoint["\(prefix).\(name)"] = tensor }
    }
  }

  /// Does step number `step` (from 0) at a rate; the gradients may be scaled down.
  mutating func advance(_ weight: inout Tensor, gradients: GradientBuffer, rate: Float, step: Int, on engine: Engine) {
    if let largest = settings.largestNorm { gradients.clip(toNorm: largest, on: engine) }
    switch settings.rule {
    case .adamW(let beta1, let beta2, let epsilon):
      let numbers = AdamWStep(
        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: settings.decay,
        correction1: Float(1 - Elementary.pow(Double(beta1), step + 1)),
        correction2: Float(1 - Elementary.pow(Double(beta2), step + 1)))
      engine.adamW(
        numbers, layout.ranges, weight: &weight, gradient: gradients.tensor, moment1: &moment1, moment2: &moment2)
    case .sgd(let momentum):
      for (range, isDecayed) in layout.ranges {
        engine.sgd(
          rate: rate, momentum: momentum, decay: isDecayed ? settings.decay : 0, range, weight: &weight,
          gradient: gradients.tensor, moment: &moment1)
      }
    }
    include(weight, on: engine)
  }

  /// The weights of the model after the steps done: their average where one is kept.
  func chosen(_ weight: Tensor) -> Tensor { average ?? weight }

  /// The first step's weights are the first average, as in PyTorch's `AveragedModel`.
  private mutating func include(_ weight: Tensor, on engine: Engine) {
    guard let decay = settings.averageDecay else { return }
    var sum = average.take() ?? Tensor(weight.values, shape: weight.shape)
    engine.average(weight, share: 1 - decay, into: &sum)
    average = sum
  }
}

extension Optimiser.Rule {
  /// The names of what the rule keeps from step to step.
  fileprivate var moments: [String] {
    switch self {
    case .adamW: ["moment1", "moment2"]
    case .sgd: ["moment"]
    }
  }
}
