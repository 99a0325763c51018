import Tensors

/// One pass of volumes through a ConvMixer: Trockman and Kolter 2022, arXiv:2201.09792, section 2, in three dimensions.
///
/// Stem (convolution of patches, GELU, batch norm); `depth` times a residual depthwise and a pointwise layer, each with
/// GELU and batch norm; a head of one channel per voxel of the patch, put back in place.
struct ConvMixerPass {
  /// A convolution, GELU and a batch norm.
  struct Layer {
    let mixing: Mixing
    /// The names of the convolution and of the batch norm, and the place of that among the norms.
    let name: String
    let norm: String
    let index: Int
  }
  typealias Apply = (_ layer: Layer, _ input: Variable, _ residual: Variable?) -> Variable

  let configuration: ConvMixerConfiguration
  let layers: ConvMixerLayers
  let tape: Tape
  let parameters: ModelVariables

  init(
    _ configuration: ConvMixerConfiguration, layers: ConvMixerLayers, flat: Tensor, gradients: GradientBuffer? = nil,
    tape: Tape
  ) {
    self.configuration = configuration
    self.layers = layers
    self.tape = tape
    parameters = ModelVariables(layers.parameters, flat: flat, gradients: gradients, tape: tape)
  }

  subscript(_ name: String) -> Variable { parameters[name] }

  /// Logits `[batch, z, y, x]` of volumes `[batch, z, y, x]`; `apply` does a layer.
  func logits(_ volumes: Tensor, apply: Apply) -> Variable {
    let patch = Lengths(configuration.patch)
    let cells = tape.patches(tape.constant(volumes), of: patch)
    var x = apply(Layer(mixing: .pointwise, name: "0", norm: "2", index: 0), cells, nil)
    for block in 0..<configuration.depth {
      let (name, index) = (ConvMixerLayers.block(block), 1 + 2 * block)
      x = apply(Layer(mixing: .depthwise, name: "\(name).0.f.0", norm: "\(name).0.f.2", index: index), x, x)
      x = apply(Layer(mixing: .pointwise, name: "\(name).1", norm: "\(name).3", index: index + 1), x, nil)
    }
    let head = tape.pointwise(x, weight: self["\(layers.head).weight"], bias: self["\(layers.head).bias"])
    return tape.volumes(head, from: patch)
  }

  /// Logits in training: batch statistics, which `include` is told.
  func trainingLogits(_ volumes: Tensor, include: (_ norm: Int, BatchStatistics) -> Void) -> Variable {
    logits(volumes) { layer, input, residual in
      let (output, statistics) = tape.normed(
        layer.mixing, input, weight: self["\(layer.name).weight"], bias: self["\(layer.name).bias"],
        scale: self["\(layer.norm).weight"], shift: self["\(layer.norm).bias"], residual: residual)
      include(layer.index, statistics)
      return output
    }
  }

  /// Logits in evaluation: running statistics.
  func evaluationLogits(_ volumes: Tensor, statistics: RunningStatistics) -> Variable {
    logits(volumes) { layer, input, residual in
      let mixed = tape.mixed(
        layer.mixing, input, weight: self["\(layer.name).weight"], bias: self["\(layer.name).bias"])
      return tape.batchNorm(
        mixed, scale: self["\(layer.norm).weight"], shift: self["\(layer.norm).bias"],
        mean: statistics.mean[layer.index], variance: statistics.variance[layer.index], afterGELU: true,
        residual: residual)
    }
  }
}
