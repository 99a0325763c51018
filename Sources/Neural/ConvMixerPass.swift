import Tensors

/// One pass of volumes through a ConvMixer: Trockman and Kolter 2022, arXiv:2201.09792, section 2, in three dimensions.
///
/// Stem (convolution of patches, GELU, batch norm); `depth` times a residual depthwise and a pointwise layer, each with
/// GELU and batch norm; a head of one channel per voxel of the patch, put back in place.
struct ConvMixerPass {
  typealias Norm = (_ index: Int, _ name: String, _ input: Variable, _ residual: Variable?) -> Variable

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

  /// Logits `[batch, z, y, x]` of volumes `[batch, z, y, x]`; `norm` applies GELU and the batch norm.
  func logits(_ volumes: Tensor, norm: Norm) -> Variable {
    let patch = Lengths(configuration.patch)
    let cells = tape.patches(tape.constant(volumes), of: patch)
    var x = norm(0, "2", tape.pointwise(cells, weight: self["0.weight"], bias: self["0.bias"]), nil)
    for block in 0..<configuration.depth {
      let name = ConvMixerLayers.block(block)
      let deep = tape.depthwise(x, weight: self["\(name).0.f.0.weight"], bias: self["\(name).0.f.0.bias"])
      x = norm(1 + 2 * block, "\(name).0.f.2", deep, x)
      let mixed = tape.pointwise(x, weight: self["\(name).1.weight"], bias: self["\(name).1.bias"])
      x = norm(2 + 2 * block, "\(name).3", mixed, nil)
    }
    let head = tape.pointwise(x, weight: self["\(layers.head).weight"], bias: self["\(layers.head).bias"])
    return tape.volumes(head, from: patch)
  }

  /// Logits in training: batch statistics, which `include` is told.
  func trainingLogits(_ volumes: Tensor, include: (_ norm: Int, BatchStatistics) -> Void) -> Variable {
    logits(volumes) { index, name, input, residual in
      let (output, statistics) = tape.batchNorm(
        input, scale: self["\(name).weight"], shift: self["\(name).bias"], afterGELU: true, residual: residual)
      include(index, statistics)
      return output
    }
  }

  /// Logits in evaluation: running statistics.
  func evaluationLogits(_ volumes: Tensor, statistics: RunningStatistics) -> Variable {
    logits(volumes) { index, name, input, residual in
      tape.batchNorm(
        input, scale: self["\(name).weight"], shift: self["\(name).bias"], mean: statistics.mean[index],
        variance: statistics.variance[index], afterGELU: true, residual: residual)
    }
  }
}
