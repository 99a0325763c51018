import ArrayStores
import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct PublicationTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  @Test(arguments: Fault.allCases)
  func `a kill at any step of publishing leaves no invalid row`(point: Fault) async throws {
    let order = try Sample.order("test.constant", "abc", in: store)
    let ending = try TestWorker.run([order], environment: [Fault.variable: point.rawValue])
    #expect(ending == .signalled(9))
    let fingerprint = try order.key.digest()
    #expect(try (store.lookup(fingerprint) != nil) == (point == .afterLink))
    #expect(try (store.row(fingerprint) != nil) == (point == .afterLink))
    #expect(try store.verifyAll().isSound)
    #expect(try !Posix.names(in: store.root.appending("tmp")).isEmpty)

    // The same order afterwards ends with the bytes of an undisturbed run.
    #expect(try TestWorker.run([order]) == .exited(0))
    let other = try TemporaryStore()
    var undisturbed = order
    undisturbed.store = other.store.root.string
    #expect(try TestWorker.run([undisturbed]) == .exited(0))
    let outputs = try #require(try store.lookup(fingerprint)).outputs
    #expect(outputs == (try #require(try other.store.lookup(fingerprint)).outputs))
    #expect(try temporary.files(in: "objects") == (try other.files(in: "objects")))

    // Litter of the dead process is all that stays, and is collected.
    _ = try store.collect(.init(roots: [fingerprint]))
    #expect(try Posix.names(in: store.root.appending("tmp")).isEmpty)
    #expect(try store.lookup(fingerprint) != nil)
  }

  @Test func `of two processes with one task the first publishes`() async throws {
    let order = try Sample.order("test.slow", "abc", in: store)
    let endings = await withTaskGroup(of: Posix.Ending?.self) { group in
      for _ in 0..<2 { group.addTask { try? TestWorker.run([order]) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(endings == [.exited(0), .exited(0)])
    #expect(try store.rows().count == 1)
    #expect(try store.verifyAll().isSound)
    #expect(try Posix.names(in: store.root.appending("conflicts")).isEmpty)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `a table with a number that is not finite is refused, unless numbers may be missing`(number: Float) throws {
    func publish(_ array: NDArray, mayLackNumbers: Bool = false) throws -> Manifest {
      let publication = try Publication(in: store, of: Sample.key("k\(mayLackNumbers)"), ports: Sample.ports)
      defer { publication.abandon() }
      let entry = Pipeline.Bundle.Entry("weights/head", array, mayLackNumbers: mayLackNumbers)
      try publication.write("value", Pipeline.Bundle(ArtifactType("value"), tables: [entry]))
      return try publication.publish([], provenance: Sample.provenance).manifest
    }
    for array in [try NDArray([1, number], shape: [2]), try NDArray([Double(number), 1], shape: [2])] {
      let failure = try #require(throws: TaskFailure.self) { try publish(array) }
      #expect(failure.message == "kfalse: port 'value' gives 'weights/head' with numbers that are not finite")
      #expect(failure.phase == "publish")
    }
    #expect(try store.rows().isEmpty)
    let row = try publish(try NDArray([1, number], shape: [2]), mayLackNumbers: true)
    #expect(try store.read(#require(row.outputs["value"]).digest).table("weights/head").values(as: Float.self)[0] == 1)
  }

  @Test func `a later different result is recorded as a conflict and replaces nothing`() throws {
    let first = try Sample.publish(in: store).manifest
    let (second, outcome) = try Sample.publish(Sample.key(), 2, in: store)
    #expect(outcome == .conflict)
    #expect(second.outputs == first.outputs)
    #expect(try Posix.names(in: store.root.appending("conflicts")).count == 1)
  }

  @Test func `a row whose objects are gone makes way for other outputs`() throws {
    let first = try Sample.publish(in: store).manifest
    for output in first.outputs.values { try Posix.remove(store.objectFolder(output.digest)) }
    let (second, outcome) = try Sample.publish(Sample.key(), 2, in: store)
    #expect(outcome == .published)
    #expect(try store.lookup(first.fingerprint)?.outputs == second.outputs)
  }

  @Test func `a damaged object makes way for a sound one of the same digest`() throws {
    let digest = try #require(try Sample.publish(in: store).manifest.outputs["value"]).digest
    try temporary.damage(temporary.objectFile(digest, "tables.h5")) { $0[100] ^= 1 }
    _ = try Sample.publish(Sample.key("test.other"), in: store)
    try store.verify(digest)
  }

  @Test func `what the store has is not written again`() throws {
    let first = try Sample.publish(in: store).manifest
    let files = try first.outputs.values.map {
      try Posix.status(of: store.objectFolder($0.digest).appending("object.json"))
    }
    let second = try Sample.publish(Sample.key("test.other"), in: store).manifest
    #expect(second.outputs == first.outputs)
    #expect(
      try first.outputs.values.map { try Posix.status(of: store.objectFolder($0.digest).appending("object.json")) }
        == files)
    #expect(try store.verifyAll().isSound)
  }

  @Test func `two outputs with the same content share an object`() throws {
    let ports = [Port("value", ArtifactType("value")), Port("again", ArtifactType("value"))]
    let publication = try Publication(in: store, of: Sample.key(), ports: ports)
    for port in ports { try publication.write(port.name, try Sample.bundle()) }
    let manifest = try publication.publish([], provenance: Sample.provenance).manifest
    #expect(manifest.outputs["value"] == manifest.outputs["again"])
    #expect(try store.lookup(manifest.fingerprint) != nil)
    #expect(try Posix.names(in: store.root.appending("tmp")).isEmpty)
  }

  @Test func `published files are read-only and the work folder is gone`() throws {
    let digest = try #require(try Sample.publish(in: store).manifest.outputs["value"]).digest
    let path = temporary.objectFile(digest, "tables.h5").string
    let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(rights == 0o444)
    #expect(try Posix.names(in: store.root.appending("tmp")).isEmpty)
  }

  @Test(arguments: ["missing", "type", "twice", "unknown", "nan"])
  func `what is not valid is not published`(mistake: String) throws {
    let publication = try Publication(in: store, of: Sample.key(), ports: Sample.ports)
    let failure = try #require(throws: TaskFailure.self) {
      if mistake == "type" { try publication.write("value", try Sample.bundle(type: "other")) }
      if mistake == "unknown" { try publication.write("values", try Sample.bundle()) }
      if mistake != "missing" { try publication.write("value", try Sample.bundle()) }
      if mistake == "twice" { try publication.write("value", try Sample.bundle()) }
      _ = try publication.publish([Metric("loss", mistake == "nan" ? .nan : 1)], provenance: Sample.provenance)
    }
    let words = [
      "missing": "test.constant: the stage did not write its output port 'value'",
      "type": "test.constant: port 'value' gives 'value', not 'other'",
      "twice": "test.constant: port 'value' was written twice",
      "unknown": "test.constant: the stage has no output port 'values'",
      "nan": "metric 'loss' is not finite (n/a is nil), or stands twice",
    ]
    #expect(failure.message == words[mistake])
    #expect(try store.rows().isEmpty)
  }

  @Test func `nothing is published when the data changed while the task ran`() async throws {
    let folder = store.root.appending("tmp")
    try Posix.write(Array("before".utf8), to: folder.appending("file"))
    let digest = try Posix.digest(of: folder.appending("file"))
    func order(_ kind: String) throws -> TaskOrder {
      try Sample.order(kind, in: store, folder: folder.string, extra: ["file": .bytes(digest.bytes)])
    }
    _ = try TestWorker.run([try order("test.constant"), try order("test.touch")])
    #expect(try store.rows().map(\.key.kind) == ["test.constant"])
    #expect(
      try TestWorker.log(try order("test.touch")).contains(
        "the data behind 'file' changed while the task ran; run again"))
    // What it began may hold values of the new file.
    #expect(try Posix.names(in: store.folder("trajectories")).isEmpty)
    #expect(try Posix.names(in: folder) == ["file"])
    // From here on the file is another than the order says.
    _ = try TestWorker.run([try order("test.draft")])
    let log = try TestWorker.log(try order("test.draft"))
    let words = "the data behind 'file' changed since the task was planned; run again"
    #expect(log.contains("failed (bad-data, read): \(words)"))
    #expect(!log.contains("this is the log of"))
    #expect(try Posix.names(in: store.folder("trajectories")).isEmpty)
  }
}
