import Fingerprints
import Foundation
import Pipeline
import Recipes
import Stages
import SystemPackage
import Testing

/// The keys of the project's experiments, kept as files: users' stores hang on them.
@Suite struct GoldenKeyTests {
  /// An experiment of the project in one variant.
  struct Form: Sendable, CustomTestStringConvertible {
    let experiment: String
    var variant: String?
    var testDescription: String { variant.map { "\(experiment).\($0)" } ?? experiment }
  }

  private static func file(_ form: Form) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(
      components: "Fixtures", form.testDescription + ".keys.json")
  }

  @Test(arguments: [nil, "full", "smoke", "no-contrast"])
  func `a change of the tool does not move what users have of the phantoms`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "phantom-matrix", variant: variant), .nothing)
  }

  @Test(arguments: [nil, "smoke"])
  func `a change of the tool does not move what users have of the extended matrix`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "phantom-matrix-extended", variant: variant), .nothing)
  }

  @Test(arguments: [nil, "smoke", "seeds"])
  func `a change of the tool does not move what users have of the sweep`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "phantom-mae-sweep", variant: variant), .nothing)
  }

  @Test(arguments: [nil, "planted", "planted-wide", "smoke"])
  func `a change of the tool does not move what users have of the refinement`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "phantom-refinement", variant: variant), .nothing)
  }

  @Test(
    .enabled(if: ImportSamples.data != nil, "no data folder: set LIGHTBENCH_DATA"), arguments: [nil, "by-volume"])
  func `a change of the tool does not move what users have of the refinement on real volumes`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "light-sheet-refinement", variant: variant), ofData: StageBench())
  }

  @Test(
    .enabled(if: ImportSamples.data != nil, "no data folder: set LIGHTBENCH_DATA"),
    arguments: [nil, "by-depth", "leave-out-1", "leave-out-2", "leave-out-3", "leave-out-4"])
  func `a change of the tool does not move what users have of real volumes`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "light-sheet-matrix", variant: variant), ofData: StageBench())
  }

  @Test(.enabled(if: ImportSamples.data != nil, "no data folder: set LIGHTBENCH_DATA"))
  func `a change of the tool does not move what users have of the sweep on real volumes`() throws {
    try expectUnmoved(Form(experiment: "light-sheet-mae-sweep"), ofData: StageBench())
  }

  @Test(arguments: [nil, "smoke"])
  func `a change of the tool does not move what users have of detectors on encoders`(variant: String?) throws {
    try expectUnmoved(Form(experiment: "phantom-mae-detector", variant: variant), .nothing)
  }

  @Test(
    .enabled(if: ImportSamples.data != nil, "no data folder: set LIGHTBENCH_DATA"),
    arguments: [nil, "by-volume", "smoke"])
  func `a change of the tool does not move what users have of detectors on encoders of real volumes`(
    variant: String?
  ) throws {
    try expectUnmoved(Form(experiment: "light-sheet-mae-detector", variant: variant), ofData: StageBench())
  }

  private func expectUnmoved(_ form: Form, ofData bench: StageBench) throws {
    let data = try #require(ImportSamples.data)
    let memo = DigestMemo(in: bench.store)
    try expectUnmoved(form, OutsideData(folder: ImportSamples.experiments, root: data) { try memo.digest(of: $0) })
  }

  @Test(
    arguments: [
      ("phantom-matrix-extended", ["tune[model=cfos,test=neun]", "train_joint[training=all]"]),
      ("phantom-mae-detector", ["pretrain[marker=cfos]", "train_encoder[marker=gfap,encoder=frozen]"]),
    ])
  func `an extended matrix has every task of the plain one, but for its table`(experiment: String, own: [String]) throws
  {
    func keys(_ experiment: String) throws -> [String: String] {
      let recipe = try Recipe.load(
        ImportSamples.experiments.appending(experiment + ".yaml"), kinds: StageRegistry.lightbench.kinds.map(\.kind))
      let plan = try Plan(try Graph(recipe, registry: .lightbench), store: try StageBench().store, outside: .nothing)
      return Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.task.address, $0.planKey.hex) })
    }
    let plain = try keys("phantom-matrix")
    let extended = try keys(experiment)
    #expect(plain.filter { extended[$0.key] != $0.value }.map(\.key) == ["matrix"])
    #expect(own.allSatisfy(extended.keys.contains))
  }

  private func expectUnmoved(_ form: Form, _ outside: OutsideData) throws {
    let recipe = try Recipe.load(
      ImportSamples.experiments.appending(form.experiment + ".yaml"), variant: form.variant,
      kinds: StageRegistry.lightbench.kinds.map(\.kind))
    let plan = try Plan(
      try Graph(recipe, registry: .lightbench), store: try StageBench().store, outside: outside)
    let now = Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.task.address, $0.planKey.hex) })
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try (encoder.encode(now) + Data("\n".utf8)).write(to: Self.file(form))
    }
    let recorded = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: Self.file(form)))
    let moved = now.keys.filter { recorded[$0] != now[$0] }.sorted()
    #expect(
      moved.isEmpty,
      "keys moved, so that users compute these again; if that is meant, record with RECORD_SNAPSHOTS=1 and say so in the commit"
    )
    #expect(Set(recorded.keys) == Set(now.keys))
  }
}
