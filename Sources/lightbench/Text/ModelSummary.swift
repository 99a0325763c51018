import Artifacts
import Fingerprints
import Imaging
import Neural
import Tensors

/// What `model show` says of a model.
struct ModelSummary {
  private let model: DetectorModel

  init(_ model: DetectorModel) { self.model = model }

  /// Running statistics are no parameters: no step of a training changes them by a gradient.
  private var parameters: Int {
    model.state.entries.filter { !$0.name.contains("running_") && !$0.name.hasSuffix("num_batches_tracked") }
      .reduce(0) { $0 + $1.tensor.count }
  }

  var text: String {
    let distance = "\(model.minimumDistance) px"
    let facts = [
      ("architecture", model.architecture.words),
      ("marker", "\(model.marker.displayName) ('\(model.marker.label)'), tolerance \(model.marker.tolerance) px"),
      ("normalisation", model.normalisation?.words ?? "none"),
      ("voxel size", model.voxelSize.map { "\($0.z) x \($0.y) x \($0.x) um (z, y, x)" } ?? "unknown"),
      ("minimum distance", distance), ("tau", "\(model.tau)"),
      ("seen", model.seen.count == 1 ? "1 region" : "\(model.seen.count) regions"),
      ("parameters", "\(parameters) in \(model.state.count) tensors, running statistics not counted"),
    ]
    var head = TextTable([])
    for (name, value) in facts { head.append([name, value]) }
    return head.text.drop { $0 == "\n" } + "\n\n" + Self.table(model.state)
  }

  /// One line a tensor.
  static func table(_ state: NamedTensors) -> String {
    var table = TextTable(["tensor", "shape", "values"], rightAligned: [2])
    for (name, tensor) in state.entries {
      table.append([name, tensor.shape.map(String.init).joined(separator: " x "), "\(tensor.count)"])
    }
    return table.text
  }

  /// The tensors as a list of names and shapes.
  static func list(_ state: NamedTensors) -> CanonicalValue {
    .list(
      state.entries.map {
        ["name": .text($0.name), "shape": .list($0.tensor.shape.map { .integer(Int64($0)) })]
      })
  }

  var document: [String: CanonicalValue] {
    var facts = model.facts
    facts["parameters"] = .integer(Int64(parameters))
    facts["tensors"] = Self.list(model.state)
    return facts
  }
}

extension Normalisation {
  fileprivate var words: String {
    switch self {
    case .percentile(let low, let high, let clips):
      "percentiles \(low) and \(high) become 0 and 1, \(clips ? "values beyond are cut" : "values beyond stay beyond")"
    case .logRatio(let window, let low, let high):
      "log of the ratio to the mean of a box of \(window), cut to \(low)...\(high)"
    }
  }
}
