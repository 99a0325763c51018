import SystemPackage

/// The files that `lightbench init` writes.
enum StarterExperiment {
  static let experiment = FilePath("experiments/starter.yaml")

  static let files: [(path: FilePath, text: String)] = [
    (FilePath("recipes/starter.yaml"), recipe), (experiment, question),
  ]

  private static let recipe = """
    # A recipe is a graph of stages over axes. 'lightbench stages' lists the kinds of stages and their parameters.
    lightbench: 1                        # the version of the language, required in every file
    name: starter
    seed: 1                              # all random numbers come from it

    axes:                                # named lists: a stage has one task for each label of its axes
      marker: [neun, cfos]

    inputs:                              # what an experiment binds
      regions: {over: [marker], type: annotated-regions}

    stages:
      prepare:                           # two tasks: prepare[marker=neun] and prepare[marker=cfos]
        use: prepare.normalize
        over: [marker]
        in: {regions: regions}           # the bare name of an input
      train:
        use: train.detector
        over: [marker]
        in: {train: prepare.train, validation: prepare.validation}     # stage.port; axes of one name meet
        with: {steps: 300, batch: 2}
      detect:                            # one axis under two names: every model on every marker
        use: detect.model
        over: {model: marker, test: marker}
        in: {model: "train.model[marker=$model]", regions: "prepare.test[marker=$test]"}   # brackets need quotes
      evaluate:
        use: evaluate.detections
        over: {model: marker, test: marker}
        in:
          detections: detect.detections
          model: "train.model[marker=$model]"
          regions: "prepare.test[marker=$test]"
      matrix:
        use: table.pivot
        gather: {from: evaluate, rows: model, columns: test}
        with: {metric: f1.pooled}

    """

  private static let question = """
    # An experiment is a question: a recipe, its data, its settings. How well do detectors of two markers stand in for
    # each other on synthetic volumes?
    lightbench: 1
    recipe: ../recipes/starter.yaml
    bind:                                # for your own volumes: 'lightbench stages import.regions'
      regions: {use: phantom.regions, with: {marker: $marker, train: 2, validation: 1, test: 2, size: [16, 96, 96]}}
    set:                                 # a dotted path and its value, in place of the recipe's
      train.model: {kind: convmixer3d, dim: 16, depth: 2, kernel: 5, patch: [1, 2, 2]}
      train.crop: [16, 64, 64]
      "train[marker=cfos].steps": 400    # for one cell only
    variants:                            # chosen by --variant
      smoke:                             # a run of seconds, whose numbers mean nothing
        set:
          regions.size: [8, 48, 48]
          train.model: {kind: convmixer3d, dim: 8, depth: 1, kernel: 3, patch: [1, 2, 2]}
          train.crop: [8, 32, 32]
          train.steps: 20
      repeated: {replicates: 3}          # three trainings of each, with other seeds

    """
}
