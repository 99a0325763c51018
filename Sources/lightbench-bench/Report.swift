import Foundation

/// What a run found, as tables for people and as JSON.
struct Report: Encodable {
  let kernels: [KernelMeasurement]
  let rows: [Comparison]
  let twoTasks: TwoTasks?
  let machine = Machine.description
  let commit = Machine.commit

  private enum CodingKeys: String, CodingKey {
    case machine, commit, rows, kernels
    case peak = "peak_gflops"
    case torch = "torch_version"
    case twoTasks = "two_tasks"
  }

  func encode(to encoder: any Encoder) throws {
    var report = encoder.container(keyedBy: CodingKeys.self)
    try report.encode(machine, forKey: .machine)
    try report.encode(commit, forKey: .commit)
    try report.encode(torchVersion, forKey: .torch)
    try report.encode(Dictionary(uniqueKeysWithValues: peaks.map { ("\($0)", $1.rounded(to: 2)) }), forKey: .peak)
    try report.encode(rows, forKey: .rows)
    try report.encode(kernels, forKey: .kernels)
    try report.encode(twoTasks, forKey: .twoTasks)
  }

  private var torchVersion: String? { rows.lazy.compactMap(\.torch?.torch).first }

  /// The largest of the peaks measured in the run, by the number of threads.
  private var peaks: [(threads: Int, gflops: Double)] {
    let all = rows.map { ($0.threads, $0.peak) } + kernels.map { ($0.threads, $0.peak) }
    return Dictionary(all, uniquingKeysWith: max).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
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
    let version = torchVersion.map { ", PyTorch \($0)" } ?? ", without PyTorch"
    let peaks = peaks.map { "\($1.text(1)) GFLOP/s with \($0) \($0 == 1 ? "thread" : "threads")" }
    let peak = "Multiply-add peak, in the widest vectors that the kernels use: \(peaks.joined(separator: ", "))."
    let parts =
      ["# The engine", "\(machine); commit \(commit)\(version).", peak]
      + (rows.isEmpty ? [] : [steps]) + (kernels.isEmpty ? [] : [kernelRates]) + (twoTasks.map { [text($0)] } ?? [])
      + [floors]
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var steps: String {
    let table = TextTable(
      ["case", "what", "threads", "ours ms", "PyTorch ms", "compiled ms", "ratio", "floor", "", "share of peak"]
        + ["ours MiB", "PyTorch MiB"],
      rows: rows.map { row in
        [row.measured.name, row.work.rawValue, "\(row.threads)", row.ours.milliseconds.text(1)]
          + [row.torch?.ms.text(1) ?? "-", row.compiled?.ms.text(1) ?? "-", row.ratio.map { $0.text(2) } ?? "-"]
          + [row.floorText, row.verdict, (100 * row.shareOfPeak).text(0) + "%"]
          + [row.ours.peakMebibytes?.text(0) ?? "n/a", row.torch?.peakMebibytes.text(0) ?? "-"]
      })
    return """
      ## Steps
      Medians of whole steps from plain numbers in the public layout, one process a case, ours and PyTorch's in turn; \
      PyTorch in the memory format that is faster. The ratio is PyTorch by ours, the floor the least it must be (a second \
      one is against `torch.compile`). Share of peak: nominal operations of convolutions and matrix products. MiB: peak \
      resident memory above that before the model was built.

      \(table.markdown)
      """
  }

  private var kernelRates: String {
    let table = TextTable(
      ["kernel", "threads", "GFLOP/s", "share of peak", "floor", ""],
      rows: kernels.map { row in
        [row.name, "\(row.threads)", row.gflops.text(1), (100 * row.share).text(1) + "%"]
          + [
            row.floor.map { (100 * $0).text(0) + "%" } ?? "-",
            row.floor.map { row.share < $0 ? "missed" : "met" } ?? "",
          ]
      })
    return """
      ## Kernels
      Through the engine, packing of weights included; nominal operations, padding counted in; the peak is measured \
      between the repeats of each kernel.

      \(table.markdown)
      """
  }

  private func text(_ tasks: TwoTasks) -> String {
    """
    ## Two tasks
    On \(BenchmarkCase.small), two processes of one thread do \(tasks.together.text(2)) steps a second, one of two \
    threads \(tasks.alone.text(2)): \((100 * tasks.share).text(1))%, floor \((100 * TwoTasks.floor).text(0))%.
    """
  }

  private var floors: String {
    var missed = rows.flatMap(\.missed)
    missed += kernels.filter { $0.share < $0.floor ?? 0 }.map {
      "\($0.name), \($0.threads) threads: \((100 * $0.share).text(1))% of the peak, floor \((100 * ($0.floor ?? 0)).text(0))%"
    }
    if let twoTasks, twoTasks.share < TwoTasks.floor { missed.append("two tasks: \((100 * twoTasks.share).text(1))%") }
    let open =
      rows.isEmpty || torchVersion != nil ? "" : "PyTorch was not measured, so the floors of the steps are open.\n\n"
    return "## Floors missed\n" + open
      + (missed.isEmpty
        ? "None\(open.isEmpty ? "" : " of the others")." : missed.map { "- \($0)" }.joined(separator: "\n"))
  }
}

extension Comparison {
  fileprivate var floorText: String {
    guard let floors = measured.floors(work) else { return "-" }
    return floors.torch.text(2) + (floors.compiled.map { ", \($0.text(2))" } ?? "")
  }

  fileprivate var verdict: String { torch == nil ? "" : missed.isEmpty ? "met" : "missed" }
}
