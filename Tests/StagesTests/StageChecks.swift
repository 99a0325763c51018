import Fingerprints
import Foundation
import Pipeline
import Recipes
import Stages
import Testing

/// What holds for every stage kind.
@Suite struct StageChecks {
  @Test func `every registered kind has a tiny run here`() {
    #expect(StageRegistry.lightbench.kinds.map(\.kind) == TinyRuns.kinds)
  }

  @Test(arguments: TinyRuns.kinds)
  func `a kind says what it does and what its parameters are`(_ kind: String) throws {
    let found = try #require(StageRegistry.lightbench[kind])
    #expect(found.revision >= 1)
    #expect(!found.summary.isEmpty && found.summary.first?.isUppercase == false && found.summary.last != ".")
    func check(_ listings: [ParameterListing]) {
      for listing in listings {
        #expect(!listing.documentation.isEmpty, "\(kind).\(listing.name)")
        #expect(listing.name.allSatisfy { $0.isLowercase || $0 == "_" }, "\(kind).\(listing.name)")
        check(listing.nested)
      }
    }
    check(found.parameters)
    #expect(Set(found.parameters.map(\.name)).count == found.parameters.count)
  }

  @Test(arguments: TinyRuns.kinds)
  func `parameters that repeat the defaults have the same canonical value`(_ kind: String) throws {
    let found = try #require(StageRegistry.lightbench[kind])
    let plain = try StageBench.prepared(kind, TinyRuns.parameters(kind))
    let given = try #require(try Node.parse(TinyRuns.parameters(kind), file: "test.yaml").mapping).map(\.name)
    let defaults = found.parameters.filter { !given.contains($0.name) && $0.nested.isEmpty }
      .compactMap { listing in listing.defaultText.map { "\(listing.name): \($0)" } }
    let inner = TinyRuns.parameters(kind).dropFirst().dropLast()
    let spelled = "{" + ([String(inner)] + defaults).filter { !$0.isEmpty }.joined(separator: ", ") + "}"
    let again = try StageBench.prepared(kind, spelled)
    #expect(again.parameters == plain.parameters)
    #expect(try CanonicalValue.map(again.parameters).digest == CanonicalValue.map(plain.parameters).digest)
  }

  @Test(arguments: TinyRuns.kinds)
  func `two runs with one thread and two give the same bytes`(_ kind: String) async throws {
    let bench = try StageBench()
    let first = try await TinyRuns.run(kind, in: bench, threads: 1)
    let second = try await TinyRuns.run(kind, in: bench, threads: 2)
    #expect(first.outcome == .published)
    #expect(second.outcome == .alreadyThere)
    #expect(first.manifest.outputs["metrics"] != nil)
  }
}
