extension StageDecoder {
  static let stopKeys = ["rule", "metric", "eta", "min"]

  /// `stop: {rule: halving, metric: validation.loss, eta: 3, min: 100}`.
  static func stop(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> StopRule? {
    guard let entry = reader.node.entry("stop"), !entry.value.isNull else { return nil }
    let owner = "'stop' of \(reader.owner)"
    guard let source = MappingReader(entry.value, of: owner, keys: stopKeys, into: &collector) else { return nil }
    // Read though they may be wrong, so that all mistakes are found.
    let named = source.required("rule", at: entry.key.range, into: &collector) != nil
    let rule: StopRule.Rule? = source.value("rule", into: &collector)
    let metric: String? =
      source.required("metric", at: entry.key.range, into: &collector) == nil
      ? nil : source.value("metric", into: &collector)
    let eta = atLeast(2, "eta", of: source, into: &collector) ?? 3
    let least = atLeast(1, "min", of: source, into: &collector) ?? 1
    guard named, let rule, let metric else { return nil }
    return StopRule(
      rule: rule, metric: metric, eta: eta, min: least, range: entry.key.range,
      metricRange: source["metric"]?.range ?? entry.key.range, minRange: source["min"]?.range ?? entry.key.range)
  }

  /// An integer from `least` on, nil where it is missing or (reported) wrong.
  static func atLeast(
    _ least: Int, _ key: String, of reader: MappingReader, into collector: inout DiagnosticCollector
  ) -> Int? {
    guard let value: Int = reader.value(key, into: &collector) else { return nil }
    if value < least {
      collector.report(
        .outOfRange, "'\(key)' of \(reader.owner): '\(value)' is not at least \(least)", at: reader[key]?.range)
      return nil
    }
    return value
  }
}
