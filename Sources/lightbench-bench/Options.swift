/// The command line.
struct Options {
  static let usage = """
    usage: lightbench-bench [--case NAME ...] [--threads N ...] [--kernels] [--quick]
      --case NAME ...   these cases alone: \(BenchmarkCase.all.map(\.name).joined(separator: " "))
      --threads N ...   these numbers of threads, instead of 1 and 2
      --kernels         the kernels alone
      --quick           a step or two of each, to see that all of it works
           lightbench-bench runner [--quick], the benchmark of the runner; see 'runner --help'
           lightbench-bench arrays [--quick], the benchmark of array formats; see 'arrays --help'
           lightbench-bench matching [--quick], the benchmark of matching; see 'matching --help'
           lightbench-bench sweep [--quick], the benchmark of the autoencoders' sweep; see 'sweep --help'
    Environment: LIGHTBENCH_TORCH is a python that has PyTorch, or 'install' for one in .build/torch.
    Only a whole run, without options, writes results/benchmarks/engine.md and engine.json.
    """

  var cases = BenchmarkCase.all
  var threads = [1, 2]
  var isQuick = false
  var kernelsOnly = false
  var showsUsage = false
  /// The work that this process is to measure itself, with a line of JSON a case as outcome; between our own processes.
  var measure: Work?
  var seconds: Double?

  /// Whether everything is measured as results need it.
  private(set) var isWhole = true

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      let values = Array(rest.prefix { !$0.hasPrefix("--") })
      rest = rest.dropFirst(values.count)
      try set(option, values)
      isWhole = false
    }
  }

  private mutating func set(_ option: String, _ values: [String]) throws {
    switch (option, values.count) {
    case ("--case", 1...): cases = try values.map { try BenchmarkCase.named($0) }
    case ("--threads", 1...): threads = try values.map { try count($0) }
    case ("--quick", 0): isQuick = true
    case ("--kernels", 0): kernelsOnly = true
    case ("--help", 0): showsUsage = true
    case ("--measure", 1): measure = Work(rawValue: values[0])
    case ("--seconds", 1): seconds = Double(values[0])
    default:
      throw BenchmarkError("'\(([option] + values).joined(separator: " "))' is no option\n\(Options.usage)")
    }
  }

  private func count(_ text: String) throws -> Int {
    guard let count = Int(text), count > 0 else { throw BenchmarkError("'\(text)' is no number of threads") }
    return count
  }

  /// Kernels are left out where cases are chosen.
  var measuresKernels: Bool { kernelsOnly || cases.count == BenchmarkCase.all.count }

  /// How long a step of some work is repeated: whole runs stay within some twenty minutes, and a step of many seconds
  /// is still seen three times.
  func length(_ work: Work) -> StepTimes.Length {
    if isQuick { return StepTimes.Length(seconds: seconds ?? 0, least: 1) }
    return StepTimes.Length(seconds: seconds ?? (work == .train ? 5 : 3), least: 3)
  }
}
