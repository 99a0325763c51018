/// A value in a computation whose derivative may be asked for.
package final class Variable {
  package let value: Tensor
  /// Whether the derivative with respect to this value is wanted.
  package let isTracked: Bool
  /// The derivative of the differentiated output with respect to this value, once known.
  package private(set) var gradient: Tensor?

  init(_ value: Tensor, isTracked: Bool) {
    self.value = value
    self.isTracked = isTracked
  }

  /// Adds a contribution to the gradient.
  func accumulate(_ contribution: Tensor, on engine: Engine) {
    guard isTracked else { return }
    precondition(contribution.count == value.count, "gradient: \(contribution.shape) for \(value.shape)")
    gradient = gradient.map { Add.sum($0, contribution, on: engine) } ?? contribution.reshaped(value.shape)
  }

  /// Hands the gradient over and forgets it.
  func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }
}

/// The operations of one forward pass, in order, so that their derivatives can be taken in reverse.
///
/// Every operation is a method of the tape, in a file of its own under `Ops` with its derivative beside it.
package final class Tape {
  package let engine: Engine
  private let isRecording: Bool
  private var records: [(output: Variable, derivative: (Tensor) -> Void)] = []

  /// A tape for one forward pass; without recording there are no derivatives and nothing is kept.
  package init(on engine: Engine, isRecording: Bool) {
    self.engine = engine
    self.isRecording = isRecording
  }

  /// A value that needs no derivative.
  package func constant(_ value: Tensor) -> Variable { Variable(value, isTracked: false) }

  /// A value whose gradient `differentiate` leaves in the variable.
  package func parameter(_ value: Tensor) -> Variable { Variable(value, isTracked: isRecording) }

  /// Whether the operation at hand has to keep what its derivative needs.
  func tracks(_ inputs: Variable?...) -> Bool { inputs.contains { $0?.isTracked == true } }

  /// The outcome of an operation; `derivative` gets the gradient of the outcome and adds to those of the inputs.
  func result(_ value: Tensor, tracked: Bool, derivative: @escaping (Tensor) -> Void) -> Variable {
    let output = Variable(value, isTracked: tracked)
    if tracked { records.append((output, derivative)) }
    return output
  }

  /// Fills the gradients of all parameters that `output` depends on, and empties the tape.
  ///
  /// - Parameter gradient: What the output's own gradient is taken to be; ones if nil.
  package func differentiate(_ output: Variable, gradient: Tensor? = nil) {
    guard output.isTracked else { return }
    let ones = Tensor([Float](repeating: 1, count: output.value.count), shape: output.value.shape)
    output.accumulate(gradient ?? ones, on: engine)
    // Each record goes as soon as it is used, so that its memory serves the next derivative.
    while let record = records.popLast() {
      if let gradient = record.output.takeGradient() { record.derivative(gradient) }
    }
  }
}
