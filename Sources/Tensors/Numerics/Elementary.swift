/// Elementary functions made of IEEE additions, multiplications, divisions and square roots only.
///
/// The C library's functions round differently between its versions and processors; these give the same bits
/// everywhere, so whatever is kept or fingerprinted uses them. Within 2 units in the last place of the true value
/// where a function does not say otherwise.
public enum Elementary {
  private static let logTwoHigh = 0x1.62e42feep-1
  private static let logTwoLow = 0x1.a39ef35793c76p-33
  /// 1 / n! for n from 14 down to 2.
  private static let inverseFactorials: [Double] = stride(from: 14, through: 2, by: -1).map { 1 / factorial($0) }

  // MARK: - Exponentials

  /// e to the power of `x`; infinity above 709.78, 0 below -745.13.
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.782712893384 { return .infinity }
    if x < -745.1332191019412 { return 0 }
    let power = (x * 0x1.71547652b82fep+0).rounded(.toNearestOrEven)
    let high = x - power * logTwoHigh
    let low = power * logTwoLow
    let reduced = high - low
    var series = 0.0
    for coefficient in inverseFactorials { series = series * reduced + coefficient }
    let correction = reduced * reduced * series - ((reduced - high) + low)
    return scaled(1 + (reduced + correction), by: Int(power))
  }

  /// The natural logarithm of `x`: minus infinity at 0, not a number below.
  public static func log(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x.isFinite else { return x }
    var significand = x.significand
    var exponent = Double(x.exponent)
    if significand > 1.4142135623730951 {
      significand *= 0.5
      exponent += 1
    }
    let offset = significand - 1
    let ratio = offset / (2 + offset)
    let square = ratio * ratio
    var series = 0.0
    for odd in stride(from: 23.0, through: 3, by: -2) { series = (series + 2 / odd) * square }
    // log(1 + f) = f - f²/2 + s (f²/2 + R), s = f / (2 + f): f itself is exact, which 2 s is not.
    let half = 0.5 * offset * offset
    let small = ratio * (half + series) + exponent * logTwoLow
    return exponent * logTwoHigh + (offset - (half - small))
  }

  /// `base` to the power of `exponent` for a positive base, within 2 + 2 |exponent · log(base)| units in the last place.
  ///
  /// - Precondition: `base` is positive, or 0 with a positive exponent.
  public static func pow(_ base: Double, _ exponent: Double) -> Double {
    precondition(base > 0 || (base == 0 && exponent > 0), "pow: base \(base) with exponent \(exponent)")
    if exponent == exponent.rounded(), abs(exponent) <= 64 { return pow(base, Int(exponent)) }
    return base == 0 ? 0 : exp(exponent * log(base))
  }

  /// `base` to a whole power by repeated squaring, within |exponent| units in the last place.
  public static func pow(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var remaining = exponent.magnitude
    while remaining > 0 {
      if remaining & 1 == 1 { result *= square }
      square *= square
      remaining >>= 1
    }
    return exponent < 0 ? 1 / result : result
  }

  // MARK: - Trigonometry

  /// The sine of an angle in radians.
  ///
  /// - Precondition: |`x`| is at most 2^20; larger angles would need a longer value of pi.
  public static func sin(_ x: Double) -> Double {
    let (quadrant, angle, rest) = reduced(x)
    let value = quadrant & 1 == 0 ? sineSeries(angle, rest) : cosineSeries(angle, rest)
    return quadrant & 2 == 0 ? value : -value
  }

  /// The cosine of an angle in radians.
  ///
  /// - Precondition: |`x`| is at most 2^20; larger angles would need a longer value of pi.
  public static func cos(_ x: Double) -> Double {
    let (quadrant, angle, rest) = reduced(x)
    let value = quadrant & 1 == 0 ? cosineSeries(angle, rest) : sineSeries(angle, rest)
    return (quadrant + 1) & 2 == 0 ? value : -value
  }

  // MARK: - Error function

  /// The error function, 2/√π times the integral of exp(-t²) from 0 to `x`; within 16 units in the last place.
  ///
  /// Series 7.6.2 of the NIST Digital Library of Mathematical Functions below 2, continued fraction 7.9.1 above.
  public static func erf(_ x: Double) -> Double {
    if x.isNaN { return x }
    let size = abs(x)
    if size >= 6 { return x < 0 ? -1 : 1 }
    let square = size * size
    let bell = exp(-square)
    if size < 2 {
      var term = size
      var sum = size
      var count = 1.0
      while term > sum * 0x1p-55 {
        term *= 2 * square / (2 * count + 1)
        sum += term
        count += 1
      }
      let value = 1.1283791670955126 * bell * sum
      return x < 0 ? -value : value
    }
    var fraction = size
    for step in stride(from: 80.0, through: 1, by: -1) { fraction = size + 0.5 * step / fraction }
    let value = 1 - bell * 0.5641895835477563 / fraction
    return x < 0 ? -value : value
  }

  // MARK: - Private

  private static func factorial(_ n: Int) -> Double {
    (1...n).reduce(1.0) { $0 * Double($1) }
  }

  /// `value` times a power of two, in two steps so that the result may be subnormal.
  private static func scaled(_ value: Double, by power: Int) -> Double {
    let first = power / 2
    return value * Double(sign: .plus, exponent: first, significand: 1)
      * Double(sign: .plus, exponent: power - first, significand: 1)
  }

  /// An angle as a multiple of π/2 and what is left of it, in two parts, the first within ±π/4.
  private static func reduced(_ x: Double) -> (quadrant: Int, angle: Double, rest: Double) {
    precondition(abs(x) <= 0x1p20, "sin, cos: angle \(x) is not within 2^20")
    let turns = (x * 0.6366197723675814).rounded(.toNearestOrEven)
    let first = x - turns * 0x1.921fb544p+0
    let second = first - turns * 0x1.0b4611a6p-34
    // The rounding of the second subtraction is kept, because near a multiple of π/2 it is all there is.
    let lost = (first - second) - turns * 0x1.0b4611a6p-34
    let third = turns * 0x1.3198a2e037073p-69
    let angle = second + (lost - third)
    let rest = (second - angle) + (lost - third)
    return (Int(turns) & 3, angle, rest)
  }

  private static func sineSeries(_ angle: Double, _ rest: Double) -> Double {
    let square = angle * angle
    var series = 0.0
    for n in stride(from: 17, through: 3, by: -2) {
      series = series * square + (n & 2 == 0 ? 1 : -1) / factorials[n]
    }
    return angle + (rest * (1 - 0.5 * square) + angle * square * series)
  }

  private static func cosineSeries(_ angle: Double, _ rest: Double) -> Double {
    let square = angle * angle
    var series = 0.0
    for n in stride(from: 18, through: 4, by: -2) {
      series = series * square + (n & 2 == 0 ? 1 : -1) / factorials[n]
    }
    let half = 0.5 * square
    let top = 1 - half
    return top + (((1 - top) - half) + (square * square * series - angle * rest))
  }

  private static let factorials: [Double] = [1] + (1...18).map { factorial($0) }
}
