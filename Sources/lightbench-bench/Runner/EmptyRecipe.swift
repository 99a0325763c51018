/// The graph of the 6x6 experiment with empty stages, for any number of markers.
struct EmptyRecipe: Sendable {
  let markers: Int

  /// How many tasks it has: 115 for six markers.
  var tasks: Int { 2 * markers * markers + 7 * markers + 1 }

  /// The recipe, which needs no experiment.
  var text: String {
    let labels = (0..<markers).map { "m\($0)" }.joined(separator: ", ")
    return """
      lightbench: 1
      name: empty
      seed: 7
      axes:
        marker: [\(labels)]
      stages:
        regions: {use: empty.regions, over: [marker], with: {label: $marker, size: 16}}
        prepare: {use: empty.prepare, over: [marker], in: {regions: regions.regions}, with: {size: 8}}
        train:
          use: empty.train
          over: [marker]
          in: {train: prepare.train, validation: prepare.validation}
          with: {size: 64, rate: 1e-4}
        detect:
          use: empty.detect
          over: {model: marker, test: marker}
          in: {model: "train.model[marker=$model]", regions: "prepare.test[marker=$test]"}
        evaluate:
          use: empty.evaluate
          over: {model: marker, test: marker}
          in:
            detections: detect.detections
            model: "train.model[marker=$model]"
            regions: "prepare.test[marker=$test]"
        dog:
          use: empty.dog
          over: {test: marker}
          in: {validation: "prepare.validation[marker=$test]", regions: "prepare.test[marker=$test]"}
        evaluate_dog:
          use: empty.evaluate
          over: {test: marker}
          in: {detections: dog.detections, regions: "prepare.test[marker=$test]"}
        chance:
          use: empty.chance
          over: {test: marker}
          in: {regions: "prepare.test[marker=$test]"}
        evaluate_chance:
          use: empty.evaluate
          over: {test: marker}
          in: {detections: chance.detections, regions: "prepare.test[marker=$test]"}
        matrix:
          use: empty.pivot
          gather:
            - {from: evaluate, rows: model, columns: test}
            - {from: evaluate_dog, as: {model: dog}, columns: test}
            - {from: evaluate_chance, as: {model: chance}, columns: test}

      """
  }
}
