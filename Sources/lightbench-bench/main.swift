import Foundation
import Tensors

private func run(_ words: [String]) async throws {
  if words.first == "arrays" { return try measureArrays(Array(words.dropFirst())) }
  if words.first == "runner" { return try await measureRunner(Array(words.dropFirst())) }
  if words.first == "matching" { return try measureMatching(Array(words.dropFirst())) }
  if words.first == "sweep" { return try measureSweep(Array(words.dropFirst())) }
  let options = try Options(words)
  if options.showsUsage { return print(Options.usage) }
  if let work = options.measure {
    for measured in options.cases {
      let outcome = Measurement(measured, work, threads: options.threads[0], length: options.length(work))
      print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }
    return
  }
  let report = try BenchmarkRun(options).report()
  print(report.markdown, terminator: "")
  guard options.isWhole else { return note("nothing is written: this was not a whole run") }
  let folder = URL(filePath: "results/benchmarks")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try Data(report.markdown.utf8).write(to: folder.appending(path: "engine.md"))
  try report.json.write(to: folder.appending(path: "engine.json"))
  note("results/benchmarks/engine.md, results/benchmarks/engine.json")
}

private func measureArrays(_ words: [String]) throws {
  if words == ["--help"] { return print(ArraysBenchmark.usage) }
  if try ArraysBenchmark.serve(words) { return }
  try ArraysBenchmark(words).run()
}

private func measureMatching(_ words: [String]) throws {
  if words == ["--help"] { return print(MatchingBenchmark.usage) }
  try MatchingBenchmark(words).run()
}

private func measureSweep(_ words: [String]) throws {
  if words == ["--help"] { return print(SweepBenchmark.usage) }
  try SweepBenchmark(words).run()
}

private func measureRunner(_ words: [String]) async throws {
  if words == ["--help"] { return print(RunnerBenchmark.usage) }
  if try await RunnerProcess.serve(words) { return }
  try RunnerBenchmark(words).run()
}

do {
  try await run(Array(CommandLine.arguments.dropFirst()))
} catch {
  note("lightbench-bench: \(error)")
  exit(2)
}
