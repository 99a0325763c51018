import Foundation

/// The whole of `make bench-sweep`: trainings of the sweep's preset at every geometry and mask ratio, two processes of
/// one thread side by side, beside both ways in which PyTorch can be run on two cores.
struct SweepBenchmark {
  static let usage = """
    usage: lightbench-bench sweep [--quick]
      --quick           one round of a step or two each; writes nothing
    Environment: LIGHTBENCH_TORCH is a python that has PyTorch, or 'install' for one in .build/torch.
    A whole run writes results/benchmarks/sweep.md and sweep.json; it takes PyTorch.
    """

  private let isQuick: Bool
  private let torch: Torch?
  private let program: String
  private var rounds: Int { isQuick ? 1 : 3 }
  /// How long the steps of a configuration are repeated in each process.
  private var length: StepTimes.Length { StepTimes.Length(seconds: isQuick ? 0 : 1.5, least: isQuick ? 1 : 3) }

  init(_ words: [String]) throws {
    guard words.isEmpty || words == ["--quick"] else {
      throw BenchmarkError("'\(words.joined(separator: " "))' is no option\n\(Self.usage)")
    }
    isQuick = !words.isEmpty
    torch = try Torch.found(wish: ProcessInfo.processInfo.environment["LIGHTBENCH_TORCH"])
    program = Bundle.main.executablePath ?? CommandLine.arguments[0]
  }

  /// Measures everything, prints it, and writes it where the run was a whole one.
  func run() throws {
    let report = SweepReport(rounds: try (1...rounds).map(round))
    print(report.markdown, terminator: "")
    guard !isQuick, torch != nil else { return note("nothing is written: this was not a whole run") }
    let folder = URL(filePath: "results/benchmarks")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(report.markdown.utf8).write(to: folder.appending(path: "sweep.md"))
    try report.json.write(to: folder.appending(path: "sweep.json"))
    note("results/benchmarks/sweep.md, results/benchmarks/sweep.json")
  }

  // MARK: - Private

  /// What a process says of a configuration, ours or PyTorch's.
  private struct Pace: Decodable {
    /// Steps a second.
    let rate: Double
    let torch: String?
  }

  /// All ways in turn.
  private func round(_ number: Int) throws -> SweepReport.Round {
    let ours = try together([try ours(), try ours()])
    let pair = try torch.map { try together([try start($0, threads: 1), try start($0, threads: 1)]) }
    let alone = try torch.map { try together([try start($0, threads: 2)]) }
    let round = SweepReport.Round(
      ours: ours.map(\.rate), torchPair: pair?.map(\.rate), torchAlone: alone?.map(\.rate),
      torch: pair?.lazy.compactMap(\.torch).first)
    note("round \(number) of \(rounds): \(round.text)")
    return round
  }

  /// The pace of each configuration of processes that run side by side.
  private func together(_ processes: [ChildProcess]) throws -> [Pace] {
    let paces = try processes.map { try $0.results(Pace.self) }
    return try BenchmarkCase.sweep.indices.map { index in
      let own = try paces.map { paces in
        guard paces.count == BenchmarkCase.sweep.count else {
          throw BenchmarkError("expected \(BenchmarkCase.sweep.count) lines of a process, found \(paces.count)")
        }
        return paces[index]
      }
      return Pace(rate: own.map(\.rate).reduce(0, +), torch: own[0].torch)
    }
  }

  private func ours() throws -> ChildProcess {
    try ChildProcess(
      program,
      ["--measure", Work.train.rawValue, "--threads", "1", "--seconds", "\(length.seconds)", "--case"]
        + BenchmarkCase.sweep.map(\.name) + (isQuick ? ["--quick"] : []))
  }

  private func start(_ torch: Torch, threads: Int) throws -> ChildProcess {
    try torch.start(BenchmarkCase.sweep, .train, threads: threads, length: length)
  }
}
