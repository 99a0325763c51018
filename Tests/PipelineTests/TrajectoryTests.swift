import ArrayStores
import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct TrajectoryTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func training(_ steps: Int) throws -> TrajectoryCheckpoints {
    try TrajectoryCheckpoints(in: store, key: key(steps), trajectory: trajectory(steps))
  }

  private func key(_ steps: Int) -> TaskKey {
    Sample.key("test.train", ["steps": .integer(Int64(steps)), "rate": 0.1])
  }
  private func trajectory(_ steps: Int) -> Trajectory {
    Trajectory(stepParameters: ["steps"], steps: steps, sharedSteps: steps * 4 / 5)
  }

  private func state(_ step: Int) throws -> Pipeline.Bundle { try Sample.bundle(Float(step), type: "checkpoint") }

  private func names() throws -> [String] {
    try Posix.names(in: store.root.appending("trajectories")).flatMap { folder in
      try Posix.names(in: store.root.appending("trajectories").appending(folder)).map {
        "\($0) \(folder.split(separator: ".")[1])"
      }
    }.sorted()
  }

  @Test func `the last two checkpoints are kept, and the one at the last shared step`() throws {
    let short = try training(100)
    for step in [20, 40, 60, 80, 85, 90, 95] { try short.save(step, try state(step)) }
    #expect(try names() == ["40 shared", "60 shared", "80.pinned shared", "90 own", "95 own"])
    #expect(try short.latest()?.step == 95)
    try short.dropAfterPublication()
    #expect(try names() == ["80.pinned shared"])
    #expect(try short.latest()?.step == 80)
  }

  @Test func `a longer training starts at the last shared step of a shorter one, and the plan knows`() throws {
    let short = try training(1500)
    for step in [1100, 1200, 1400] { try short.save(step, try state(step)) }
    #expect(try store.resumableStep(key: key(3000), trajectory: trajectory(3000)) == 1200)
    try short.dropAfterPublication()
    let found = try #require(try training(3000).latest())
    #expect(found.step == 1200)
    #expect(found.bundle.facts["value"] == .number(1200))
  }

  @Test func `a shorter training takes no checkpoint from beyond its own shared steps`() throws {
    try training(3000).save(2000, try state(2000))
    #expect(try training(1500).latest() == nil)
    try training(3000).save(1000, try state(1000))
    #expect(try training(1500).latest()?.step == 1000)
  }

  @Test func `another parameter has other checkpoints`() throws {
    try training(100).save(40, try state(40))
    var other = key(100)
    other.parameters["rate"] = 0.2
    #expect(try store.resumableStep(key: other, trajectory: trajectory(100)) == nil)
  }

  @Test func `a training that is forced takes up nothing`() throws {
    let short = try training(100)
    for step in [40, 80, 90] { try short.save(step, try state(step)) }
    try short.discard()
    #expect(try names() == [])
    #expect(try short.latest() == nil)
  }

  @Test func `a damaged checkpoint is passed over for the one before`() throws {
    let short = try training(100)
    for step in [20, 40] { try short.save(step, try state(step)) }
    let folder = try #require(try Posix.names(in: store.root.appending("trajectories")).first)
    let file = store.root.appending("trajectories").appending(folder).appending("40").appending("tables.h5")
    try temporary.damage(file) { $0.removeLast() }
    #expect(try short.latest()?.step == 20)
    #expect(try short.latestStep() == 20)
  }

  @Test func `a checkpoint is due after its interval, at the last shared step, and when the task must stop`() throws {
    let short = try training(100)
    #expect(!short.checkpoints(every: 3600).isDue(79))
    #expect(short.checkpoints(every: 3600).isDue(80))
    #expect(short.checkpoints(every: 0).isDue(7))
    let stopping = short.checkpoints(every: 3600, mustStop: { true })
    #expect(stopping.isDue(7))
    let failure = try #require(throws: TaskFailure.self) { try stopping.save(7, try state(7)) }
    #expect(failure.code == .stopped)
    #expect(try short.latest()?.step == 7)
  }
}
