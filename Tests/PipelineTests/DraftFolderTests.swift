import ArrayStores
import Fingerprints
import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Pipeline

/// Two processes that want the draft of one task.
@Suite struct DraftFolderTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }
  let key = Sample.key("test.draft")

  init() throws { temporary = try TemporaryStore() }

  private func held(_ attempt: Store.DraftAttempt) -> DraftFolder? {
    if case .held(let draft) = attempt { draft } else { nil }
  }

  @Test func `one holder at a time has a draft, and the next finds what was left`() throws {
    var first = held(try store.takeDraft(of: key))
    let path = try #require(first).path
    try Posix.write([1], to: path.appending("left"))
    guard case .taken(let owner) = try store.takeDraft(of: key) else {
      Issue.record("two have it")
      return
    }
    #expect(owner?.process == Posix.processIdentifier && owner?.host == Posix.hostName)
    #expect(try store.isHeld(draft: path))
    first = nil
    #expect(try !store.isHeld(draft: path))
    let second = try #require(held(try store.takeDraft(of: key)))
    #expect(second.path == path)
    #expect(try Posix.names(in: path) == ["left"])
    try second.remove()
    #expect(try Posix.names(in: store.folder("trajectories")).isEmpty)
  }

  @Test func `the draft of a process that was killed is free`() throws {
    let order = try Sample.order("test.draft", "kill", in: store)
    #expect(try TestWorker.run([order]) == .signalled(SIGKILL))
    let draft = try #require(held(try store.takeDraft(of: order.key)))
    #expect(try Posix.names(in: draft.path) == ["begun"])
  }

  @Test func `who loses its draft to another machine hears of it and leaves it alone`() throws {
    let draft = try #require(held(try store.takeDraft(of: key)))
    try draft.check()
    let lock = Store.draftLock(of: draft.path)
    try Posix.write(Array(#"{"host":"elsewhere","process":7,"token":"t"}"#.utf8), to: lock)
    let failure = try #require(throws: TaskFailure.self) { try draft.check() }
    #expect(failure.code == .store)
    #expect(
      failure.message == "process 7 on elsewhere took the draft '\(draft.path)' while this one wrote it: the disk of "
        + "the store does not keep locks between machines; let one machine at a time run this task")
    try draft.remove()
    #expect(try Posix.status(of: draft.path) != nil && Posix.status(of: lock) != nil)
  }

  @Test(arguments: [ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL])
  func `where there are no locks each attempt has a folder of its own`(code: Int32) throws {
    func take() throws -> DraftFolder? {
      held(try store.takeDraft(of: key) { throw SystemError("lock", $0, code: code) })
    }
    let (first, second) = (try #require(try take()), try #require(try take()))
    #expect(first.path != second.path && !first.isShared)
    try first.check()
    try first.remove()
    #expect(try Posix.status(of: first.path) == nil && Posix.status(of: second.path) != nil)
    #expect(throws: SystemError.self) { try store.takeDraft(of: key) { throw SystemError("lock", $0, code: EIO) } }
  }

  @Test func `gc leaves a draft that somebody is at, whatever the days`() throws {
    var draft = held(try store.takeDraft(of: key))
    let path = try #require(draft).path
    let later = Date().timeIntervalSince1970 + 7200
    #expect(try store.collect(.init(roots: [], days: 0), at: later).litter == 0)
    #expect(try Posix.status(of: path) != nil)
    draft = nil
    #expect(try store.collect(.init(roots: [], days: 0), at: later).litter == 2)
    #expect(try Posix.names(in: store.folder("trajectories")).isEmpty)
  }

  @Test func `of two workers at one task the second waits for the draft and finds the result`() async throws {
    // The first goes on as soon as the second has said that it waits.
    let order = try Sample.order("test.draft", "wait", in: store, folder: store.root.string)
    let draft = try store.draftFolder(of: order.key)
    async let first = Self.ending(of: order) { _ in }
    while try !store.isHeld(draft: draft) { try await Task.sleep(for: .milliseconds(5)) }
    let go = store.root.appending("go")
    async let second = Self.ending(of: order) { _ in try Posix.write([], to: go) }
    let (one, other) = (try await first, try await second)
    #expect(one.warnings.isEmpty && one.elsewhere.isEmpty)
    #expect(other.elsewhere == [false])
    let process = try #require(one.manifest?.provenance.process)
    #expect(other.manifest?.provenance.process == process)
    #expect(
      other.warnings == ["process \(process) on \(Posix.hostName) is at this task already: waits until it ends"])
    #expect(try Posix.names(in: store.folder("trajectories")).isEmpty)
    #expect(try store.conflicts().isEmpty)
  }

  @Test(arguments: [false, true])
  func `an image comes back to its draft from a publication that failed or was killed`(isKilled: Bool) throws {
    var draft = held(try store.takeDraft(of: key))
    let image = try #require(draft).path.appending("v.ome.zarr")
    let volume = try NDArray((0..<60).map { Float($0) }, shape: [3, 4, 5])
    try OMEZarrImage.write(volume, voxelSize: [2, 1, 1], to: image)
    var bundle = Pipeline.Bundle(ArtifactType("value"))
    bundle.streamed = [
      .init(
        "v", image: image, digest: try volume.logicalDigest(axes: ["z", "y", "x"], voxelSize: [2, 1, 1]),
        voxelSize: [2, 1, 1])
    ]
    let first = try Publication(in: store, of: key, ports: Sample.ports)
    try first.write("value", bundle)
    #expect(try Posix.status(of: image) == nil)
    if isKilled {
      draft = nil
      draft = held(try store.takeDraft(of: key))
    } else {
      first.abandon()
    }
    #expect(try Posix.names(in: #require(draft).path) == ["v.ome.zarr"])
    let second = try Publication(in: store, of: key, ports: Sample.ports)
    try second.write("value", bundle)
    let row = try second.publish([], provenance: Sample.provenance).manifest
    #expect(try store.read(#require(row.outputs["value"]).digest).volume("v") == volume)
    try draft?.remove()
    #expect(try Posix.names(in: store.folder("trajectories")).isEmpty)
  }

  @Test func `temporary outputs that are computed again are this run's, and others' are not`() async throws {
    let order = try Sample.order("test.constant", "abc", in: store)
    #expect(try await Self.ending(of: order) { _ in }.elsewhere.isEmpty)
    #expect(try await Self.ending(of: order) { _ in }.elsewhere == [true])
    try TemporaryOutputs(in: store).drop(#require(try store.row(order.key.digest())))
    #expect(try await Self.ending(of: order) { _ in }.elsewhere.isEmpty)
  }

  @Test func `a draft that cannot be removed fails no task that is published`() async throws {
    let order = try Sample.order("test.draft", "spoil", in: store)
    let heard = try await Self.ending(of: order) { _ in }
    #expect(heard.manifest != nil)
    let lock = Store.draftLock(of: try store.draftFolder(of: order.key))
    #expect(
      heard.warnings == [
        "what the task leaves beside its result stays until 'cache gc': cannot read '\(lock)': is a directory"
      ])
  }

  private struct Heard: Sendable {
    var manifest: Manifest?
    var warnings: [String] = []
    /// What it says of another publisher: whether it computed the same.
    var elsewhere: [Bool] = []
  }

  /// What a worker of its own says of an order.
  private static func ending(
    of order: TaskOrder, onWarning: @escaping @Sendable (String) throws -> Void
  ) async throws -> Heard {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try hear(order, onWarning) }) }
    }
  }

  private static func hear(_ order: TaskOrder, _ onWarning: (String) throws -> Void) throws -> Heard {
    let child = try Posix.spawn(TestWorker.program, [], environment: ProcessInfo.processInfo.environment)
    _ = Posix.send(try WorkerMessage.order(order).line, into: child.input)
    var heard = Heard()
    Posix.lines(of: child.output) { line in
      switch try? TaskEvent(line: line) {
      case .warning(let text):
        heard.warnings.append(text)
        do { try onWarning(text) } catch { Issue.record(error) }
      case .publishedElsewhere(let isComputed): heard.elsewhere.append(isComputed)
      case .published(let manifest):
        heard.manifest = manifest
        Posix.closeChannel(child.input)
      case .failed: Posix.closeChannel(child.input)
      default: break
      }
    }
    Posix.closeChannel(child.output)
    _ = Posix.wait(for: child.process)
    return heard
  }
}
