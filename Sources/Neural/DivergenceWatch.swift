import Tensors

/// Notices a training that loses what it had learnt: the mean loss of the last steps has grown tenfold over the lowest
/// it ever was.
///
/// A loss that is no number is noticed by the training itself.
public struct DivergenceWatch: Sendable {
  /// Steps of a mean.
  static let window = 25
  /// How much more than the lowest mean is too much.
  static let factor: Float = 10

  private var recent: [Float] = []
  private var lowest = Float.infinity

  /// Nothing seen yet.
  public init() {}

  /// Goes on from what a checkpoint holds.
  ///
  /// - Throws: `ModelStateError` if it holds no such thing.
  public init(resuming checkpoint: NamedTensors) throws {
    lowest = try checkpoint.required("watch.lowest", shape: []).values[0]
    guard let recent = checkpoint["watch.recent"] else {
      throw ModelStateError("no tensor 'watch.recent'; the state belongs to another training or was cut short")
    }
    self.recent = recent.values
  }

  /// Puts what was seen into a checkpoint.
  public func write(to checkpoint: inout NamedTensors) {
    checkpoint["watch.lowest"] = Tensor([lowest], shape: [])
    checkpoint["watch.recent"] = Tensor(recent, shape: [recent.count])
  }

  /// Takes the loss of a step.
  ///
  /// - Returns: Whether the training has diverged.
  public mutating func sees(_ loss: Float) -> Bool {
    recent.append(loss)
    guard recent.count >= Self.window else { return false }
    recent = recent.suffix(Self.window)
    let mean = recent.reduce(0, +) / Float(Self.window)
    lowest = min(lowest, mean)
    return mean > Self.factor * lowest
  }
}
