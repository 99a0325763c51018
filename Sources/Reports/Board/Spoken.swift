/// Seconds as people say them: `0.4s`, `40s`, `7m 30s`, `2h 05m`, `12d 03h`.
package func spoken(seconds: Double) -> String {
  if seconds < 9.95 {
    let tenths = Int((max(0, seconds) * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
  }
  let whole = Int(seconds.rounded())
  func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  if whole < 60 { return "\(whole)s" }
  if whole < 3600 { return "\(whole / 60)m \(twoDigits(whole % 60))s" }
  if whole >= 2 * 86_400 { return "\(whole / 86_400)d \(twoDigits(whole % 86_400 / 3600))h" }
  return "\(whole / 3600)h \(twoDigits(whole % 3600 / 60))m"
}

/// `1 task`, `13 tasks`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// Bytes as people say them: `640 MiB`, `1.4 GiB`.
package func spoken(bytes: Int) -> String {
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
