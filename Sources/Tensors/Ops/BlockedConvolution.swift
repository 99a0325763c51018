/// Told of a cut (of `Cuts.voxels`) of a plane of the outcome, sample by sample and block by block, once it is there; by
/// the thread that made it, while it is in the cache.
typealias FinishedCut = @Sendable (_ plane: Int, _ cut: Int) -> Void

/// A convolution of blocked volumes that is done a unit of work at a time, so that what comes before and after it finds a
/// unit in the cache.
protocol BlockedConvolution: Sendable {
  /// Blocked, `[batch, blocks, z, y, x, 8]`.
  var outputShape: [Int] { get }
  /// Channels of the outcome.
  var channels: Int { get }

  func forward(
    _ input: Tensor, _ weight: Tensor, bias: Tensor, into out: Tensor, on engine: Engine, finished: FinishedCut?)

  /// Adds to the gradients of the input, the weights and the bias, as far as they are tracked.
  func differentiate(
    _ input: Variable, _ weight: Variable, bias: Variable, _ gradient: OutputGradient, on engine: Engine)
}

extension Tape {
  func convolved(_ form: some BlockedConvolution, _ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let out = engine.uninitialised(form.outputShape)
    form.forward(input.value, weight.value, bias: bias.value, into: out, on: engine, finished: nil)
    return result(out, tracked: tracks(input, weight, bias)) { [engine] gradient in
      form.differentiate(input, weight, bias: bias, OutputGradient(gradient), on: engine)
    }
  }
}

/// The gradient of a convolution's outcome: numbers that lie there, or that are made when a unit of work asks for them.
struct OutputGradient: Sendable {
  /// Writes the gradient of a cut of a plane.
  typealias Derivation = @Sendable (_ plane: Int, _ cut: Int, _ into: Floats) -> Void

  private enum Source: Sendable {
    case known(Floats)
    case derived(Derivation)
  }

  private let shape: Blocked
  private let cuts: Cuts
  private let source: Source

  init(_ gradient: Tensor) { self.init(Blocked(gradient), .known(gradient.floats)) }

  init(shape: Blocked, _ derivation: @escaping Derivation) { self.init(shape, .derived(derivation)) }

  private init(_ shape: Blocked, _ source: Source) {
    self.shape = shape
    self.source = source
    cuts = Cuts(total: shape.voxels, size: Cuts.voxels)
  }

  // MARK: -

  /// Floats that `plane` and `cut` need as scratch.
  var planeScratch: Int { scratch(voxels: shape.voxels) }
  var cutScratch: Int { scratch(voxels: shape.blocks * min(shape.voxels, Cuts.voxels)) }

  private func scratch(voxels: Int) -> Int {
    if case .known = source { return 0 }
    return voxels * 8
  }

  /// The gradient of one block of one sample.
  func plane(_ plane: Int, scratch: Floats) -> Floats {
    switch source {
    case .known(let gradient): return gradient.piece(plane, of: shape.voxels * 8)
    case .derived(let derive):
      for cut in 0..<cuts.count { derive(plane, cut, scratch[cuts[cut].lowerBound * 8..<cuts[cut].upperBound * 8]) }
      return scratch
    }
  }

  /// The gradient of a cut of all blocks of a sample.
  func cut(_ cut: Int, sample: Int, scratch: Floats) -> VoxelRange {
    switch source {
    case .known(let gradient):
      return VoxelRange(cuts[cut], of: shape.voxels, in: gradient.piece(sample, of: shape.blocks * shape.voxels * 8))
    case .derived(let derive):
      let count = cuts[cut].count
      for block in 0..<shape.blocks { derive(sample * shape.blocks + block, cut, scratch.piece(block, of: count * 8)) }
      return VoxelRange(0..<count, of: count, in: scratch[0..<shape.blocks * count * 8])
    }
  }
}
