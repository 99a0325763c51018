import Foundation
import Synchronization
import Testing

@testable import ArrayStores

/// The walk through the corpus; the small cases in every run, all of them with LIGHTBENCH_TEST_FULL=1.
@Suite(
  .serialized, .enabled(if: Corpus.folder != nil, "the conformance corpus was not found: set LIGHTBENCH_CONFORMANCE"))
struct ConformanceTests {
  /// Verdicts by kind and level, and the most memory; printed when the last case is done.
  private static let tally = Mutex<(verdicts: [String: [ConformanceCheck.Verdict]], kibibytes: Int)>(([:], 0))

  /// What is walked in this run.
  private static let cases: [Corpus.Case] = {
    let isFull = ProcessInfo.processInfo.environment["LIGHTBENCH_TEST_FULL"] == "1"
    return Corpus.cases.filter { isFull || $0.isSmall }
  }()

  @Test(arguments: cases)
  func `a case of the corpus ends as it must`(test: Corpus.Case) async throws {
    var check = ConformanceCheck(test)
    let verdict = try await check.run()
    for mistake in check.mistakes { Issue.record("\(test.id): \(mistake)") }
    for refusal in check.refusals { print("conformance: \(test.id) refused: \(refusal)") }
    let most = check.kibibytes
    let all = Self.tally.withLock { tally in
      tally.verdicts["\(test.kind) \(test.level)", default: []].append(verdict)
      tally.kibibytes = max(tally.kibibytes, most)
      return tally
    }
    guard all.verdicts.values.reduce(0, { $0 + $1.count }) == Self.cases.count else { return }
    for (group, verdicts) in all.verdicts.sorted(by: { $0.key < $1.key }) {
      let counts = [(ConformanceCheck.Verdict.passed, "passed"), (.refused, "refused by name"), (.failed, "failed")]
        .map { verdict, word in "\(verdicts.count { $0 == verdict }) \(word)" }
      print("conformance: \(group): \(counts.joined(separator: ", "))")
    }
    print(
      "conformance: \(Self.cases.count) of \(Corpus.cases.count) cases, at most \(all.kibibytes >> 10) MiB a process")
  }

  @Test func `the corpus has cases, all of them of kinds and levels that are known`() throws {
    #expect(!Corpus.cases.isEmpty)
    #expect(ConformanceChild.obstacle == nil)
    let kinds = ["zarr", "ome-zarr", "hdf5", "tiff", "tiff-sequence", "tiff-tiles", "equivalence"]
    for test in Corpus.cases where !kinds.contains(test.kind) {
      Issue.record("\(test.id): the kind '\(test.kind)' is not known")
    }
    let levels = ["core", "extended", "exotic", "broken"]
    for test in Corpus.cases where !levels.contains(test.level) {
      Issue.record("\(test.id): the level '\(test.level)' is not known")
    }
  }

  @Test func `no case of the manifest is lost`() {
    #expect(Corpus.cases.count == Corpus.listed)
  }
}
