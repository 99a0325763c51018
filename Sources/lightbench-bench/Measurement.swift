import Tensors

/// What one process of ours reports of one case, as a line of JSON.
struct Measurement: Codable, Sendable {
  /// Median of a step.
  let milliseconds: Double
  let steps: Int
  /// Steps a second over all of them.
  let rate: Double
  /// The largest resident memory above that before the model was built; nil where the system does not say.
  let peakMebibytes: Double?

  /// Measures a case in this process.
  init(_ measured: BenchmarkCase, _ work: Work, threads: Int, length: StepTimes.Length) {
    let before = ResidentMemory.now
    let times = StepTimes(length, body: measured.step(work, on: Engine(threads: threads)))
    milliseconds = 1e3 * times.median
    steps = times.count
    rate = Double(times.count) / times.total
    peakMebibytes = if let before, let peak = ResidentMemory.peak { peak - before } else { nil }
  }
}
