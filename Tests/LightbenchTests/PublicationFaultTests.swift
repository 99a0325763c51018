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
      #expect(runs.ending?.code == 1)
      #expect(runs.ending?.output.contains("failed: prepare[marker=neun], phase run: the worker was killed") == true)
      let isThere = fault == "after-link"
      try await place.expect(0, "cache", "verify")
      #expect(try place.store.published().count == (isThere ? 3 : 2))

      try await runs.run()
      #expect(runs.ending?.output.contains("3 tasks: \(isThere ? "1 computed, 2" : "2 computed, 1") cached; ") == true)
      let all = try wanted.outputs()
      #expect(try place.store.outputs().allSatisfy { all[$0.key] == $0.value })
    }
  }
}
