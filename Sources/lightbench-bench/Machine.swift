import Foundation

/// Where a run took place.
enum Machine {
  /// Processor, cores, system.
  static var description: String {
    let info = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let model = info?.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
    let name = model.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    return "\(name), \(ProcessInfo.processInfo.activeProcessorCount) cores, \(system)"
  }

  private static var system: String {
    #if os(Linux)
      "Linux"
    #else
      ProcessInfo.processInfo.operatingSystemVersionString
    #endif
  }

  /// The commit that was measured; marked where the checkout has changes.
  static var commit: String { answer(["git", "describe", "--always", "--dirty"]) }

  /// The kind of file system that a folder lies on: `tmpfs`.
  static func fileSystem(of folder: String) -> String { answer(["stat", "-f", "-c", "%T", folder]) }

  private static func answer(_ command: [String]) -> String {
    guard let child = try? ChildProcess("/usr/bin/env", command, isQuiet: true), let line = try? child.lastLine()
    else { return "unknown" }
    return String(decoding: line, as: UTF8.self)
  }
}
