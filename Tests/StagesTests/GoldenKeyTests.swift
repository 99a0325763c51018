import Fingerprints
import Foundation
import Pipeline
import Recipes
import Stages
import SystemPackage
import Testing

/// The keys of a real experiment, kept as a file: users' stores hang on them.
@Suite struct GoldenKeyTests {
  static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
    components: "Fixtures", "phantom-matrix.keys.json")

  @Test func `a change of the tool does not move what users have in their stores`() throws {
    let recipe = try Recipe.load(
      ImportSamples.experiments.appending("phantom-matrix.yaml"), kinds: StageRegistry.lightbench.kinds.map(\.kind))
    let bench = try StageBench()
    let plan = try Plan(
      try Graph(recipe, registry: .lightbench), store: bench.store, outside: .nothing)
    let now = Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.task.address, $0.planKey.hex) })
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try (encoder.encode(now) + Data("\n".utf8)).write(to: Self.file)
    }
    let recorded = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: Self.file))
    let moved = now.keys.filter { recorded[$0] != now[$0] }.sorted()
    #expect(
      moved.isEmpty,
      "keys moved, so that users compute these again; if that is meant, record with RECORD_SNAPSHOTS=1 and say so in the commit"
    )
    #expect(Set(recorded.keys) == Set(now.keys))
  }
}
