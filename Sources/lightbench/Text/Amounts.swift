import Foundation

/// A moment in seconds since 1970 as people here say it: `2026-11-26 20:12`.
func spoken(time: Double) -> String {
  let style = Date.ISO8601FormatStyle(timeZone: .current).year().month().day().dateTimeSeparator(.space)
    .time(includingFractionalSeconds: false)
  return String(Date(timeIntervalSince1970: time).formatted(style).prefix(16))
}
