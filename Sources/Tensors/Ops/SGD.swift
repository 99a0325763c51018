extension Engine {
  /// One step of gradient descent with momentum over ranges of flat buffers, in place, as PyTorch's SGD.
  package func sgd(
    rate: Float, momentum: Float, decay: Float, _ range: Range<Int>, weight: inout Tensor, gradient: Tensor,
    moment: inout Tensor
  ) {
    let cuts = Cuts(total: range.count, size: Cuts.numbers)
    weight.mutate { weight in
      moment.mutate { moment in
        run(cuts.count) { [weight = weight[range], moment = moment[range], gradient = gradient.floats[range]] unit, _ in
          let own = cuts[unit]
          Kernels.sgd(
            weight: weight[own], gradient: gradient[own], moment: moment[own], rate: rate, momentum: momentum,
            decay: decay)
        }
      }
    }
  }

  /// `average += share * (x - average)`, in place.
  package func average(_ x: Tensor, share: Float, into average: inout Tensor) {
    precondition(x.count == average.count, "average: \(x.shape) and \(average.shape)")
    let cuts = Cuts(total: x.count, size: Cuts.numbers)
    average.mutate { average in
      run(cuts.count) { [x = x.floats] unit, _ in
        Kernels.average(x[cuts[unit]], share: share, into: average[cuts[unit]])
      }
    }
  }

  /// The Euclidean norm of all numbers, summed in Double.
  package func norm(_ x: Tensor) -> Double {
    let cuts = Cuts(total: x.count, size: Cuts.numbers)
    let sums = PartialSums(cuts.count)
    run(cuts.count) { [x = x.floats] unit, _ in sums.set(unit, Kernels.dot(x[cuts[unit]], x[cuts[unit]])) }
    return sums.total.squareRoot()
  }
}

extension GradientBuffer {
  /// Scales all gradients down so that their norm is at most `largest`, as PyTorch's `clip_grad_norm_`.
  ///
  /// - Returns: The norm before.
  @discardableResult
  package func clip(toNorm largest: Float, on engine: Engine) -> Double {
    let norm = engine.norm(tensor)
    let factor = Float(Double(largest) / (norm + 1e-6))
    guard factor < 1 else { return norm }
    let cuts = Cuts(total: tensor.count, size: Cuts.numbers)
    engine.run(cuts.count) { [g = tensor.floats] unit, _ in
      Kernels.scale(g[cuts[unit]], by: factor, into: g[cuts[unit]])
    }
    return norm
  }
}
