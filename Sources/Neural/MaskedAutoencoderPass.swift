import Tensors

/// One pass of crops through a masked autoencoder: He et al. 2022, arXiv:2111.06377, section 3, in three dimensions.
///
/// Only what is needed is computed: visible patches are chosen before they are embedded, and in training the decoder's
/// last layers see the masked patches alone, since the loss does.
struct MaskedAutoencoderPass {
  let configuration: MaskedAutoencoderConfiguration
  let layers: MaskedAutoencoderLayers
  let tape: Tape
  let parameters: ModelVariables

  init(
    _ configuration: MaskedAutoencoderConfiguration, layers: MaskedAutoencoderLayers, flat: Tensor,
    gradients: GradientBuffer? = nil, tape: Tape
  ) {
    self.configuration = configuration
    self.layers = layers
    self.tape = tape
    parameters = ModelVariables(layers.parameters, flat: flat, gradients: gradients, tape: tape)
  }

  /// All patches of crops `[batch, z, y, x]` as rows, `[batch, tokens, voxels]`.
  func patches(_ crops: Tensor) -> Variable {
    precondition(
      crops.shape.count == 4 && Array(crops.shape[1...]) == configuration.crop,
      "MAE: crops \(crops.shape), expected batch and \(configuration.crop)")
    return tape.tokens(tape.constant(crops), of: Lengths(configuration.patch))
  }

  /// Features of the class token and the visible patches, `[batch, 1 + visible, width]`.
  func encoded(_ patches: Variable, _ masks: PatchMasks) -> Variable {
    let (batch, visible, width) = (masks.batch, masks.visibleCount, configuration.encoder.width)
    let chosen = tape.assembled(patches, by: masks.visibleRows, shape: [batch, visible, configuration.patchVoxels])
    let embedded = linear("embed", chosen)
    let sequence = tape.assembled(
      embedded, by: masks.encoderSequence, filler: parameters["cls"], positions: layers.encoderPositions,
      shape: [batch, 1 + visible, width])
    return norm("norm", blocks("blocks", configuration.encoder, sequence))
  }

  /// The voxels of the tokens that a plan chooses among the decoder's, which are the class token and all patches of each
  /// crop; `[batch, count, voxels]`.
  func voxels(_ features: Variable, _ masks: PatchMasks, of chosen: RowPlan, count: Int) -> Variable {
    let width = configuration.decoder.width
    let sequence = tape.assembled(
      linear("dembed", features), by: masks.decoderSequence, filler: parameters["mask"],
      positions: layers.decoderPositions, shape: [masks.batch, 1 + masks.tokens, width])
    let choice = Choice(plan: chosen, shape: [masks.batch, count, width])
    return linear("out", norm("dnorm", blocks("dblocks", configuration.decoder, sequence, choosing: choice)))
  }

  // MARK: - Layers

  /// The rows that are wanted of the last block, and their shape.
  private struct Choice {
    let plan: RowPlan
    let shape: [Int]
  }

  private func blocks(
    _ name: String, _ half: MaskedAutoencoderConfiguration.Half, _ input: Variable, choosing choice: Choice? = nil
  ) -> Variable {
    func chosen(_ x: Variable) -> Variable { choice.map { tape.assembled(x, by: $0.plan, shape: $0.shape) } ?? x }
    guard half.depth > 0 else { return chosen(input) }
    return (0..<half.depth).reduce(input) { x, index in
      let name = "\(name).\(index)"
      let attended = tape.attention(linear("\(name).qkv", norm("\(name).n1", x)), heads: half.heads)
      // Behind the last attention rows no longer see each other: those that nobody wants end here.
      let isLast = index == half.depth - 1
      let mixed = tape.linear(
        isLast ? chosen(attended) : attended, weight: parameters["\(name).proj.weight"],
        bias: parameters["\(name).proj.bias"], scale: parameters["\(name).ls1"], onto: isLast ? chosen(x) : x)
      return tape.perceptron(
        norm("\(name).n2", mixed), first: linear("\(name).fc1"), second: linear("\(name).fc2"),
        scale: parameters["\(name).ls2"], onto: mixed)
    }
  }

  private func norm(_ name: String, _ x: Variable) -> Variable {
    tape.layerNorm(
      x, weight: parameters["\(name).weight"], bias: parameters["\(name).bias"], epsilon: configuration.epsilon)
  }

  private func linear(_ name: String) -> LinearParameters {
    LinearParameters(weight: parameters["\(name).weight"], bias: parameters["\(name).bias"])
  }

  private func linear(_ name: String, _ x: Variable) -> Variable {
    tape.linear(x, weight: parameters["\(name).weight"], bias: parameters["\(name).bias"])
  }
}
