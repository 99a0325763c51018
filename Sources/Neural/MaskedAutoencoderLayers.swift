import Tensors

/// What a masked autoencoder, or a detector on its encoder, consists of; names are those of a PyTorch module of the same
/// layers.
///
/// Weight decay acts on the weights of the linear layers alone: not on biases, norms, LayerScale and learnt tokens.
struct MaskedAutoencoderLayers: Sendable {
  /// What follows the encoder.
  enum Continuation: Sendable {
    /// What turns features and mask tokens into voxels.
    case decoder
    /// A linear layer from a token to the logits of its patch's voxels.
    case head
  }

  private(set) var parameters = ParameterLayout()
  /// `[tokens, width]`.
  let encoderPositions: Tensor
  /// `[1 + tokens, width]`, zero for the class token.
  let decoderPositions: Tensor

  init(_ configuration: MaskedAutoencoderConfiguration, then continuation: Continuation = .decoder) {
    let (encoder, decoder) = (configuration.encoder, configuration.decoder)
    let waves = configuration.positions
    encoderPositions = SinCosPositions.table(grid: configuration.grid, width: encoder.width, waves: waves)
    decoderPositions = SinCosPositions.table(grid: configuration.grid, width: decoder.width, waves: waves, extra: 1)
    parameters.add("cls", [encoder.width], .truncatedNormal(deviation: 0.02), isDecayed: false)
    if continuation == .decoder {
      parameters.add("mask", [decoder.width], .truncatedNormal(deviation: 0.02), isDecayed: false)
    }
    linear("embed", from: configuration.patchVoxels, to: encoder.width)
    for block in 0..<encoder.depth { self.block("blocks.\(block)", encoder.width, scale: configuration.layerScale) }
    norm("norm", encoder.width)
    switch continuation {
    case .decoder:
      linear("dembed", from: encoder.width, to: decoder.width)
      for block in 0..<decoder.depth {
        self.block("dblocks.\(block)", decoder.width, scale: configuration.layerScale)
      }
      norm("dnorm", decoder.width)
      linear("out", from: decoder.width, to: configuration.patchVoxels)
    case .head:
      for parameter in Self.head(of: configuration).parameters {
        parameters.add(parameter.name, parameter.shape, parameter.start, isDecayed: parameter.isDecayed)
      }
    }
  }

  /// The head of a detector alone.
  static func head(of configuration: MaskedAutoencoderConfiguration) -> ParameterLayout {
    let (inputs, outputs) = (configuration.encoder.width, configuration.patchVoxels)
    var layout = ParameterLayout()
    layout.add("head.weight", [outputs, inputs], .xavier(inputs: inputs, outputs: outputs), isDecayed: true)
    layout.add("head.bias", [outputs], .rareVoxels, isDecayed: false)
    return layout
  }

  /// First values of all parameters: an embedding that takes voxels to mean 0 and deviation 1, and an output that gives
  /// such numbers back as voxels. For mean 0 and deviation 1 they are as `ParameterLayout` draws them.
  func initialised(seed: UInt64, inputs: VoxelSpread, outputs: VoxelSpread) -> Tensor {
    var flat = parameters.initialised(seed: seed)
    let (embed, out) = (parameters["embed.weight"], parameters["out.weight"])
    let (bias, voxels) = (parameters["embed.bias"], embed.shape[1])
    flat.withMutableSpan { span in
      for place in embed.range { span[place] /= inputs.deviation }
      for row in 0..<embed.shape[0] {
        let first = embed.offset + row * voxels
        let sum = (first..<first + voxels).reduce(Float(0)) { $0 + span[$1] }
        span[bias.offset + row] -= inputs.mean * sum
      }
      for place in out.range { span[place] *= outputs.deviation }
      for place in parameters["out.bias"].range { span[place] += outputs.mean }
    }
    return flat
  }

  /// The flat buffer of a saved state.
  func read(_ state: NamedTensors) throws -> Tensor {
    let known = Set(parameters.parameters.map(\.name))
    let flat = try parameters.flat(state)
    if let stranger = state.names.first(where: { !known.contains($0) }) {
      throw ModelStateError("tensor '\(stranger)' is not of this model; check the configuration")
    }
    return flat
  }

  private mutating func block(_ name: String, _ width: Int, scale: Float) {
    parameters.add("\(name).ls1", [width], .constant(scale), isDecayed: false)
    parameters.add("\(name).ls2", [width], .constant(scale), isDecayed: false)
    norm("\(name).n1", width)
    norm("\(name).n2", width)
    linear("\(name).qkv", from: width, to: 3 * width)
    linear("\(name).proj", from: width, to: width)
    linear("\(name).fc1", from: width, to: 4 * width)
    linear("\(name).fc2", from: 4 * width, to: width)
  }

  private mutating func norm(_ name: String, _ width: Int) {
    parameters.add("\(name).weight", [width], .constant(1), isDecayed: false)
    parameters.add("\(name).bias", [width], .constant(0), isDecayed: false)
  }

  private mutating func linear(_ name: String, from inputs: Int, to outputs: Int) {
    parameters.add("\(name).weight", [outputs, inputs], .xavier(inputs: inputs, outputs: outputs), isDecayed: true)
    parameters.add("\(name).bias", [outputs], .constant(0), isDecayed: false)
  }
}
