import Foundation

/// A moment in seconds since 1970 as people here say it: `2026-11-26 20:12`.
func spoken(time: Double) -> String {
  let style = Date.ISO8601FormatStyle(timeZone: .current).year().month().day().dateTimeSeparator(.space)
    .time(includingFractionalSeconds: false)
  return String(Date(timeIntervalSince1970: time).formatted(style).prefix(16))
}

/// `1 task`, `13 tasks`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// Bytes as people say them: `640 MiB`, `1.4 GiB`.
func spoken(bytes: Int) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  var amount = Double(bytes)
  var unit = 0
  while amount >= 1000 && unit < units.count - 1 {
    amount /= 1024
    unit += 1
  }
  let tenths = Int((amount * 10).rounded())
  return unit == 0 || tenths >= 100
    ? "\(Int(amount.rounded())) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
}
