/// Seconds as people say them: `40s`, `7m 30s`, `2h 05m`.
func spoken(seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole)s" }
  if whole < 3600 { return "\(whole / 60)m \(twoDigits(whole % 60))s" }
  return "\(whole / 3600)h \(twoDigits(whole % 3600 / 60))m"
}

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

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
