/// A colour of the screen, 8 bits a channel.
struct RGB: Equatable {
  let red: UInt8
  let green: UInt8
  let blue: UInt8

  /// - Parameter code: The colour as `0xrrggbb`.
  init(_ code: UInt32) {
    red = UInt8(truncatingIfNeeded: code >> 16)
    green = UInt8(truncatingIfNeeded: code >> 8)
    blue = UInt8(truncatingIfNeeded: code)
  }

  static let white = RGB(0xffffff)
  /// Text and frames.
  static let ink = RGB(0x1c1f26)
  /// Second voices: axis titles, captions.
  static let grey = RGB(0x5b616e)
  /// Thin rules and hatching.
  static let rule = RGB(0xc3c8d1)
  /// The ground of cells without a value.
  static let absent = RGB(0xf1f2f5)

  /// `#rrggbb`.
  var hex: String {
    "#"
      + [red, green, blue].map { channel in
        let digits = String(channel, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }

  /// Light that the colour gives, from 0 (black) to 1 (white), with a gamma of 2 in place of 2.4.
  ///
  /// The weights of ITU-R BT.709. Good enough to choose between light and dark text, and free of `pow`, whose last
  /// bit differs between systems.
  var luminance: Double {
    func linear(_ channel: UInt8) -> Double { Double(channel) * Double(channel) / (255 * 255) }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// The text colour that reads best on this ground: white as soon as it stands out enough.
  var textColour: RGB {
    // The contrast of WCAG 2 to white; 3 is its floor for large text. Ink would still have the higher ratio on
    // middle greens and blues, where readers nevertheless prefer white.
    1.05 / (luminance + 0.05) >= 3 ? .white : .ink
  }
}

/// Colours for numbers, from pale yellow (low) through green to deep blue (high).
///
/// Even steps in lightness, so that equal differences look equally large, it prints in grey and reads without red
/// and green. The stops were laid in OKLCH (lightness from 0.975 to 0.30, hue from 110 to 278 degrees), then rounded
/// to sRGB; between them colours are mixed linearly.
struct ColourScale {
  /// The numbers at the two ends; what lies outside takes the colour of the nearer end.
  let range: ClosedRange<Double>

  private static let stops: [RGB] = [
    0xf8fadd, 0xd0efc2, 0xa2e4b6, 0x6ed7b4, 0x2ac7b6, 0x08b2b6, 0x059db0, 0x0388a8, 0x03739f, 0x025f98, 0x1f4b84,
    0x28396a, 0x272a4d,
  ].map(RGB.init)

  /// - Precondition: The range is not empty.
  init(_ range: ClosedRange<Double>) {
    precondition(range.lowerBound < range.upperBound, "colour scale: the range \(range) has no length")
    self.range = range
  }

  /// The colour of a number.
  func colour(of value: Double) -> RGB {
    let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    let place = min(1, max(0, share)) * Double(Self.stops.count - 1)
    let index = min(Int(place), Self.stops.count - 2)
    return mixed(Self.stops[index], Self.stops[index + 1], place - Double(index))
  }
}

private func mixed(_ from: RGB, _ to: RGB, _ share: Double) -> RGB {
  func channel(_ a: UInt8, _ b: UInt8) -> UInt32 {
    UInt32((Double(a) + (Double(b) - Double(a)) * share).rounded(.toNearestOrEven))
  }
  let red = channel(from.red, to.red)
  let green = channel(from.green, to.green)
  return RGB(red << 16 | green << 8 | channel(from.blue, to.blue))
}
