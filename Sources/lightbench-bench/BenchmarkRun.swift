import Foundation
import Tensors

/// The whole of `make bench`: kernels here, every case in processes of its own, ours and PyTorch's in turn.
struct BenchmarkRun {
  private let options: Options
  private let torch: Torch?
  private let program: String

  init(_ options: Options) throws {
    self.options = options
    program = Bundle.main.executablePath ?? CommandLine.arguments[0]
    torch = try options.kernelsOnly ? nil : Torch.found(wish: ProcessInfo.processInfo.environment["LIGHTBENCH_TORCH"])
  }

  func report() throws -> Report {
    let kernels = options.measuresKernels ? kernels() : []
    if options.kernelsOnly { return Report(kernels: kernels, rows: [], twoTasks: nil) }
    var rows: [Comparison] = []
    for measured in options.cases {
      for work in measured.works { rows += try comparisons(measured, work) }
    }
    return Report(kernels: kernels, rows: rows, twoTasks: try twoTasks())
  }

  // MARK: -

  private func kernels() -> [KernelMeasurement] {
    options.threads.flatMap { threads in
      let engine = Engine(threads: threads)
      return Kernel.all.map { kernel in
        let row = KernelMeasurement(kernel, on: engine, isQuick: options.isQuick)
        note(
          "\(row.name), \(threads) threads: \(row.gflops.text(1)) GFLOP/s, \((100 * row.share).text(1))% of the peak")
        return row
      }
    }
  }

  private func comparisons(_ measured: BenchmarkCase, _ work: Work) throws -> [Comparison] {
    let most = options.threads.max() ?? 1
    let layout = try torch?.layout(measured, work, threads: most)
    return try options.threads.map { threads in
      let row = try comparison(measured, work, threads: threads, layout: layout, isMost: threads == most)
      let ours = "ours \(row.ours.milliseconds.text(1)) ms"
      let torch = row.torch.map { ", PyTorch \($0.ms.text(1)) ms in \($0.layout)" } ?? ""
      let compiled = row.compiled.map { ", compiled \($0.ms.text(1)) ms" } ?? ""
      note("\(measured.name) \(work.rawValue), \(threads) threads: \(ours)\(torch)\(compiled)")
      return row
    }
  }

  private func comparison(
    _ measured: BenchmarkCase, _ work: Work, threads: Int, layout: String?, isMost: Bool
  ) throws -> Comparison {
    let peak = Engine(threads: threads).multiplyAddPeak(seconds: options.isQuick ? 0.01 : 0.1)
    let length = options.length(work)
    let ours: Measurement = try start(measured, work, threads: threads, seconds: length.seconds).result()
    func beside(isCompiled: Bool) throws -> Torch.Measurement? {
      guard let torch, let layout else { return nil }
      return try torch.measure(
        measured, work, threads: threads, layout: layout, isCompiled: isCompiled, length: length)
    }
    return Comparison(
      measured: measured, work: work, threads: threads, ours: ours, torch: try beside(isCompiled: false),
      compiled: isCompiled(measured, work, isMost: isMost) ? try beside(isCompiled: true) : nil, peak: peak)
  }

  /// Compiling takes up to a minute a case, so it is left out where no floor is set against it, except for one row of
  /// each training.
  private func isCompiled(_ measured: BenchmarkCase, _ work: Work, isMost: Bool) -> Bool {
    !options.isQuick && (measured.floors(work)?.compiled != nil || work == .train && isMost)
  }

  private func twoTasks() throws -> TwoTasks? {
    guard let measured = options.cases.first(where: { $0.name == BenchmarkCase.small }) else { return nil }
    let outcome = try TwoTasks(rounds: options.isQuick ? 1 : 3) {
      try start(measured, .train, threads: $0, seconds: options.isQuick ? 0.5 : 4)
    }
    note("two tasks of one thread do \((100 * outcome.share).text(1))% of the work of one of two")
    return outcome
  }

  private func start(_ measured: BenchmarkCase, _ work: Work, threads: Int, seconds: Double) throws -> ChildProcess {
    try ChildProcess(
      program,
      ["--measure", work.rawValue, "--case", measured.name, "--threads", "\(threads)", "--seconds", "\(seconds)"]
        + (options.isQuick ? ["--quick"] : []))
  }
}
