import Tensors

/// Adam with decoupled weight decay over one flat buffer: Loshchilov and Hutter 2019, arXiv:1711.05101.
///
/// The model says which of its parameters decay.
public struct AdamW: Sendable {
  /// The numbers of the optimiser.
  public struct Settings: Hashable, Sendable {
    /// Peak of the learning rate.
    public var rate: Float
    /// Weight decay, multiplied by the rate.
    public var decay: Float
    /// Decay of the first moment.
    public var beta1: Float
    /// Decay of the second moment.
    public var beta2: Float
    /// What keeps the denominator from zero.
    public var epsilon: Float
    /// Gradients are scaled down to this norm where theirs is larger; nil leaves them as they are.
    public var largestNorm: Float?

    /// Settings; the defaults are those of the recipes.
    public init(
      rate: Float = 1e-3, decay: Float = 1e-2, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
      largestNorm: Float? = nil
    ) {
      self.rate = rate
      self.decay = decay
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.largestNorm = largestNorm
    }
  }

  let settings: Settings
  private let layout: ParameterLayout
  private var moment1: Tensor
  private var moment2: Tensor

  init(_ settings: Settings, for layout: ParameterLayout) {
    self.settings = settings
    self.layout = layout
    moment1 = Tensor(zeros: [layout.count])
    moment2 = Tensor(zeros: [layout.count])
  }

  /// Goes on with the moments of a checkpoint.
  init(_ settings: Settings, for layout: ParameterLayout, resuming checkpoint: NamedTensors) throws {
    self.settings = settings
    self.layout = layout
    moment1 = try layout.flat(checkpoint.under("moment1."))
    moment2 = try layout.flat(checkpoint.under("moment2."))
  }

  /// Puts the moments into a checkpoint.
  func write(to checkpoint: inout NamedTensors) {
    for (name, tensor) in layout.named(moment1).entries { checkpoint["moment1.\(name)"] = tensor }
    for (name, tensor) in layout.named(moment2).entries { checkpoint["moment2.\(name)"] = tensor }
  }

  /// Does step number `step` (from 0) at a rate; the gradients may be scaled down.
  mutating func advance(_ weight: inout Tensor, gradients: GradientBuffer, rate: Float, step: Int, on engine: Engine) {
    if let largest = settings.largestNorm { gradients.clip(toNorm: largest, on: engine) }
    let numbers = AdamWStep(
      rate: rate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, decay: settings.decay,
      correction1: Float(1 - Elementary.pow(Double(settings.beta1), step + 1)),
      correction2: Float(1 - Elementary.pow(Double(settings.beta2), step + 1)))
    engine.adamW(
      numbers, layout.ranges, weight: &weight, gradient: gradients.tensor, moment1: &moment1, moment2: &moment2)
  }
}
