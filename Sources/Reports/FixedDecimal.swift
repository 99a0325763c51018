/// Writes a number with a fixed number of decimals: the same bytes on every machine and in every locale.
///
/// Ties go to even, as in C. A negative number that rounds to zero loses its sign.
///
/// - Precondition: `value` is finite, `decimals` is from 0 to 6 and the scaled value fits into an `Int64`.
package func fixed(_ value: Double, decimals: Int) -> String {
  precondition((0...6).contains(decimals), "fixed: \(decimals) decimals asked, 0 to 6 possible")
  var scale: Int64 = 1
  for _ in 0..<decimals { scale *= 10 }
  let scaled = (value * Double(scale)).rounded(.toNearestOrEven)
  precondition(scaled.magnitude < 0x1p62, "fixed: \(value) is not finite or too large for \(decimals) decimals")
  let digits = Int64(scaled.magnitude)
  let sign = scaled < 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(digits)" }
  let fraction = String(digits % scale)
  return "\(sign)\(digits / scale).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
}

/// Writes a value with a fixed number of decimals, or `n/a`.
package func fixed(_ value: Double?, decimals: Int) -> String {
  value.map { fixed($0, decimals: decimals) } ?? "n/a"
}

/// Writes a number with at most so many decimals and no zeros at the end: `1.8`, `4`, `99.7`.
///
/// Of what is not finite, or 10^9 and more, as Swift writes it.
///
/// - Precondition: `decimals` is from 0 to 6.
package func trimmed(_ value: Double, decimals: Int = 2) -> String {
  guard value.magnitude < 1e9 else { return "\(value)" }
  var text = Substring(fixed(value, decimals: decimals))
  guard text.contains(".") else { return String(text) }
  while text.hasSuffix("0") { text = text.dropLast() }
  if text.hasSuffix(".") { text = text.dropLast() }
  return String(text)
}
