import Foundation

/// Memory of this process that lies in RAM, in MiB, as Linux counts it; nil on systems that do not say.
enum ResidentMemory {
  static var now: Double? { status("VmRSS") }
  /// The most so far.
  static var peak: Double? { status("VmHWM") }

  private static func status(_ key: String) -> Double? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    guard let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first else { return nil }
    return Double(number).map { $0 / 1024 }
  }
}
