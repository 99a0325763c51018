import Tensors

/// How the learning rate changes over a training.
///
/// `wsd` and `cosine` warm up over the first 100 steps, a number of steps and not a share of them:
/// `min(1, (n + 1) / 100)`. `cosineAfterWarmUp` warms up over a share of 5% of the steps, as masked autoencoders do.
public enum Schedule: String, Hashable, Sendable, CaseIterable {
  /// Warm-up, stable, decay: the peak until step floor(0.8 steps), then linear to 0.
  case wsd
  /// Half a cosine from the peak to 0: Loshchilov and Hutter 2017, arXiv:1608.03983.
  case cosine
  /// Linear to the peak over the first 5% of the steps, then half a cosine to 0: He et al. 2022, arXiv:2111.06377,
  /// appendix A.
  case cosineAfterWarmUp = "cosine-after-warm-up"

  /// The rate of step `step` (from 0) of a training of `steps` steps.
  public func rate(at step: Int, of steps: Int, peak: Float) -> Float {
    precondition(step >= 0 && steps > 0, "schedule: step \(step) of \(steps)")
    let warmUp = warmUp(steps: steps)
    return Float(Double(peak) * min(1, Double(step + 1) / Double(warmUp)) * share(at: min(step, steps), of: steps))
  }

  /// The first step of the decay that leads to 0; nil if there is no such step.
  public func decayStart(steps: Int) -> Int? {
    switch self {
    case .wsd: steps * 4 / 5
    case .cosine, .cosineAfterWarmUp: nil
    }
  }

  /// Steps until the peak, at least one.
  private func warmUp(steps: Int) -> Int { self == .cosineAfterWarmUp ? max(1, steps / 20) : 100 }

  private func share(at step: Int, of steps: Int) -> Double {
    if self == .cosineAfterWarmUp {
      let start = warmUp(steps: steps)
      guard step > start, steps > start else { return 1 }
      return 0.5 * (1 + Elementary.cos(Double.pi * Double(step - start) / Double(steps - start)))
    }
    guard let start = decayStart(steps: steps) else {
      return 0.5 * (1 + Elementary.cos(Double.pi * Double(step) / Double(steps)))
    }
    return step < start ? 1 : Double(steps - step) / Double(steps - start)
  }
}
