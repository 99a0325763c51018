import Tensors

extension LinePanels.Axis {
  /// Whole powers of ten around positive numbers, with ticks at each; nil where nothing is positive.
  static func powers(_ name: String, around values: [Double]) -> Self? {
    let known = values.filter { $0 > 0 && $0.isFinite }
    guard let low = known.min(), let high = known.max() else { return nil }
    let first = log10(low).rounded(.down)
    let last = max(first + 1, log10(high).rounded(.up))
    let powers = stride(from: first, through: last, by: 1).map { Elementary.pow(10, Int($0)) }
    return Self(
      name: name, range: powers[0]...powers[powers.count - 1], ticks: powers, isLogarithmic: true)
  }

  /// From zero to the largest number, with ticks at round numbers.
  static func upTo(_ largest: Double, _ name: String) -> Self {
    guard largest > 0, largest.isFinite else { return Self(name: name, range: 0...1, ticks: [0, 1], decimals: 0) }
    let power = Elementary.pow(10, Int(log10(largest).rounded(.down)))
    let step = [0.2, 0.5, 1, 2, 5].map { $0 * power }.first { 4 * $0 >= largest } ?? largest
    let ticks = stride(from: 0, through: largest * (1 + 1e-9), by: step).map { $0 }
    return Self(
      name: name, range: 0...largest, ticks: ticks, decimals: step >= 1 ? 0 : -Int(log10(step).rounded(.down)))
  }

  /// How far a value lies from the lower end to the upper one, cut at both.
  func share(_ value: Double) -> Double {
    guard isLogarithmic else {
      return min(1, max(0, (value - range.lowerBound) / (range.upperBound - range.lowerBound)))
    }
    guard value > 0 else { return 0 }
    let (low, high) = (Elementary.log(range.lowerBound), Elementary.log(range.upperBound))
    return min(1, max(0, (Elementary.log(value) - low) / (high - low)))
  }

  /// A tick as people write it: `0.5`, `1200`, `1e-3`, `2.5e-5`.
  func text(_ tick: Double) -> String {
    guard isLogarithmic else {
      return tick == 0 ? "0" : decimals <= 4 ? fixed(tick, decimals: decimals) : Self.powerText(tick)
    }
    let power = Int(log10(tick).rounded())
    return (-2...3).contains(power) ? fixed(tick, decimals: max(0, -power)) : "1e\(power)"
  }

  /// A tick with one decimal at most, and its power of ten.
  private static func powerText(_ tick: Double) -> String {
    let power = Int(log10(tick).rounded(.down))
    let tenths = (10 * tick / Elementary.pow(10, power)).rounded()
    return "\(fixed(tenths / 10, decimals: tenths.truncatingRemainder(dividingBy: 10) == 0 ? 0 : 1))e\(power)"
  }
}

private func log10(_ value: Double) -> Double {
  let power = Elementary.log(value) / Elementary.log(10)
  // What is a power of ten to fifteen digits is meant as one.
  return abs(power - power.rounded()) < 1e-12 ? power.rounded() : power
}
