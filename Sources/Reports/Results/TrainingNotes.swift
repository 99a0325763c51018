import Fingerprints
import Pipeline
import Recipes

/// How what stands behind a table was trained, in words: kinds, how many, and what sets their length.
struct TrainingNotes {
  /// One a kind and setting, in the order of the graph, where an autoencoder is among them; else none.
  let ofAutoencoders: [String]

  /// Looks at the trainings among all that a table depends on.
  init(behind pivot: Plan.Entry, in plan: Plan) {
    var counts: [(words: String, count: Int)] = []
    for index in plan.graph.ancestors(of: [pivot.task.index]).sorted() {
      let entry = plan.entries[index]
      guard let words = Self.words(for: entry) else { continue }
      if let place = counts.firstIndex(where: { $0.words == words }) {
        counts[place].count += 1
      } else {
        counts.append((words, 1))
      }
    }
    let hasAutoencoder = counts.contains { $0.words.hasPrefix("train.mae: ") }
    ofAutoencoders =
      hasAutoencoder
      ? counts.map { "\($0.count) x \($0.words)" } + ["seed of the recipe: \(plan.graph.recipe.seed)"] : []
  }

  private static func words(for entry: Plan.Entry) -> String? {
    let kind = entry.task.prepared.kind
    let names: [String]
    switch kind {
    case "train.mae": names = ["preset", "scale", "steps", "batch", "crop", "mask_ratio"]
    case "train.detector": names = ["steps", "batch", "model"]
    case "detect.model": names = ["floor"]
    case "train.refiner": names = ["classifier", "penalty", "inputs"]
    case "features.mae" where entry.parameters["encoder"] == .text("random"): names = ["encoder", "seed"]
    default: return nil
    }
    let settings = names.compactMap { name -> String? in
      guard let value = entry.parameters[name], value != .null else { return nil }
      return "\(name) \(Self.known(value).yamlText)"
    }
    return settings.isEmpty ? nil : "\(kind): \(settings.joined(separator: ", "))"
  }

  /// The value; of a detector on an encoder without what only a ConvMixer has.
  private static func known(_ value: CanonicalValue) -> CanonicalValue {
    guard case .map(let entries) = value, entries["kind"] == .text("mae-detector") else { return value }
    return .map(entries.filter { !["dim", "depth", "kernel", "patch"].contains($0.key) })
  }
}
