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
  package func adamW(
    _ step: AdamWStep, weight: inout Tensor, gradient: Tensor, moment1: inout Tensor, moment2: inout Tensor
  ) {
    let cuts = Cuts(total: weight.count, size: Cuts.numbers)
    weight.mutate { weight in
      moment1.mutate { moment1 in
        moment2.mutate { moment2 in
          run(cuts.count) { [gradient = gradient.floats] unit, _ in
            let range = cuts[unit]
            Kernels.adamW(
              weight: weight[range], gradient: gradient[range], moment1: moment1[range], moment2: moment2[range],
              rate: step.rate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon, decay: step.decay,
              correction1: step.correction1, correction2: step.correction2)
          }
        }
      }
    }
  }
}
