import Foundation

extension RunnerReport {
  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }
}

extension RunnerReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case machine, commit, graphs, overhead, peers, claims
    case flush = "fsync_ms"
    case real = "phantom_matrix_nothing_to_do_s"
  }

  func encode(to encoder: any Encoder) throws {
    var report = encoder.container(keyedBy: CodingKeys.self)
    try report.encode(machine, forKey: .machine)
    try report.encode(commit, forKey: .commit)
    try report.encode(flushMilliseconds.rounded(to: 3), forKey: .flush)
    try report.encode(graphs, forKey: .graphs)
    try report.encode(overhead, forKey: .overhead)
    try report.encode(real, forKey: .real)
    try report.encode(peers, forKey: .peers)
    try report.encode(claims, forKey: .claims)
  }
}

extension RunnerReport.Graph: Encodable {
  private enum CodingKeys: String, CodingKey {
    case markers, tasks
    case cold = "run_s"
    case plan = "plan_all_cached_s"
    case idle = "run_all_cached_s"
  }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(markers, forKey: .markers)
    try row.encode(tasks, forKey: .tasks)
    try row.encode(cold, forKey: .cold)
    try row.encode(plan, forKey: .plan)
    try row.encode(idle, forKey: .idle)
  }
}

extension RunnerReport.Overhead: Encodable {
  private enum CodingKeys: String, CodingKey {
    case tasks
    case seconds = "run_s"
    case flushesPerTask = "fsyncs_per_task"
    case flushMilliseconds = "fsync_ms_per_task"
    case milliseconds = "rest_ms_per_task"
  }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(tasks, forKey: .tasks)
    try row.encode(seconds.rounded(to: 4), forKey: .seconds)
    try row.encode(flushesPerTask.rounded(to: 2), forKey: .flushesPerTask)
    try row.encode(flushMillisecondsPerTask.rounded(to: 3), forKey: .flushMilliseconds)
    try row.encode(milliseconds.rounded(to: 3), forKey: .milliseconds)
  }
}

extension RunnerReport.Peer: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, version, command
    case cold = "run_s"
    case warm = "run_all_cached_s"
  }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(name, forKey: .name)
    try row.encode(version, forKey: .version)
    try row.encode(command, forKey: .command)
    try row.encode(cold, forKey: .cold)
    try row.encode(warm, forKey: .warm)
  }
}

extension RunnerReport.Claim: Encodable {
  private enum CodingKeys: String, CodingKey {
    case text = "what"
    case value, limit, unit
    case isMet = "met"
  }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(text, forKey: .text)
    try row.encode(value?.rounded(to: 4), forKey: .value)
    try row.encode(limit, forKey: .limit)
    try row.encode(unit, forKey: .unit)
    try row.encode(isMet, forKey: .isMet)
  }
}

extension Repeats: Encodable {
  private enum CodingKeys: String, CodingKey {
    case median, all
    case peakMebibytes = "peak_mib"
  }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(median.rounded(to: 4), forKey: .median)
    try row.encode(seconds.map { $0.rounded(to: 4) }, forKey: .all)
    try row.encodeIfPresent(peakMebibytes?.rounded(to: 1), forKey: .peakMebibytes)
  }
}
