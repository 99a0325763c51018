import Foundation

/// What a run of the runner's benchmark found, as tables for people and as JSON.
struct RunnerReport {
  /// The empty graph at one size.
  struct Graph {
    let markers: Int
    let tasks: Int
    /// A run with an empty store, two tasks at once.
    let cold: Repeats
    /// A plan, everything in the store.
    let plan: Repeats
    /// A run, everything in the store.
    let idle: Repeats
  }

  /// What a task costs that does nothing, one at a time.
  struct Overhead {
    let tasks: Int
    /// Of the whole run, from the start of the program to its end.
    let seconds: Double
    let flushesPerTask: Double
    let flushMillisecondsPerTask: Double

    /// What is left of a task's share of the run without waiting for the disk.
    var milliseconds: Double { 1e3 * seconds / Double(tasks) - flushMillisecondsPerTask }
  }

  /// Another runner on the graph of 115 tasks.
  struct Peer {
    let name: String
    let version: String
    let command: String
    let cold: Repeats
    let warm: Repeats
  }

  /// Something that has to hold.
  struct Claim {
    let text: String
    let value: Double?
    let limit: Double
    let unit: String
    /// Whether larger is better.
    var isFloor = false

    var isMet: Bool? { value.map { isFloor ? $0 >= limit : $0 < limit } }
  }

  let flushMilliseconds: Double
  let graphs: [Graph]
  let overhead: Overhead
  /// The 6x6 experiment itself with nothing to do; nil where the store does not hold its results.
  let real: Repeats?
  let peers: [Peer]
  let machine = Machine.description
  let commit = Machine.commit

  /// The graph of the 6x6 experiment.
  var small: Graph { graphs[0] }

  var claims: [Claim] {
    var claims = [
      Claim(
        text: "plan of \(graphs[graphs.count - 1].tasks) tasks, all in the store",
        value: graphs[graphs.count - 1].plan.median, limit: 1, unit: "s"),
      Claim(text: "the 6x6 experiment with nothing to do", value: real?.median, limit: 0.3, unit: "s"),
      Claim(
        text: "its graph of \(small.tasks) empty tasks with nothing to do", value: small.idle.median, limit: 0.3,
        unit: "s"),
      Claim(text: "an empty task beyond its fsyncs", value: overhead.milliseconds, limit: 10, unit: "ms"),
    ]
    for peer in peers {
      claims.append(
        Claim(
          text: "times faster than \(peer.name), nothing cached", value: peer.cold.median / small.cold.median, limit: 5,
          unit: "", isFloor: true))
      claims.append(
        Claim(
          text: "times faster than \(peer.name), all cached", value: peer.warm.median / small.idle.median, limit: 5,
          unit: "", isFloor: true))
    }
    return claims
  }
}

// MARK: - Markdown

extension RunnerReport {
  var markdown: String {
    let versions = peers.map { ", \($0.name) \($0.version)" }.joined()
    return [
      "# The runner",
      """
      \(machine); commit \(commit)\(versions). Every figure is the median of whole processes, from their start to their \
      end. The store is on the disk of the checkout with fsync on; one fsync of a new file takes \
      \(flushMilliseconds.text(2)) ms there.
      """, "## What has to hold\n\(claimTable)",
      """
      ## By number of tasks
      The graph of the 6x6 experiment (`recipes/generalization.yaml`) with stages that do nothing, for 6, 21 and 69 \
      markers. Run: nothing cached, two tasks at once, every output published. MiB: peak resident memory of the runner.

      \(scalingTable)
      """,
      """
      ## One empty task
      \(overhead.tasks) tasks one at a time take \(overhead.seconds.text(3)) s, everything included: \
      \((1e3 * overhead.seconds / Double(overhead.tasks)).text(2)) ms a task, of which \
      \(overhead.flushMillisecondsPerTask.text(2)) ms are \(overhead.flushesPerTask.text(1)) fsyncs, counted and timed in \
      the worker; \(overhead.milliseconds.text(2)) ms are left.
      """,
      """
      ## Beside others
      \(peerWords)

      \(peerTable)
      """,
    ].joined(separator: "\n\n") + "\n"
  }

  private var claimTable: String {
    TextTable(
      ["what", "measured", "limit", ""],
      rows: claims.map { claim in
        func amount(_ value: Double) -> String { value.text(claim.isFloor ? 1 : claim.unit == "s" ? 3 : 2) }
        let unit = claim.unit.isEmpty ? "" : " " + claim.unit
        return [
          claim.text, claim.value.map { amount($0) + unit } ?? "not measured",
          (claim.isFloor ? "at least " : "below ") + claim.limit.text(claim.limit < 1 ? 1 : 0) + unit,
          claim.isMet.map { $0 ? "met" : "missed" } ?? "open",
        ]
      }
    ).markdown
  }

  private var scalingTable: String {
    TextTable(
      ["tasks", "run s", "ms a task", "MiB", "plan, all cached s", "MiB", "run, all cached s", "MiB"],
      rows: graphs.map { graph in
        [
          "\(graph.tasks)", graph.cold.median.text(2), (1e3 * graph.cold.median / Double(graph.tasks)).text(2),
          graph.cold.peakText, graph.plan.median.text(3), graph.plan.peakText, graph.idle.median.text(3),
          graph.idle.peakText,
        ]
      }
    ).markdown
  }

  private var peerWords: String {
    guard !peers.isEmpty else { return "Snakemake and DVC were not measured: `LIGHTBENCH_RUNNERS` names no python." }
    return """
      The graph of \(small.tasks) tasks. Snakemake and DVC run shell commands that touch their outputs; their files stand in \
      `Sources/lightbench-bench/Runner/Peers`. Neither waits for the disk, and one `dvc repro` runs one stage at a time. \
      Ours is `lightbench-bench runner --run`, which does what `lightbench run -j 2` does with stage kinds that are empty: \
      worker processes, a small artifact an output, every one published with fsync.
      """
  }

  private var peerTable: String {
    let ours = [
      "Lightbench", "`lightbench run -j 2`, empty stages", small.cold.median.text(3), small.idle.median.text(3), "", "",
    ]
    return TextTable(
      ["runner", "what was run", "nothing cached s", "all cached s", "ours is faster", "and all cached"],
      rows: [ours]
        + peers.map { peer in
          [
            "\(peer.name) \(peer.version)", "`\(peer.command)`", peer.cold.median.text(3), peer.warm.median.text(3),
            (peer.cold.median / small.cold.median).text(1) + " times",
            (peer.warm.median / small.idle.median).text(1) + " times",
          ]
        }
    ).markdown
  }
}

extension Repeats {
  fileprivate var peakText: String { peakMebibytes?.text(0) ?? "n/a" }
}
