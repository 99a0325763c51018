import Foundation
import Pipeline
import SystemPackage

/// The whole of `make bench-runner`: every measurement is a process of its own, from its start to its end.
struct RunnerBenchmark {
  /// How often things are repeated, and on how many tasks.
  private struct Extent {
    var markers = [6, 21, 69]
    /// Of runs with an empty store, by the number of markers.
    var cold = [6: 7, 21: 3, 69: 1]
    var warm = 9
    var peersCold = 3
    var peersWarm = 5

    static let quick = Extent(markers: [6], cold: [6: 1], warm: 1, peersCold: 1, peersWarm: 1)
  }

  static let usage = """
    usage: lightbench-bench runner [--quick]
      --quick           each once, on the graph of 115 tasks; writes nothing
    Environment: LIGHTBENCH_RUNNERS is a python that has Snakemake and DVC, or 'install' for one in .build/runners.
    A whole run writes results/benchmarks/runner.md and runner.json.
    """

  private static let real = (program: ".build/release/lightbench", experiment: "experiments/phantom-matrix.yaml")
  private let folder = FileManager.default.currentDirectoryPath + "/.build/bench-runner"
  private let extent: Extent
  private let isQuick: Bool
  private let peers: [PeerRunner]

  init(_ words: [String]) throws {
    guard words.isEmpty || words == ["--quick"] else {
      throw BenchmarkError("'\(words.joined(separator: " "))' is no option\n\(Self.usage)")
    }
    isQuick = !words.isEmpty
    extent = isQuick ? .quick : Extent()
    peers = try PeerRunner.found(wish: ProcessInfo.processInfo.environment["LIGHTBENCH_RUNNERS"])
  }

  /// Measures everything, prints it, and writes it where the run was a whole one.
  func run() throws {
    try? FileManager.default.removeItem(atPath: folder)  // of a run that was killed
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let graphs = try extent.markers.map { try scaling(EmptyRecipe(markers: $0)) }
    let report = RunnerReport(
      flushMilliseconds: try flush(), graphs: graphs, overhead: try overhead(EmptyRecipe(markers: 6)),
      real: try realExperiment(), peers: try peers.map(beside))
    print(report.markdown, terminator: "")
    guard !isQuick else { return note("nothing is written: this was not a whole run") }
    let results = URL(filePath: "results/benchmarks")
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    try Data(report.markdown.utf8).write(to: results.appending(path: "runner.md"))
    try report.json.write(to: results.appending(path: "runner.json"))
    note("results/benchmarks/runner.md, results/benchmarks/runner.json")
  }

  // MARK: - Ours

  private func scaling(_ recipe: EmptyRecipe) throws -> RunnerReport.Graph {
    let file = try write(recipe)
    let store = "\(folder)/store-\(recipe.markers)"
    var cold: [Timed<RunnerProcess.Outcome>] = []
    for _ in 0..<(extent.cold[recipe.markers] ?? 1) {
      try? FileManager.default.removeItem(atPath: store)  // the first time there is none
      cold.append(try ours(["--run", file, store, "2"]) { $0.computed == recipe.tasks })
    }
    let plans = try (0..<extent.warm).map { _ in
      try ours(["--plan", file, store]) { $0.cached == recipe.tasks }
    }
    let idle = try (0..<extent.warm).map { _ in
      try ours(["--run", file, store, "2"]) { $0.cached == recipe.tasks && $0.computed == 0 }
    }
    let graph = RunnerReport.Graph(
      markers: recipe.markers, tasks: recipe.tasks, cold: Repeats(cold), plan: Repeats(plans), idle: Repeats(idle))
    note(
      "\(graph.tasks) tasks: \(graph.cold.median.text(2)) s, plan \(graph.plan.median.text(3)) s, nothing to do \(graph.idle.median.text(3)) s"
    )
    return graph
  }

  /// One worker, so that waiting for the disk and our own work do not overlap.
  private func overhead(_ recipe: EmptyRecipe) throws -> RunnerReport.Overhead {
    let file = try write(recipe)
    let (store, tallies) = ("\(folder)/store-overhead", "\(folder)/tally")
    var found: [RunnerReport.Overhead] = []
    for _ in 0..<(extent.cold[6] ?? 1) {
      for path in [store, tallies] { try? FileManager.default.removeItem(atPath: path) }
      try FileManager.default.createDirectory(atPath: tallies, withIntermediateDirectories: true)
      let timed = try ours(["--run", file, store, "1"], tallies: tallies) { $0.computed == recipe.tasks }
      let tally = try TalliedStages.Tally(in: tallies)
      found.append(
        RunnerReport.Overhead(
          tasks: recipe.tasks, seconds: timed.seconds, flushesPerTask: Double(tally.waits) / Double(tally.tasks),
          flushMillisecondsPerTask: 1e3 * tally.seconds / Double(tally.tasks)))
    }
    return found.sorted { $0.milliseconds < $1.milliseconds }[found.count / 2]
  }

  /// The experiment itself, where its results are in the store.
  private func realExperiment() throws -> Repeats? {
    guard FileManager.default.isExecutableFile(atPath: Self.real.program),
      try ChildProcess(Self.real.program, ["plan", Self.real.experiment]).lastLine()
        == Data("Everything is up to date.".utf8)
    else {
      note("'\(Self.real.experiment)' is not measured: its results are not in the store; 'make matrix' computes them")
      return nil
    }
    return Repeats(
      seconds: try (0..<extent.warm).map { _ in
        try Timed { _ = try ChildProcess(Self.real.program, ["run", Self.real.experiment]).lastLine() }.seconds
      })
  }

  private func write(_ recipe: EmptyRecipe) throws -> String {
    let file = "\(folder)/empty-\(recipe.markers).yaml"
    try Data(recipe.text.utf8).write(to: URL(filePath: file))
    return file
  }

  private func ours(
    _ words: [String], tallies: String? = nil, isRight: (RunnerProcess.Outcome) -> Bool
  ) throws -> Timed<RunnerProcess.Outcome> {
    var environment = ProcessInfo.processInfo.environment
    environment[TalliedStages.variable] = tallies
    let program = try RunnerProcess.program()
    let timed = try Timed<RunnerProcess.Outcome> {
      try ChildProcess(program, ["runner"] + words, environment: environment).result()
    }
    guard isRight(timed.value) else {
      throw BenchmarkError("'runner \(words.joined(separator: " "))' did \(timed.value)")
    }
    return timed
  }

  /// Milliseconds until a new file of a kilobyte is on the disk.
  private func flush() throws -> Double {
    let times = try (0..<100).map { index in
      let path = FilePath("\(folder)/flush-\(index)")
      try Posix.write([UInt8](repeating: UInt8(index), count: 1000), to: path)
      return try Timed { try Posix.synchronise(path) }.seconds
    }
    return 1e3 * Repeats(seconds: times).median
  }

  // MARK: - Others

  private func beside(_ peer: PeerRunner) throws -> RunnerReport.Peer {
    var cold: [Double] = []
    for _ in 0..<extent.peersCold {
      try peer.prepare(in: "\(folder)/\(peer.name)")
      cold.append(try Timed { try peer.run(in: "\(folder)/\(peer.name)") }.seconds)
    }
    let warm = try (0..<extent.peersWarm).map { _ in
      try Timed { try peer.run(in: "\(folder)/\(peer.name)") }.seconds
    }
    let row = RunnerReport.Peer(
      name: peer.name, version: peer.version, command: peer.command, cold: Repeats(seconds: cold),
      warm: Repeats(seconds: warm))
    note("\(row.name): \(row.cold.median.text(2)) s, nothing to do \(row.warm.median.text(2)) s")
    return row
  }
}
