import Foundation

@testable import Recipes

/// The blocks of `design/RECIPES.md`, kept as fixtures so that that page and the parser agree.
enum DesignFiles {
  static let names = [
    "recipes/generalization.yaml", "experiments/phantom-matrix.yaml", "experiments/light-sheet-matrix.yaml",
    "recipes/mae-sweep.yaml",
  ]

  static func all() throws -> MemoryFiles {
    let folder = Bundle.module.bundleURL.appending(path: "Fixtures/design")
    var texts: [String: String] = [:]
    for name in names { texts[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8) }
    return MemoryFiles(texts: texts)
  }
}

extension Recipe {
  /// Every task as text: its address, kind, inputs, resolved parameters and values for the seed.
  var taskTexts: [String] {
    stages.flatMap { stage in
      coordinates(of: stage).map { coordinate in
        let (node, values) = stage.parameters(at: coordinate, axes: axes)
        let inputs = stage.inputs.map { "\($0.port)=\($0.reference.text)" }
        let canonical = node?.canonical.yamlText ?? "-"
        let gather = stage.gather.map { "\($0.from) \($0.as) \($0.by) \($0.rows) \($0.columns) \($0.mean)" }
        return "\(stage.name)\(coordinate) \(stage.kind) \(inputs) \(gather) \(stage.needs) \(canonical)"
          + " \(values.map(\.canonical.yamlText))"
      }
    }
  }

  /// The resolved parameters of a task as one line of YAML.
  func parameters(_ stage: String, _ labels: String...) -> String {
    guard let stage = self.stage(stage) else { return "no such stage" }
    let coordinate = Coordinate(axes: stage.over.map(\.name), labels: labels)
    return stage.parameters(at: coordinate, axes: axes).node?.canonical.yamlText ?? "-"
  }
}
