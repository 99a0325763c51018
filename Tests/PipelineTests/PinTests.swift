import Fingerprints
import Foundation
import Testing

@testable import Pipeline

@Suite struct PinTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  @Test func `what is pinned stays until the pin is taken away`() throws {
    let row = try Sample.publish(in: store).manifest
    #expect(try store.pin([row.fingerprint]) == 1)
    #expect(try store.pin([row.fingerprint]) == 0)
    #expect(try store.collect(.init(roots: [])).rows.isEmpty)
    #expect(try store.lookup(row.fingerprint) != nil)
    #expect(try store.unpin([row.fingerprint, Digest.of("other")]) == 1)
    #expect(try store.collect(.init(roots: [])).rows.count == 1)
    #expect(try store.rows().isEmpty)
  }

  @Test func `the room is told by kind and by experiment, shared objects once each`() throws {
    let rows = try [("a", 1 as Float), ("a", 2), ("b", 2)].enumerated().map { place, row in
      try Sample.publish(Sample.key(row.0, ["place": .integer(Int64(place))]), row.1, in: store).manifest
    }
    let sizes = try rows.map { try #require($0.outputs["value"]).size }
    let metrics = try #require(rows[0].outputs["metrics"]).size
    #expect(
      try store.usageByKind() == [
        .init(name: "a", tasks: 2, bytes: sizes[0] + sizes[1] + metrics),
        .init(name: "b", tasks: 1, bytes: sizes[2] + metrics),
      ])
    let writer = try RunWriter(
      in: store,
      .init(
        experiment: "e.yaml", name: "e", variant: "v", overrides: [], recipe: "", version: "1", started: 1, host: "h",
        process: 1))
    var task = RunRecord.Task("a", .published, time: 1)
    task.fingerprint = rows[0].fingerprint
    try writer.write(task)
    let byExperiment = try store.usageByExperiment().sorted { $0.name < $1.name }
    #expect(
      byExperiment == [
        .init(name: "", tasks: 2, bytes: sizes[1] + metrics), .init(name: "e.v", tasks: 1, bytes: sizes[0] + metrics),
      ])
    #expect(try store.usageByPart().map(\.name).contains("objects"))
  }

  @Test(arguments: [(9, true), (10, false), (11, false)])
  func `a disk is nearly full below a tenth`(free: Int, isNearlyFull: Bool) {
    #expect(Store.Disk(free: free, size: 100).isNearlyFull == isNearlyFull)
  }
}
