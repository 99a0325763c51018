/// Numbers of one AdamW step.
package struct AdamWStep: Sendable {
  package var rate, beta1, beta2, epsilon, decay, correction1, correction2: Float

  package init(
    rate: Float, beta1: Float, beta2: Float, epsilon: Float, decay: Float, correction1: Float, correction2: Float
  ) {
    (self.rate, self.beta1, self.beta2, self.epsilon, self.decay) = (rate, beta1, beta2, epsilon, decay)
    (self.correction1, self.correction2) = (correction1, correction2)
  }
}

extension Engine {
  /// One AdamW step over flat buffers, in place: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.
  ///
  /// - Parameter ranges: What is changed, and whether it decays.
  package func adamW(
    _ step: AdamWStep, _ ranges: [(range: Range<Int>, isDecayed: Bool)], weight: inout Tensor, gradient: Tensor,
    moment1: inout Tensor, moment2: inout Tensor
  ) {
    let units = ranges.flatMap { part in
      let cuts = Cuts(total: part.range.count, size: Cuts.numbers)
      return (0..<cuts.count).map { unit in
        let (low, own) = (part.range.lowerBound, cuts[unit])
        return (range: low + own.lowerBound..<low + own.upperBound, decay: part.isDecayed ? step.decay : 0)
      }
    }
    weight.mutate { weight in
      moment1.mutate { moment1 in
        moment2.mutate { moment2 in
          run(units.count) { [gradient = gradient.floats] unit, _ in
            let (range, decay) = units[unit]
            Kernels.adamW(
              weight: weight[range], gradient: gradient[range], moment1: moment1[range], moment2: moment2[range],
              rate: step.rate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon, decay: decay,
              correction1: step.correction1, correction2: step.correction2)
          }
        }
      }
    }
  }
}
