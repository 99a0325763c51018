import Tensors

/// How the intensities of a region become numbers that a network can learn from.
///
/// Measured on each region alone, never across regions.
public enum Normalisation: Sendable, Hashable, Codable {
  /// Linear: one percentile becomes 0, another 1; values beyond stay beyond unless clipped to [0, 1].
  case percentile(low: Double = 0.5, high: Double = 99.8, clips: Bool = false)
  /// The logarithm of a value over the mean of a window around it, clipped to a range.
  ///
  /// It transfers better between volumes of different cell density.
  case logRatio(window: Extent = Extent(9, 61, 61), low: Double = -0.5, high: Double = 2)

  /// What a region needs for its normalisation: two numbers, which are kept with it.
  public struct Values: Sendable, Hashable, Codable {
    /// What becomes 0; for the log ratio the smallest value that is taken as it is (smaller ones are raised to it).
    public let low: Double
    /// What becomes 1; for the log ratio the mean of the region.
    public let high: Double

    /// Values as measured before.
    public init(low: Double, high: Double) {
      self.low = low
      self.high = high
    }
  }

  // MARK: - Use

  /// Measures what a volume needs.
  public func measured(on volume: Volume) -> Values {
    switch self {
    case .percentile(let low, let high, _):
      let found = Percentiles.of(volume.values, at: [low, high])
      return Values(low: found[0], high: found[1])
    case .logRatio:
      let mean = volume.values.reduce(0.0) { $0 + Double($1) } / Double(max(1, volume.values.count))
      return Values(low: max(mean * 1e-3, Double(Float.leastNormalMagnitude)), high: mean)
    }
  }

  /// The volume with normalised intensities.
  ///
  /// Where both values are equal (an empty region) a percentile normalisation only subtracts.
  public func applied(to volume: Volume, _ values: Values) -> Volume {
    switch self {
    case .percentile(_, _, let clips):
      let range = values.high - values.low
      let scale = range > 0 ? Float(1 / range) : 1
      let low = Float(values.low)
      return volume.with(
        volume.values.map { value in
          let scaled = (value - low) * scale
          return clips ? min(1, max(0, scaled)) : scaled
        })
    case .logRatio(let window, let low, let high):
      let floor = Float(values.low)
      let raised = volume.with(volume.values.map { max(floor, $0) })
      let local = MeanFilter.applied(to: raised, window: window)
      return volume.with(
        zip(raised.values, local.values).map { value, mean in
          Float(min(high, max(low, Elementary.log(Double(value) / Double(max(floor, mean))))))
        })
    }
  }

  /// Measures and normalises at once.
  public func applied(to volume: Volume) -> Volume {
    applied(to: volume, measured(on: volume))
  }
}

/// A name for the two numbers where no method is at hand.
public typealias NormalisationValues = Normalisation.Values
