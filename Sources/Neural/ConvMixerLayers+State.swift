import Tensors

extension ConvMixerLayers {
  /// Everything a model is, in the order of PyTorch's `state_dict`.
  func state(_ flat: Tensor, _ statistics: RunningStatistics) -> NamedTensors {
    var state = NamedTensors()
    for entry in entries {
      switch entry {
      case .parameter(let parameter):
        state[parameter.name] = flat.part(from: parameter.offset, shape: parameter.shape)
      case .norm(let name, let index):
        let (mean, variance) = (statistics.mean[index], statistics.variance[index])
        state["\(name).running_mean"] = Tensor(mean, shape: [mean.count])
        state["\(name).running_var"] = Tensor(variance, shape: [variance.count])
        state["\(name).num_batches_tracked"] = Tensor([Float(statistics.batches)], shape: [])
      }
    }
    return state
  }

  /// The flat buffer and the statistics of a saved state; the count of batches may be missing.
  func read(_ state: NamedTensors, dim: Int) throws -> (parameters: Tensor, statistics: RunningStatistics) {
    var statistics = RunningStatistics(norms: norms.count, dim: dim)
    for (index, name) in norms.enumerated() {
      statistics.mean[index] = try state.required("\(name).running_mean", shape: [dim]).values
      statistics.variance[index] = try state.required("\(name).running_var", shape: [dim]).values
      let batches = "\(name).num_batches_tracked"
      if state[batches] != nil { statistics.batches = try state.requiredCount(batches) }
    }
    let known = Set(self.state(Tensor(zeros: [parameters.count]), statistics).names)
    if let stranger = state.names.first(where: { !known.contains($0) }) {
      throw ModelStateError("tensor '\(stranger)' is not of this model; check the configuration")
    }
    return (try parameters.flat(state), statistics)
  }
}
