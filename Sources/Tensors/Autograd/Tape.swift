/// A value in a computation whose derivative may be asked for.
package final class Variable {
  package let value: Tensor
  /// Whether the derivative with respect to this value is wanted.
  package let isTracked: Bool
  /// The derivative of the differentiated output with respect to this value, once known.
  package private(set) var gradient: Tensor?
  /// Where the gradient has to lie; anywhere if nil.
  private let place: Tensor?
  /// What looks at the gradient while it is made, cut by cut.
  var watch: GradientWatch?

  init(_ value: Tensor, isTracked: Bool, place: Tensor? = nil) {
    self.value = value
    self.isTracked = isTracked
    self.place = place
  }

  /// Adds a contribution to the gradient.
  func accumulate(_ contribution: Tensor, on engine: Engine) {
    guard isTracked else { return }
    precondition(contribution.count == value.count, "gradient: \(contribution.shape) for \(value.shape)")
    guard let place else {
      gradient = gradient.map { Add.sum($0, contribution, on: engine) } ?? contribution.reshaped(value.shape)
      return
    }
    let isFirst = gradient == nil
    gradient = place
    let cuts = Cuts(total: value.count, size: Cuts.numbers)
    engine.run(cuts.count) { [from = contribution.floats, to = place.floats] unit, _ in
      let (from, to) = (from[cuts[unit]], to[cuts[unit]])
      if isFirst { to.copy(from: from) } else { Kernels.add(to, from, into: to) }
    }
  }

  /// Adds a contribution to the gradient that `write` puts into the floats it is given: for the first contribution
  /// those where the gradient lies, so that nothing is copied.
  func contribute(on engine: Engine, _ write: (Floats) -> Void) {
    guard isTracked else { return }
    guard gradient == nil else {
      let contribution = engine.uninitialised(value.shape)
      write(contribution.floats)
      accumulate(contribution, on: engine)
      return
    }
    let target = place ?? engine.uninitialised(value.shape)
    write(target.floats)
    gradient = target
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

  /// A value whose gradient `differentiate` writes into a buffer, from number `offset` on.
  package func parameter(_ value: Tensor, gradient buffer: GradientBuffer, at offset: Int) -> Variable {
    Variable(value, isTracked: isRecording, place: buffer.tensor.part(from: offset, shape: value.shape))
  }

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
