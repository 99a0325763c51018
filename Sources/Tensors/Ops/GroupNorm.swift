extension Tape {
  /// Normalises each group of channels of a sample, then scales and shifts each channel.
  ///
  /// - Parameters:
  ///   - input: `[batch, ..., channels]`.
  ///   - weight: `[channels]`.
  ///   - bias: `[channels]`.
  ///   - groups: They divide the channels.
  ///
  /// Wu and He 2018, arXiv:1803.08494, equation 7. Sums are in Double.
  package func groupNorm(
    _ input: Variable, weight: Variable, bias: Variable, groups: Int, epsilon: Double = 1e-5
  ) -> Variable {
    let form = GroupNorm(input.value, channels: weight.value.count, groups: groups, epsilon: epsilon)
    precondition(bias.value.count == form.channels, "group norm: bias \(bias.value.shape)")
    let out = engine.uninitialised(input.value.shape)
    form.run(on: engine) {
      [x = input.value.floats, w = weight.value.floats, b = bias.value.floats, y = out.floats] unit in
      let (mean, factor) = form.moments(x, unit)
      form.visit(unit) { place, channel in
        y[place] = Float((Double(x[place]) - mean) * factor * Double(w[channel]) + Double(b[channel]))
      }
    }
    return result(out, tracked: tracks(input, weight, bias)) { [engine] gradient in
      let change = engine.uninitialised(input.value.shape)
      let sums = engine.scratch(form.batch * 2 * form.channels)
      form.run(on: engine) { [x = input.value.floats, w = weight.value.floats, g = gradient.floats] unit in
        form.differentiate(unit, g, x, w, into: change.floats, sums: sums)
      }
      input.accumulate(change, on: engine)
      let total = engine.sumRows(sums, width: 2 * form.channels)
      weight.contribute(on: engine) { $0.copy(from: total[0..<form.channels]) }
      bias.contribute(on: engine) { $0.copy(from: total[form.channels..<2 * form.channels]) }
    }
  }
}

private struct GroupNorm: Sendable {
  let batch: Int
  let voxels: Int
  let channels: Int
  let groups: Int
  let epsilon: Double
  var each: Int { channels / groups }
  var count: Double { Double(voxels * each) }

  init(_ input: Tensor, channels: Int, groups: Int, epsilon: Double) {
    precondition(
      input.shape.count > 1 && input.shape.last == channels, "group norm: \(input.shape), \(channels) channels")
    precondition(groups > 0 && channels % groups == 0, "group norm: \(groups) groups of \(channels) channels")
    batch = input.shape[0]
    voxels = input.shape[1...].dropLast().reduce(1, *)
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
  }

  /// Units of work are the groups of samples.
  func run(on engine: Engine, _ body: @escaping @Sendable (_ unit: Int) -> Void) {
    engine.run(batch * groups) { unit, _ in body(unit) }
  }

  func visit(_ unit: Int, _ body: (_ place: Int, _ channel: Int) -> Void) {
    let (sample, group) = unit.quotientAndRemainder(dividingBy: groups)
    for voxel in 0..<voxels {
      let first = (sample * voxels + voxel) * channels
      for channel in group * each..<(group + 1) * each { body(first + channel, channel) }
    }
  }

  func moments(_ x: Floats, _ unit: Int) -> (mean: Double, factor: Double) {
    var (sum, square) = (0.0, 0.0)
    visit(unit) { place, _ in sum += Double(x[place]) }
    let mean = sum / count
    visit(unit) { place, _ in square += (Double(x[place]) - mean) * (Double(x[place]) - mean) }
    return (mean, 1 / (square / count + epsilon).squareRoot())
  }

  /// The input's gradient in one group, and its channels' sums for weight and bias, `[batch, 2, channels]`.
  func differentiate(_ unit: Int, _ g: Floats, _ x: Floats, _ w: Floats, into change: Floats, sums: Floats) {
    let (mean, factor) = moments(x, unit)
    let first = unit / groups * 2 * channels
    var (level, slope) = (0.0, 0.0)
    var own = [Double](repeating: 0, count: 2 * channels)
    visit(unit) { place, channel in
      let normed = (Double(x[place]) - mean) * factor
      own[channel] += Double(g[place]) * normed
      own[channels + channel] += Double(g[place])
      level += Double(g[place]) * Double(w[channel])
      slope += Double(g[place]) * Double(w[channel]) * normed
    }
    visit(unit) { place, channel in
      let normed = (Double(x[place]) - mean) * factor
      change[place] = Float(factor * (Double(g[place]) * Double(w[channel]) - level / count - normed * slope / count))
    }
    for channel in unit % groups * each..<(unit % groups + 1) * each {
      sums[first + channel] = Float(own[channel])
      sums[first + channels + channel] = Float(own[channels + channel])
    }
  }
}
