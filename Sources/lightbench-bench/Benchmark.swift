/// Times of one case, after a warm-up.
struct Benchmark {
  let name: String
  /// Milliseconds, sorted.
  let times: [Double]

  /// Runs `body` once unseen, then `repeats` times.
  init(_ name: String, repeats: Int = 5, body: () throws -> Void) rethrows {
    try body()
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<repeats { times.append(try clock.measure(body).milliseconds) }
    self.name = name
    self.times = times.sorted()
  }

  var median: Double { times[times.count / 2] }
  var ninth: Double { times[min(times.count - 1, times.count * 9 / 10)] }
}

extension Duration {
  fileprivate var milliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
  }
}
