import Fingerprints
import Imaging
import Pipeline

extension Normalisation {
  /// The method and its settings as facts of an artifact.
  var facts: CanonicalValue {
    switch self {
    case .percentile(let low, let high, let clips):
      .map(["method": "percentile", "low": .number(low), "high": .number(high), "clips": .boolean(clips)])
    case .logRatio(let window, let low, let high):
      .map(["method": "log-ratio", "window": .integers(window.axes), "low": .number(low), "high": .number(high)])
    }
  }

  /// - Throws: `TaskFailure` for facts that are no normalisation.
  init(_ facts: Facts) throws {
    let (low, high) = (try facts.number("low"), try facts.number("high"))
    switch try facts.text("method") {
    case "percentile": self = .percentile(low: low, high: high, clips: try facts.boolean("clips"))
    case "log-ratio":
      let window = try facts.integers("window")
      guard window.count == 3 else {
        throw TaskFailure(code: .store, message: "a window has \(window.count) sizes, not 3", phase: "read")
      }
      self = .logRatio(window: Extent(window[0], window[1], window[2]), low: low, high: high)
    case let method:
      throw TaskFailure(code: .store, message: "'\(method)' is no normalisation", phase: "read")
    }
  }
}

extension NormalisationValues {
  /// Low and high, for facts.
  var numbers: [Double] { [low, high] }

  init(numbers: [Double]) throws {
    guard numbers.count == 2 else {
      throw TaskFailure(code: .store, message: "a normalised region has \(numbers.count) values, not 2", phase: "read")
    }
    self.init(low: numbers[0], high: numbers[1])
  }
}
