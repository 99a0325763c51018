import ArrayStores
import Fingerprints
import SystemPackage
import Testing

@testable import Pipeline

/// What a store says where it is no store, lacks something, or holds something else.
@Suite struct StoreErrorTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func refusal(_ body: () throws -> Void) throws -> String {
    try #require(throws: StoreError.self) { try body() }.message
  }

  private func failure(_ body: () throws -> Void) throws -> TaskFailure {
    try #require(throws: TaskFailure.self) { try body() }
  }

  @Test func `a folder that is no store, or one of a later version, is named`() throws {
    let root = store.root
    let none = root.appending("none")
    #expect(
      try refusal { _ = try Store(at: none, create: false) }
        == "there is no store at '\(none)'; run an experiment first, or name one with --store")
    let other = root.appending("other")
    try Posix.makeFolder(other)
    try Posix.write([], to: other.appending("notes.txt"))
    #expect(
      try refusal { _ = try Store(at: other) }
        == "'\(other)' is not a store: it holds other files; name another folder with --store")
    let mark = root.appending("store.json")
    try temporary.damage(mark) { $0 = Array("{}".utf8) }
    #expect(
      try refusal { _ = try Store(at: root) }
        == "'\(root)' is not a store: '\(mark)' has no version; name another folder with --store")
    try temporary.damage(mark) { $0 = Array("{\"lightbench-store\": 99}".utf8) }
    #expect(
      try refusal { _ = try Store(at: root) }
        == "the store '\(root)' has version 99, this program reads up to \(Store.version); use a newer lightbench")
  }

  @Test func `an object that is missing, of another type or damaged is told by its name`() throws {
    let absent = Digest.of("absent")
    #expect(
      try failure { _ = try store.read(absent) }.message
        == "object \(absent.hex.prefix(12)) is not in the store '\(store.root)'; run again to compute it")
    let digest = try #require(try Sample.publish(in: store).manifest.outputs["value"]?.digest)
    #expect(
      try failure { _ = try store.read(digest, as: ArtifactType("model")) }.message
        == "object \(digest.hex.prefix(12)) is of type 'value', not 'model'")
    try temporary.damage(temporary.objectFile(digest, "tables.h5")) { $0[$0.count / 2] ^= 1 }
    let damaged = try failure { _ = try store.read(digest) }
    #expect(damaged.phase == "read")
    #expect(
      damaged.message
        == "object \(digest.hex.prefix(12)) is damaged: 'tables.h5' has another checksum; "
        + "it was moved to quarantine, run again to compute it")
  }

  @Test func `records that cannot be read say what to do`() throws {
    let path = store.root.appending("runs").appending("x.jsonl")
    try Posix.write(Array("\n".utf8), to: path)
    #expect(try refusal { _ = try store.run("x") }.hasPrefix("line 1 of the run record '\(path)' cannot be read: "))
    try temporary.damage(path) { $0 = [] }
    #expect(try refusal { _ = try store.run("x") } == "the run record '\(path)' has no first line; remove it")
    let conflict = store.root.appending("conflicts").appending("c.json")
    try Posix.makeFolder(conflict.removingLastComponent())
    try Posix.write(Array("{}".utf8), to: conflict)
    #expect(
      try refusal { _ = try store.conflicts() }
        == "the record of a conflict '\(conflict)' cannot be read; remove it")
  }

  @Test func `a stage that writes what cannot be published is told so`() throws {
    let publication = try Publication(in: store, of: Sample.key(), ports: Sample.ports)
    defer { publication.abandon() }
    let flat = try NDArray([Float(1), 2], shape: [2])
    #expect(
      try failure {
        try publication.write("value", Bundle(ArtifactType("value"), tables: [.init("a", flat), .init("a", flat)]))
      }.message == "'a' of an artifact 'value' is no name, or stands twice")
    #expect(
      try failure {
        try publication.write("value", Bundle(ArtifactType("value"), volumes: [.init("image", flat)]))
      }.message == "volume 'image' has 1 axes, not z, y, x")
  }
}
