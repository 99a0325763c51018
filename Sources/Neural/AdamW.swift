import Tensors

/// Adam with decoupled weight decay over one flat buffer: Loshchilov and Hutter 2019, arXiv:1711.05101.
///
/// As PyTorch's default, the decay acts on all parameters, biases and norms among them.
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

    /// Settings; the defaults are those of the recipes.
    public init(
      rate: Float = 1e-3, decay: Float = 1e-2, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
    ) {
      self.rate = rate
      self.decay = decay
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  let settings: Settings
  var moment1: Tensor
  var moment2: Tensor

  init(_ settings: Settings, count: Int) {
    self.settings = settings
    moment1 = Tensor(zeros: [count])
    moment2 = Tensor(zeros: [count])
  }

  /// Does step number `step` (from 0) at a rate.
  mutating func advance(_ weight: inout Tensor, gradient: Tensor, rate: Float, step: Int, on engine: Engine) {
    let numbers = AdamWStep(
      rate: rate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, decay: settings.decay,
      correction1: Float(1 - Elementary.pow(Double(settings.beta1), step + 1)),
      correction2: Float(1 - Elementary.pow(Double(settings.beta2), step + 1)))
    engine.adamW(numbers, weight: &weight, gradient: gradient, moment1: &moment1, moment2: &moment2)
  }
}
