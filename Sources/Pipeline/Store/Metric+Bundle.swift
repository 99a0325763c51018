import Fingerprints

/// Metrics as an artifact: the output that every stage kind has.
extension Metric {
  /// The artifact of the port `metrics`.
  ///
  /// - Throws: `TaskFailure` for a number that is not finite or a name that stands twice: n/a is nil.
  public static func bundle(_ metrics: [Metric]) throws -> Bundle {
    var seen: Set<String> = []
    let list = try metrics.map { metric in
      guard metric.value?.isFinite ?? true, seen.insert(metric.name).inserted else {
        throw TaskFailure(
          code: .internalError, message: "metric '\(metric.name)' is not finite (n/a is nil), or stands twice",
          phase: "publish")
      }
      return CanonicalValue.map([
        "name": .text(metric.name), "value": metric.value.map { .number($0) } ?? .null, "unit": .text(metric.unit),
        "better": .text(metric.better.rawValue),
      ])
    }
    return Bundle(.metrics, facts: ["metrics": .list(list)])
  }

  /// The metrics of such an artifact, in the order in which the stage gave them.
  public static func list(of bundle: Bundle) throws -> [Metric] {
    guard case .list(let items)? = bundle.facts["metrics"] else { throw unreadable(bundle) }
    return try items.map { item in
      guard case .map(let fields) = item, case .text(let name)? = fields["name"],
        case .text(let unit)? = fields["unit"], case .text(let word)? = fields["better"],
        let better = Direction(rawValue: word)
      else { throw unreadable(bundle) }
      switch fields["value"] {
      case .number(let value)?: return Metric(name, value, unit: unit, better: better)
      case .null?: return Metric(name, nil, unit: unit, better: better)
      default: throw unreadable(bundle)
      }
    }
  }

  private static func unreadable(_ bundle: Bundle) -> TaskFailure {
    TaskFailure(code: .store, message: "an artifact of type '\(bundle.type)' holds no metrics", phase: "read")
  }
}
