import Artifacts
import Imaging
public import Pipeline
import Recipes

extension PivotReader {
  /// What the seed makes in the first sweep that has replicates; nil where none has.
  var noise: Sweep.Noise? {
    get throws {
      for pivot in pivots {
        if let noise = try sweep(of: pivot, title: "")?.noise { return noise }
      }
      return nil
    }
  }

  /// The table of a pivot as a sweep, if it is one: two axes down, of which the second is of numbers, one across, and a
  /// metric of which less is better. Nil where cells were stopped early.
  public func sweep(of pivot: Plan.Entry, title: String) throws -> Sweep? {
    let sources = plan.graph.recipe.stage(pivot.task.stage)?.gather ?? []
    guard sources.count == 1, sources[0].rows.count == 2, sources[0].columns.count == 1, !hasStopped(pivot) else {
      return nil  // what was halved is no sweep: its losses are of different cells only
    }
    let (series, number, panel) = (sources[0].rows[0], sources[0].rows[1], sources[0].columns[0])
    let metric = try ResultTable(bundle(pivot, "table")).metric
    var trials: [String: [[Metric]]] = [:]
    var labels = (series: [String](), numbers: [String](), panels: [String]())
    func note(_ label: String, in list: inout [String]) {
      if !list.contains(label) { list.append(label) }
    }
    for input in pivot.task.inputs {
      let entry = plan.entries[input.producer]
      let place = entry.task.coordinate
      guard let manifest = entry.manifest, let s = place[series], let n = place[number], let p = place[panel] else {
        return nil
      }
      note(s, in: &labels.series)
      note(n, in: &labels.numbers)
      note(p, in: &labels.panels)
      trials[Sweep.key(s, n, p), default: []].append(manifest.metrics)
    }
    let numbers = labels.numbers.compactMap { label in Double(label).map { (label: label, value: $0) } }
    let all = trials.values.joined()
    guard numbers.count == labels.numbers.count, !numbers.isEmpty,
      all.allSatisfy({ $0.first { $0.name == metric }?.better == .lower })
    else { return nil }
    let relative = "validation.relative_to_own_mean"
    let shown = all.allSatisfy { $0.contains { $0.name == relative } } ? relative : metric
    let markers = try markers(behind: pivot)
    return Sweep(
      title: title, metric: metric, relativeMetric: shown, axes: (series, number, panel),
      series: labels.series.map { Sweep.Label($0) }, numbers: numbers.sorted { $0.value < $1.value },
      panels: labels.panels.map { Sweep.Label($0, name: markers[$0]?.displayName) },
      cells: trials.mapValues { Sweep.Cell($0, metric: metric, relative: shown) })
  }
}

extension Sweep.Cell {
  /// What the worst replicate came to, in the numbers by which a training has converged.
  private static func reason(share: [Double?], _ improvement: [Double?]) -> String? {
    guard let share = share.compactMap(\.self).max(), let gain = improvement.compactMap(\.self).max() else {
      return nil
    }
    return
      "\(fixed(share, decimals: 2)) of the training mean's loss, \(fixed(100 * gain, decimals: 1))% better at the end"
  }

  fileprivate init(_ trials: [[Metric]], metric: String, relative: String) {
    func values(_ name: String) -> [Double?] { trials.map { $0.first { $0.name == name }?.value } }
    let converged = values("converged").compactMap(\.self)
    self.init(
      values: values(metric), relative: values(relative),
      converged: converged.count == trials.count ? converged.count { $0 > 0 } : nil,
      diverged: values("diverged").count { ($0 ?? 0) > 0 },
      reason: Self.reason(share: values("validation.relative_to_training_mean"), values("validation.improvement")))
  }
}
