import Fingerprints
import Foundation
import Pipeline
import Recipes
import Stages
import SystemPackage
import Testing

/// What every stage kind gives on tiny inputs, kept as a file.
@Suite struct GoldenOutputTests {
  static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
    components: "Fixtures", "golden-outputs.json")

  /// Digests by `kind revision port`.
  private static func recorded() throws -> [String: String] {
    guard let data = try? Data(contentsOf: file) else { return [:] }
    return try JSONDecoder().decode([String: String].self, from: data)
  }

  @Test func `outputs move only with a raised revision or numerics`() async throws {
    let bench = try StageBench()
    var now: [String: String] = [:]
    for kind in TinyRuns.kinds {
      let manifest = try await TinyRuns.run(kind, in: bench).manifest
      for (port, output) in manifest.outputs {
        let numerics = StageRegistry.lightbench.numerics
        now["\(kind) revision \(manifest.key.revision) numerics \(numerics) \(port)"] = output.digest.hex
      }
    }
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try (encoder.encode(now) + Data("\n".utf8)).write(to: Self.file)
    }
    let recorded = try Self.recorded()
    for (name, digest) in now.sorted(by: { $0.key < $1.key }) {
      #expect(
        recorded[name] == digest,
        "\(name) moved: raise the revision of the kind (or Engine.numerics), then record with RECORD_SNAPSHOTS=1")
    }
    #expect(Set(recorded.keys) == Set(now.keys))
  }
}
