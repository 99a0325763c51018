import Testing

extension EndToEnd {
  /// Every step of publishing may be the last one of a worker.
  @Suite struct PublicationFaultTests {
    @Test(arguments: [
      "before-write", "before-validate", "before-fsync", "before-rename", "between-objects", "before-link",
      "after-link",
    ])
    func `killed at a step of publishing, a task is either not there or whole`(fault: String) async throws {
      let wanted = try await Shared.finished.store
      let place = try Workplace(copying: try await Shared.regions)
      let runs = DisturbedRuns(place, ["tiny.yaml", "--variant", "one", "-j", "1", "--only", "chance"])
      // 'regions' is there, so that 'prepare' is what publishes.
      try await runs.run(with: ["LIGHTBENCH_TEST_FAULT": fault]) { _ in "a worker, publishing: \(fault)" }
      let isThere = fault == "after-link"
      if isThere {
        // Found when it is tried again, as is 'chance' after it.
        #expect(runs.ending?.code == 0, "\(runs.ending?.all ?? "")")
        #expect(runs.ending?.output.contains("3 tasks: 0 computed, 3 cached; ") == true)
      } else {
        #expect(runs.ending?.code == 1)
        #expect(runs.ending?.output.contains("prepare[marker=neun]: tried again: the worker was killed") == true)
        #expect(runs.ending?.output.contains("failed: prepare[marker=neun], phase run: the worker was killed") == true)
      }
      try await place.expect(0, "cache", "verify")
      #expect(try place.store.published().count == (isThere ? 4 : 2))

      try await runs.run()
      let words = isThere ? "3 tasks, everything is up to date." : "3 tasks: 2 computed, 1 cached; "
      #expect(runs.ending?.output.contains(words) == true)
      let all = try wanted.outputs()
      #expect(try place.store.outputs().allSatisfy { all[$0.key] == $0.value })
    }
  }
}
