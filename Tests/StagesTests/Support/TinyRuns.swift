import Artifacts
import Imaging
import Pipeline
import Testing

/// A run of every stage kind on inputs small enough for debug builds.
enum TinyRuns {
  static let training =
    "{model: {dim: 8, depth: 1, kernel: 3, patch: [1, 2, 2]}, crop: [8, 16, 16], batch: 1, steps: 6}"

  static let pretraining =
    "{crop: [8, 16, 16], patch: [4, 8, 8], mask_ratio: 0.5, preset: smoke, steps: 12, batch: 4, validation_crops: 8}"

  /// Every kind of `StageRegistry.lightbench`.
  static let kinds = [
    "phantom.regions", "import.regions", "import.volume", "prepare.normalize", "select.regions", "train.detector",
    "train.mae", "train.refiner", "features.mae", "refine.detections", "detect.model", "detect.dog", "detect.chance",
    "evaluate.detections", "table.pivot", "select.best", "exec.command",
  ]

  static func parameters(_ kind: String) -> String {
    switch kind {
    case "phantom.regions": "{marker: neun, train: 1, validation: 0, test: 0, size: [8, 32, 32]}"
    case "import.regions": "{manifest: canvas-miniature.yaml, marker: neun, split: published}"
    case "import.volume": "{path: cfos/volume.zarr, voxel: [4, 2, 2]}"
    case "train.detector": training
    case "train.mae": pretraining
    case "exec.command":
      "{argv: [cp, in/found.csv, out/kept.csv], inputs: {found: detections-csv}, outputs: {kept: detections-csv}}"
    case "table.pivot", "select.best": "{metric: f1.pooled}"
    case "select.regions": "{fold: 2}"
    default: "{}"
    }
  }

  static func inputs(_ kind: String, in bench: StageBench) async throws -> [String: [InputArtifact]] {
    switch kind {
    case "prepare.normalize", "select.regions": return ["regions": [try bench.keep(TinyRegions.raw().bundle())]]
    case "features.mae":
      return [
        "detections": [try bench.keep(TinyRegions.proposals(.test).bundle())],
        "regions": [try bench.keep(TinyRegions.only(.test).bundle())],
        "model": [try bench.keep(TinyRegions.autoencoder().bundle())],
      ]
    case "train.refiner":
      var inputs: [String: [InputArtifact]] = [:]
      for (role, prefix) in [(Role.train, ""), (.validation, "validation_")] {
        inputs[prefix + "detections"] = [try bench.keep(TinyRegions.proposals(role).bundle())]
        inputs[prefix + "features"] = [try await features(of: role, in: bench)]
        inputs[prefix + "regions"] = [try bench.keep(TinyRegions.only(role).bundle())]
      }
      return inputs
    case "refine.detections":
      let refiner = try await run("train.refiner", in: bench).manifest
      return [
        "detections": [try bench.keep(TinyRegions.proposals(.test).bundle())],
        "features": [try await features(of: .test, in: bench)], "refiner": [try bench.output("refiner", of: refiner)],
      ]
    case "train.detector":
      return [
        "train": [try bench.keep(TinyRegions.only(.train).bundle())],
        "validation": [try bench.keep(TinyRegions.only(.validation).bundle())],
      ]
    case "train.mae":
      return try Dictionary(
        uniqueKeysWithValues: [Role.train, .validation].map { role in
          var spots = try TinyRegions.only(role)
          spots.marker = Marker(label: "spots", displayName: "Spots", tolerance: 4)
          return (role.rawValue, [try bench.keep(TinyRegions.only(role).bundle()), try bench.keep(spots.bundle())])
        })
    case "detect.model":
      return [
        "model": [try bench.keep(TinyRegions.model().bundle())],
        "regions": [try bench.keep(TinyRegions.only(.test).bundle())],
      ]
    case "detect.dog":
      return [
        "validation": [try bench.keep(TinyRegions.only(.validation).bundle())],
        "regions": [try bench.keep(TinyRegions.only(.test).bundle())],
      ]
    case "detect.chance": return ["regions": [try bench.keep(TinyRegions.only(.test).bundle())]]
    case "evaluate.detections":
      let found = try await run("detect.dog", in: bench).manifest
      return [
        "detections": [try bench.output("detections", of: found)],
        "regions": [try bench.keep(TinyRegions.only(.test).bundle())],
      ]
    case "table.pivot":
      return [
        "metrics": [
          try bench.keep(Metric.bundle([Metric("f1.pooled", 0.5)]), labels: ["row": "a", "column": "a"]),
          try bench.keep(Metric.bundle([Metric("f1.pooled", nil)]), labels: ["row": "a", "column": "b"]),
        ]
      ]
    case "exec.command":
      let found = try await run("detect.dog", in: bench).manifest
      return ["found": [try bench.output("detections", of: found)]]
    case "select.best":
      return [
        "metrics": try [0.25, 0.5].map { (value: Double) in
          try bench.keep(Metric.bundle([Metric("f1.pooled", value, better: .higher)]), labels: ["group": "\(value)"])
        }
      ]
    default: return [:]
    }
  }

  /// The features of the proposals of a role.
  static func features(
    of role: Role, in bench: StageBench, _ parameters: String = "{}"
  ) async throws -> InputArtifact {
    let manifest = try await bench.run(
      "features.mae", parameters,
      [
        "detections": [try bench.keep(TinyRegions.proposals(role).bundle())],
        "regions": [try bench.keep(TinyRegions.only(role).bundle())],
        "model": [try bench.keep(TinyRegions.autoencoder().bundle())],
      ]
    ).manifest
    return try bench.output("features", of: manifest)
  }

  static func run(
    _ kind: String, in bench: StageBench, threads: Int = 1
  ) async throws -> (manifest: Manifest, outcome: Publication.Outcome) {
    try await bench.run(
      kind, parameters(kind), inputs(kind, in: bench), threads: threads,
      outside: kind.hasPrefix("import.")
        ? ImportSamples.outside(ImportSamples.fixtures, root: ImportSamples.miniature) : .nothing)
  }
}
