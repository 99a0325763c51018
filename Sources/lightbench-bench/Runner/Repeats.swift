/// What something gave, and the seconds it took.
struct Timed<Value> {
  let value: Value
  let seconds: Double

  init(_ body: () throws -> Value) rethrows {
    let start = ContinuousClock.now
    value = try body()
    seconds = (ContinuousClock.now - start) / .seconds(1)
  }
}

/// Repeats of one measurement.
struct Repeats: Sendable {
  /// Seconds, sorted.
  let seconds: [Double]
  /// The largest resident memory of any repeat, in MiB; nil where nobody looked.
  let peakMebibytes: Double?

  init(seconds: [Double], peakMebibytes: Double? = nil) {
    self.seconds = seconds.sorted()
    self.peakMebibytes = peakMebibytes
  }

  init(_ repeats: [Timed<RunnerProcess.Outcome>]) {
    self.init(
      seconds: repeats.map(\.seconds), peakMebibytes: repeats.compactMap(\.value.peakMebibytes).max())
  }

  var median: Double { seconds[seconds.count / 2] }
}
