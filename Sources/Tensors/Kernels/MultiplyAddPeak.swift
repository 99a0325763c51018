import CKernels

extension Engine {
  /// What the machine can do at most, in billions of operations a second: all threads at once do multiply-adds, two
  /// operations each, on numbers in registers.
  ///
  /// Windows of some five milliseconds follow each other for about `seconds`; the median of their rates is given.
  package func multiplyAddPeak(seconds: Double) -> Double {
    var rounds = 1000
    while time(ofRounds: rounds) < 5e-3 { rounds *= 2 }
    var rates: [Double] = []
    var left = seconds
    repeat {
      let time = time(ofRounds: rounds)
      rates.append(Double(rounds * Kernels.multiplyAddsPerRound * 2 * threads) / time / 1e9)
      left -= time
    } while left > 0
    return rates.sorted()[rates.count / 2]
  }

  private func time(ofRounds rounds: Int) -> Double {
    let sums = scratch(threads)
    let time = ContinuousClock().measure {
      run(threads) { unit, _ in sums[unit] = Kernels.multiplyAddPeak(rounds: rounds) }
    }
    return time / .seconds(1)
  }
}

extension Kernels {
  static let multiplyAddsPerRound = 96

  static func multiplyAddPeak(rounds: Int) -> Float { ck_multiply_add_peak_f32(rounds) }
}
