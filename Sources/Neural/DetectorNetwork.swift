public import Tensors

/// A network that gives every voxel of a volume the logit of being a cell centre. It never changes: training makes new
/// ones.
public protocol DetectorNetwork: Sendable {
  /// Which network it is, and its size.
  var architecture: DetectorArchitecture { get }
  /// Weights, and statistics if it has any, under PyTorch's names.
  var state: NamedTensors { get }
  /// Voxels along z, y, x to read on each side of a box, so that its logits are those of the whole volume, bit for bit.
  /// The box begins at multiples of the architecture's `alignment`, and ends at one or at the end of the volume.
  var receptiveRadius: [Int] { get }
  /// The logit of every voxel.
  ///
  /// - Parameter volumes: `[batch, z, y, x]`, of any size.
  /// - Returns: The shape of `volumes`.
  func logits(_ volumes: Tensor, on engine: Engine) -> Tensor
}

extension DetectorNetwork {
  /// The probability of every voxel: the sigmoid of its logit.
  public func probabilities(_ volumes: Tensor, on engine: Engine) -> Tensor {
    let tape = Tape(on: engine, isRecording: false)
    return tape.sigmoid(tape.constant(logits(volumes, on: engine))).value
  }

  /// The loss of crops as they are evaluated, the mean over their voxels.
  ///
  /// - Parameters:
  ///   - crops: `[batch, z, y, x]`.
  ///   - target: The same shape, in [0, 1].
  public func loss(_ crops: Tensor, target: Tensor, _ loss: FocalLoss, on engine: Engine) -> Float {
    let tape = Tape(on: engine, isRecording: false)
    let logits = tape.constant(logits(crops, on: engine))
    return tape.focalLoss(logits, targets: target, alpha: loss.alpha, gamma: loss.gamma).value.values[0]
  }
}

/// Which network a detector is, and its size.
public enum DetectorArchitecture: Hashable, Sendable {
  case convMixer(ConvMixerConfiguration)
  /// The encoder of a masked autoencoder with a dense head. The decoder is no part of it: `encoderAlone` has none.
  case encoder(MaskedAutoencoderConfiguration)

  /// The network of a saved state.
  ///
  /// - Throws: `ModelStateError` if a tensor is missing, has another shape or is not of this network.
  public func network(_ state: NamedTensors) throws -> any DetectorNetwork {
    switch self {
    case .convMixer(let configuration): try ConvMixer3D(configuration, state: state)
    case .encoder(let configuration): try EncoderDetector3D(configuration, state: state)
    }
  }

  /// Voxels along z, y, x: a box that begins at multiples of them is seen as the same box of the whole volume is.
  public var alignment: [Int] {
    switch self {
    case .convMixer(let configuration): configuration.patch
    case .encoder(let configuration): configuration.crop
    }
  }

  /// About how many numbers the largest activations of a pass over so many voxels have together.
  public func activations(voxels: Int) -> Int {
    switch self {
    case .convMixer(let configuration):
      // Four of the network's width, in blocks of eight channels.
      4 * (voxels / configuration.patchVoxels) * ((configuration.dim + 7) / 8 * 8)
    case .encoder(let configuration):
      EncoderDetector3D.batch * (configuration.tokens + 1) * 12 * configuration.encoder.width
    }
  }
}
