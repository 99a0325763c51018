import Foundation

/// The last lines of a log; empty where there is none.
func lastLines(of log: String, count: Int = 5) -> [String] {
  guard let data = FileManager.default.contents(atPath: log) else { return [] }
  return String(decoding: data.suffix(4096), as: UTF8.self).split(separator: "\n").suffix(count).map(String.init)
}

/// What is told of a failed task: address, phase, reason, log with its last lines, and what to type.
///
/// - Parameter retry: The command that runs the experiment again; nil where nobody knows it.
func failureLines(_ address: String, _ failure: (phase: String, message: String), log: String?, retry: String?)
  -> [String]
{
  var lines = ["failed: \(address), phase \(failure.phase): \(failure.message)"]
  if let log {
    lines.append("  log: \(log)")
    lines += lastLines(of: log).map { "  | \($0)" }
  }
  if let retry { lines.append("  retry: \(retry) --only \(address.quotedForShell)") }
  return lines
}
