import Foundation

/// What a run of the benchmark of the sweep found, as a table for people and as JSON.
struct SweepReport: Encodable {
  /// How many times the throughput of PyTorch ours must be, from the specification of the sweep.
  static let floor = 1.3

  /// Steps a second of each configuration, all processes of a way together.
  struct Round: Encodable {
    let ours: [Double]
    let torchPair: [Double]?
    let torchAlone: [Double]?
    let torch: String?

    /// Steps a second over a sweep that does as many steps of each configuration.
    static func throughput(_ rates: [Double]) -> Double { Double(rates.count) / rates.map { 1 / $0 }.reduce(0, +) }

    /// How many times the better of PyTorch's ways.
    var ratio: Double? {
      guard let torchPair, let torchAlone else { return nil }
      return Self.throughput(ours) / max(Self.throughput(torchPair), Self.throughput(torchAlone))
    }

    var text: String {
      let ways = [("ours", ours as [Double]?), ("PyTorch in two processes", torchPair), ("in one", torchAlone)]
      let rates = ways.compactMap { way, rates in rates.map { "\(way) \(Self.throughput($0).text(2))" } }
      return rates.joined(separator: ", ") + " steps a second" + (ratio.map { ", \($0.text(2)) times" } ?? "")
    }

    private enum CodingKeys: String, CodingKey {
      case ours
      case torchPair = "torch_two_processes"
      case torchAlone = "torch_one_process"
    }
  }

  let machine = Machine.description
  let commit = Machine.commit
  private let rounds: [Round]
  /// The one with the median ratio.
  private let median: Round

  init(rounds: [Round]) {
    self.rounds = rounds
    median = rounds.sorted { ($0.ratio ?? 0) < ($1.ratio ?? 0) }[rounds.count / 2]
  }

  private enum CodingKeys: String, CodingKey {
    case machine, commit, cases, rounds, ratio, floor
    case torch = "torch_version"
  }

  func encode(to encoder: any Encoder) throws {
    var report = encoder.container(keyedBy: CodingKeys.self)
    try report.encode(machine, forKey: .machine)
    try report.encode(commit, forKey: .commit)
    try report.encode(median.torch, forKey: .torch)
    try report.encode(BenchmarkCase.sweep.map(\.name), forKey: .cases)
    try report.encode(rounds, forKey: .rounds)
    try report.encode(median.ratio?.rounded(to: 3), forKey: .ratio)
    try report.encode(Self.floor, forKey: .floor)
  }

  // MARK: -

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  var markdown: String {
    func cells(_ name: String, ours: Double, pair: Double?, alone: Double?) -> [String] {
      [name, ours.text(1), pair?.text(1) ?? "-", alone?.text(1) ?? "-"]
        + [pair.flatMap { pair in alone.map { (ours / max(pair, $0)).text(2) } } ?? "-"]
    }
    let rows = BenchmarkCase.sweep.enumerated().map { index, item in
      cells(item.name, ours: median.ours[index], pair: median.torchPair?[index], alone: median.torchAlone?[index])
    }
    let all = cells(
      "all", ours: Round.throughput(median.ours), pair: median.torchPair.map(Round.throughput),
      alone: median.torchAlone.map(Round.throughput))
    let table = TextTable(
      ["configuration", "ours, two processes", "PyTorch, two processes", "PyTorch, one process", "ratio"],
      rows: rows + [all])
    return """
      # The sweep
      \(machine); commit \(commit)\(median.torch.map { ", PyTorch \($0)" } ?? ", without PyTorch").

      Training steps a second of the preset `sweep` at every geometry and mask ratio of `recipes/mae-sweep.yaml`, batches \
      of 16 crops from memory. Two processes of one thread run side by side, their steps counted together; one process has \
      two threads. All ways in turn, \(rounds.count) rounds, of which this is the one with the median ratio. All: as many \
      steps of each configuration; the ratio is ours by the better of PyTorch's ways.

      \(table.markdown)

      \(verdict)

      """
  }

  private var verdict: String {
    guard let ratio = median.ratio else { return "Nothing to compare with." }
    return "\(ratio.text(2)) times PyTorch, floor \(Self.floor): \(ratio < Self.floor ? "missed" : "met")."
  }
}
