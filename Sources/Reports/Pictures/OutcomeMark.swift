/// How a point is marked on a picture: by shape and by colour, so that it can be told in grey print and with any kind of
/// colour vision.
enum OutcomeMark: CaseIterable {
  /// A circle: found and right.
  case found
  /// A cross: found and wrong.
  case wrong
  /// A square: an annotation that was missed.
  case missed

  /// Of Okabe and Ito 2008: bluish green, vermillion, sky blue; light enough for dark tissue.
  var colour: RGB {
    switch self {
    case .found: RGB(0x00c08b)
    case .wrong: RGB(0xff7a33)
    case .missed: RGB(0x6cc5ff)
    }
  }

  /// What it is called in legends.
  var word: String {
    switch self {
    case .found: "found"
    case .wrong: "false"
    case .missed: "missed"
    }
  }
}

extension Picture {
  /// Draws a mark around a place, a dark edge below it so that it is seen on bright tissue.
  ///
  /// - Parameter radius: Of the circle; the others are about as large.
  mutating func draw(_ mark: OutcomeMark, at x: Float, _ y: Float, radius: Float = 6) {
    for (colour, thickness, share) in [(RGB.dark, Float(3.6), Float(0.55)), (mark.colour, 1.8, 1)] {
      switch mark {
      case .found: ring(x, y, radius: radius, colour, thickness: thickness, share: share)
      case .wrong: cross(x, y, radius: radius * 0.85, colour, thickness: thickness, share: share)
      case .missed: square(x, y, radius: radius * 0.9, colour, thickness: thickness, share: share)
      }
    }
  }

  /// Two crossing diagonals, smooth at their edges.
  private mutating func cross(
    _ x: Float, _ y: Float, radius: Float, _ colour: RGB, thickness: Float, share: Float
  ) {
    stamp(around: x, y, reach: radius + thickness, colour, share) { dx, dy in
      let root = Float(2).squareRoot()
      let (along, across) = ((dx + dy).magnitude / root, (dx - dy).magnitude / root)
      // The far end of each arm is cut square.
      return min(Self.cover(min(along, across), thickness), max(0, radius * 1.3 + 0.5 - max(along, across)))
    }
  }

  /// The outline of a square.
  private mutating func square(
    _ x: Float, _ y: Float, radius: Float, _ colour: RGB, thickness: Float, share: Float
  ) {
    stamp(around: x, y, reach: radius + thickness, colour, share) { dx, dy in
      Self.cover((max(dx.magnitude, dy.magnitude) - radius).magnitude, thickness)
    }
  }

  /// How much of a pixel a line covers whose middle is so far away.
  private static func cover(_ distance: Float, _ thickness: Float) -> Float {
    min(1, max(0, thickness / 2 + 0.5 - distance))
  }

  /// Mixes a colour into the pixels around a place, each by how much of it a shape covers.
  private mutating func stamp(
    around x: Float, _ y: Float, reach: Float, _ colour: RGB, _ share: Float, cover: (Float, Float) -> Float
  ) {
    let (left, top, reach) = (Int(x.rounded()), Int(y.rounded()), Int(reach) + 2)
    for row in top - reach...top + reach {
      for column in left - reach...left + reach {
        let covered = min(1, cover(Float(column) - x, Float(row) - y))
        if covered > 0 { mix(column, row, colour, covered * share) }
      }
    }
  }
}
