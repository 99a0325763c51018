import Synchronization
import Testing

@testable import ArrayStores

@Suite(.enabled(if: Corpus.folder != nil, "the conformance corpus was not found: set LIGHTBENCH_CONFORMANCE"))
struct ConformanceTests {
  /// Verdicts by kind and level; printed when the last case is done.
  private static let tally = Mutex<[String: [ConformanceCheck.Verdict]]>([:])

  @Test(arguments: Corpus.cases)
  func `a case of the corpus ends as it must`(test: Corpus.Case) {
    var check = ConformanceCheck(test)
    let verdict = check.run()
    for mistake in check.mistakes { Issue.record("\(test.id): \(mistake)") }
    for refusal in check.refusals { print("conformance: \(test.id) refused: \(refusal)") }
    let all = Self.tally.withLock { tally in
      tally["\(test.kind) \(test.level)", default: []].append(verdict)
      return tally
    }
    guard all.values.reduce(0, { $0 + $1.count }) == Corpus.cases.count else { return }
    for (group, verdicts) in all.sorted(by: { $0.key < $1.key }) {
      let counts = [(ConformanceCheck.Verdict.passed, "passed"), (.refused, "refused by name"), (.failed, "failed")]
        .map { verdict, word in "\(verdicts.count { $0 == verdict }) \(word)" }
      print("conformance: \(group): \(counts.joined(separator: ", "))")
    }
  }

  @Test func `the corpus has cases`() {
    #expect(Corpus.cases.count > 100)
  }
}
