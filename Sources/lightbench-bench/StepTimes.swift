/// How long the repeats of a step took.
struct StepTimes: Sendable {
  /// How often a step is repeated.
  struct Length: Sendable {
    var seconds: Double
    var least: Int
  }

  /// Seconds, sorted.
  private let sorted: [Double]
  /// Seconds of all of them together.
  let total: Double

  /// Repeats `body` after a warm-up, two runs where the first is a short one; `prepare` is not timed.
  init<Prepared>(_ length: Length, prepare: () -> Prepared, body: (Prepared) -> Void) {
    func time() -> Double {
      let prepared = prepare()
      return ContinuousClock().measure { body(prepared) } / .seconds(1)
    }
    if time() < length.seconds { _ = time() }
    var times: [Double] = []
    var total = 0.0
    while times.count < length.least || total < length.seconds {
      times.append(time())
      total += times[times.count - 1]
    }
    sorted = times.sorted()
    self.total = total
  }

  init(_ length: Length, body: () -> Void) {
    self.init(length, prepare: {}, body: body)
  }

  var count: Int { sorted.count }
  var median: Double { sorted[count / 2] }
}
