import Tensors

/// Rate of a kernel beside the peak of the machine in the same second.
struct KernelMeasurement: Encodable, Sendable {
  let name: String
  let threads: Int
  let gflops: Double
  let share: Double
  /// The peak that was measured in between.
  let peak: Double
  /// Share of the peak that the kernel has to reach.
  let floor: Double?

  private enum CodingKeys: String, CodingKey {
    case name, threads, gflops
    case share = "share_of_peak"
  }

  /// Measures kernel and peak in turn, so that the share holds where the clock of the processor wanders; medians of the
  /// rounds.
  init(_ kernel: Kernel, on engine: Engine, isQuick: Bool) {
    let prepare = kernel.prepared(engine)
    let length = StepTimes.Length(seconds: isQuick ? 0 : 0.2, least: isQuick ? 1 : 5)
    var rounds: [(rate: Double, peak: Double)] = []
    for _ in 0..<(isQuick ? 1 : 5) {
      let peak = engine.multiplyAddPeak(seconds: isQuick ? 0.01 : 0.05)
      let times = StepTimes(length, prepare: prepare) { $0() }
      rounds.append((kernel.operations / times.median / 1e9, peak))
    }
    name = kernel.name
    threads = engine.threads
    gflops = KernelMeasurement.median(rounds.map(\.rate)).rounded(to: 2)
    share = KernelMeasurement.median(rounds.map { $0.rate / $0.peak }).rounded(to: 4)
    peak = KernelMeasurement.median(rounds.map(\.peak))
    floor = kernel.floor
  }

  private static func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }
}
