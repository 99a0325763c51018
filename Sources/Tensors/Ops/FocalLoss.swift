extension Tape {
  /// The binary focal loss from logits, its mean over all voxels, of shape `[]`.
  ///
  /// - Parameters:
  ///   - targets: As many as logits, hard or soft, in [0, 1].
  ///   - alpha: Weight of positive voxels; negative ones have `1 - alpha`.
  ///   - gamma: How far well classified voxels are discounted.
  ///
  /// Lin et al. 2017, arXiv:1708.02002, equation 5.
  package func focalLoss(_ logits: Variable, targets: Tensor, alpha: Float, gamma: Float) -> Variable {
    let count = logits.value.count
    precondition(targets.count == count, "focal loss: targets \(targets.shape) for logits \(logits.value.shape)")
    let cuts = Cuts(total: count, size: Cuts.numbers)
    let sums = PartialSums(cuts.count)
    // The derivative costs little beside the value, so both come from one pass.
    let slope = engine.uninitialised(logits.value.shape)
    engine.run(cuts.count) { [logits = logits.value.floats, targets = targets.floats, slope = slope.floats] unit, _ in
      let range = cuts[unit]
      let sum = Kernels.focal(
        logits[range], targets[range], alpha: alpha, gamma: gamma, scale: 1 / Float(count), gradient: slope[range])
      sums.set(unit, sum)
    }
    let out = Tensor([Float(sums.total / Double(count))], shape: [])
    return result(out, tracked: tracks(logits)) { [engine] gradient in
      let factor = gradient.floats[0]
      let change = factor == 1 ? slope : engine.elementwise(slope) { Kernels.scale($0, by: factor, into: $1) }
      logits.accumulate(change, on: engine)
    }
  }
}
