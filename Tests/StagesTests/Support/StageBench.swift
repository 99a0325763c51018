import ArrayStores
import Artifacts
import Fingerprints
import Foundation
import Imaging
import Neural
import Pipeline
import Recipes
import Stages
import SystemPackage
import Tensors
import Testing

/// Runs stages into a store of its own, as a worker would.
final class StageBench: Sendable {
  let store: Store
  private let folder: FilePath

  init() throws {
    folder = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    store = try Store(at: folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  /// The stage of a kind with parameters in YAML.
  static func prepared(_ kind: String, _ parameters: String) throws -> PreparedStage {
    let found = try #require(StageRegistry.lightbench[kind])
    var diagnostics: [Diagnostic] = []
    let stage = found.prepared(try Node.parse(parameters, file: "test.yaml"), diagnostics: &diagnostics)
    try #require(diagnostics.isEmpty, "\(diagnostics.map(\.message))")
    return stage
  }

  /// Runs a stage and publishes what it gives.
  ///
  /// - Parameter onDraft: Called each time the stage asks for its draft.
  func run(
    _ kind: String, _ parameters: String = "{}", _ inputs: [String: [InputArtifact]] = [:], threads: Int = 1,
    outside: OutsideData = .nothing, checkpoints: Checkpoints = Checkpoints(), outputs: [Pipeline.Port]? = nil,
    onDraft: @escaping @Sendable () throws -> Void = {}, seed: UInt64 = 11,
    log: @escaping @Sendable (String, Bool) -> Void = { _, _ in }
  ) async throws -> (manifest: Manifest, outcome: Publication.Outcome) {
    let stage = try Self.prepared(kind, parameters)
    let meaning = try stage.outside(outside)
    let key = TaskKey(
      kind: kind, revision: stage.revision, parameters: stage.parameters.merging(meaning) { $1 },
      inputs: inputs.sorted { $0.key < $1.key }.flatMap { port, artifacts in
        artifacts.enumerated().map { TaskKey.Input(port: port, place: $0, digest: $1.digest, labels: $1.labels) }
      }, seed: seed, numerics: StageRegistry.lightbench.numerics)
    let publication = try Publication(in: store, of: key, ports: outputs ?? stage.ports.outputs)
    let store = store
    let context = StageContext(
      seed: seed, threads: threads, outside: outside, write: { try publication.write($0, $1) }, log: log,
      checkpoints: checkpoints,
      draft: {
        try onDraft()
        return try store.draftFolder(of: key)
      })
    do {
      let metrics = try await stage.run(StageInputs(inputs) { try store.read($0.digest, as: $0.type) }, context)
      return try publication.publish(metrics, provenance: Self.provenance)
    } catch {
      publication.abandon()
      throw error
    }
  }

  /// Puts an artifact into the store.
  func keep(_ bundle: Pipeline.Bundle, labels: [String: String] = [:]) throws -> InputArtifact {
    let key = TaskKey(
      kind: "test.\(UUID().uuidString)", revision: 1, parameters: [:], inputs: [], seed: 1, numerics: 1)
    let publication = try Publication(in: store, of: key, ports: [Port("out", bundle.type)])
    try publication.write("out", bundle)
    let manifest = try publication.publish([], provenance: Self.provenance).manifest
    return InputArtifact(type: bundle.type, digest: try #require(manifest.outputs["out"]).digest, labels: labels)
  }

  /// What a stage gave on a port.
  func output(_ port: String, of manifest: Manifest) throws -> InputArtifact {
    let output = try #require(manifest.outputs[port])
    return InputArtifact(type: output.type, digest: output.digest)
  }

  func read(_ artifact: InputArtifact) throws -> Pipeline.Bundle { try store.read(artifact.digest, as: artifact.type) }

  private static let provenance = Manifest.Provenance(
    address: "test", host: "here", process: 1, build: "test", started: 0, seconds: 0, log: "/dev/null")
}

extension OutsideData {
  /// No data outside the store.
  static let nothing = OutsideData(folder: "/", root: nil) { path in
    throw TaskFailure(code: .badData, message: "a test read '\(path)'")
  }
}

extension Manifest {
  /// A metric's value; nil is n/a.
  func metric(_ name: String) throws -> Double? {
    try #require(metrics.first { $0.name == name }, "no metric \(name)").value
  }
}

/// Regions small enough for debug builds: bright balls on a ramp, made of integers alone.
enum TinyRegions {
  static let marker = Marker(label: "dots", displayName: "Dots", tolerance: 3)
  static let size = Extent(8, 32, 32)

  static func region(_ id: String, _ role: Role, centres: [Point]) throws -> AnnotatedRegion {
    var values: [UInt16] = []
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          var value = 100 + (x * 3 + y * 5 + z * 7 + (x * y) % 11) % 23
          for centre in centres {
            let (dz, dy, dx) = (z - Int(centre.z), y - Int(centre.y), x - Int(centre.x))
            value += max(0, 400 - 50 * (2 * dz * dz + dy * dy + dx * dx))
          }
          values.append(UInt16(value))
        }
      }
    }
    return AnnotatedRegion(
      id: id, role: role, image: try NDArray(values, shape: size.axes), voxelSize: VoxelSize(4, 2, 2),
      source: .of(id), box: Box(size), centres: centres, ignore: [])
  }

  static func raw() throws -> AnnotatedRegions {
    AnnotatedRegions(
      marker: marker,
      regions: [
        try region("train-0", .train, centres: [Point(3, 8, 8), Point(4, 20, 10), Point(2, 12, 25), Point(5, 26, 22)]),
        try region("validation-0", .validation, centres: [Point(4, 7, 20), Point(3, 22, 9)]),
        try region("test-0", .test, centres: [Point(3, 9, 9), Point(4, 24, 24), Point(5, 9, 24)]),
      ])
  }

  /// A network that was never trained, whose head is set so that it finds a lot.
  static func model() throws -> DetectorModel {
    let configuration = ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3], patch: [1, 2, 2])
    var state = ConvMixer3D(configuration, seed: 5).state
    // The head comes last, and its bias starts where hardly anything is a cell.
    let name = try #require(state.names.last { $0.hasSuffix(".bias") })
    let bias = try #require(state[name])
    state[name] = Tensor([Float](repeating: 0, count: bias.count), shape: bias.shape)
    return DetectorModel(
      architecture: .convMixer(configuration), state: state, marker: marker, normalisation: nil, voxelSize: nil,
      minimumDistance: 3, tau: 0.52, curve: [], seen: [])
  }

  /// An autoencoder that was never trained, for regions that are normalised as `only` does.
  static func autoencoder() throws -> AutoencoderModel {
    let configuration = MaskedAutoencoderConfiguration(
      grid: [2, 2, 2], patch: [4, 8, 8], encoder: .init(width: 12, depth: 1, heads: 2),
      decoder: .init(width: 6, depth: 1, heads: 1), layerScale: 0.1)
    return AutoencoderModel(
      configuration: configuration, state: MaskedAutoencoder3D(configuration, seed: 3).state, maskRatio: 0.5,
      loss: PatchLoss(meanVariance: 1), markers: [marker], normalisation: try only(.train).normalisation,
      voxelSize: nil, step: 0, seen: [])
  }

  /// The balls of a role as detections, and as many places between them, all with scores.
  ///
  /// Beside each ball, by a quarter of the region: at least 6 voxels from every ball, twice the tolerance.
  static func proposals(_ role: Role) throws -> RegionDetections {
    let regions = try only(role).regions
    return RegionDetections(
      regions: regions.map(\.id),
      detections: regions.map { region in
        let wrong = region.centres.map { Point(7 - $0.z, $0.y, ($0.x + 8).truncatingRemainder(dividingBy: 32)) }
        let scores = (0..<region.centres.count + wrong.count).map { 0.1 + 0.05 * Float(($0 * 7) % 11) }
        return Detections(points: region.centres + wrong, scores: scores)
      })
  }

  /// The regions of a role, normalised in a simple way.
  static func only(_ role: Role) throws -> AnnotatedRegions {
    let normalisation = Normalisation.percentile(low: 0.5, high: 99.8, clips: false)
    let regions = try raw().regions.filter { $0.role == role }.map { region in
      let volume = try region.volume()
      var result = region
      result.intensities = normalisation.measured(on: volume)
      result.image = try NDArray(normalisation.applied(to: volume).values, shape: region.image.shape)
      return result
    }
    return AnnotatedRegions(marker: marker, regions: regions, normalisation: normalisation)
  }
}

extension Extent {
  var axes: [Int] { [z, y, x] }
}
