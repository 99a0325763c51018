import ArrayStores
import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct StoreTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  @Test func `an artifact is read back as it was written`() throws {
    let output = try #require(try Sample.publish(in: store).manifest.outputs["value"])
    let bundle = try store.read(output.digest, as: ArtifactType("value"))
    #expect(bundle.facts == (try Sample.bundle().facts))
    #expect(try bundle.table("points/centres") == (try Sample.bundle().table("points/centres")))
    #expect(try bundle.table("count").shape == [])
    #expect(try bundle.volume("image") == (try Sample.bundle().volume("image")))
    #expect(bundle.volumes.first?.voxelSize == [2, 1, 1])
  }

  @Test func `equal artifacts give equal bytes in equal files`() throws {
    let listings = try ["a", "b"].map { name in
      try ObjectFolder.write(try Sample.bundle(), at: store.root.appending("tmp").appending(name))
    }
    #expect(listings[0] == listings[1])
    #expect(try listings[0].text() == (try listings[1].text()))
    #expect(listings[0].files.map(\.path).contains("tables.h5"))
  }

  @Test func `no bit of a listing changes unnoticed`() throws {
    let path = store.root.appending("tmp").appending("object")
    let listing = try ObjectFolder.write(try Sample.bundle(), at: path)
    let text = try listing.text()
    for bit in 0..<text.count * 8 {
      var damaged = text
      damaged[bit / 8] ^= 1 << (bit % 8)
      // Another file's name or digest is found where the files are looked at.
      let read = try? ObjectListing(text: damaged)
      #expect(read != listing, "bit \(bit)")
    }
  }

  @Test func `the digest follows facts, values, names and voxel size, not the order of arrays`() throws {
    func digest(_ change: (inout Pipeline.Bundle) throws -> Void) throws -> Digest {
      var bundle = try Sample.bundle()
      try change(&bundle)
      return try ObjectFolder.write(bundle, at: try store.makeWorkFolder().appending("object")).digest
    }
    let plain = try digest { _ in }
    #expect(try digest { $0.tables.reverse() } == plain)
    #expect(try digest { $0.facts["name"] = "other" } != plain)
    #expect(
      try digest { $0.tables[0] = .init("points/centres", try NDArray([1, 2, 4] as [Float], shape: [1, 3])) } != plain)
    #expect(try digest { $0.tables[0] = .init("points", $0.tables[0].array) } != plain)
    #expect(try digest { $0.volumes[0] = .init("image", $0.volumes[0].array) } != plain)
  }

  @Test func `a row holds the key exactly, 1 apart from 1.0`() throws {
    let key = Sample.key("test.constant", ["a": 1, "b": 1.0, "c": [.null, "x", ["y": .bytes([1, 2])]]])
    let manifest = try Sample.publish(key, in: store).manifest
    let found = try #require(try store.lookup(manifest.fingerprint))
    #expect(found.key == key)
    #expect(try found.key.digest() == manifest.fingerprint)
    #expect(found.outputs == manifest.outputs)
    #expect(found.metrics == [Metric("length", 3, unit: "px", better: .higher)])
  }

  @Test(arguments: ["object.json", "tables.h5"])
  func `a damaged file is quarantined and its task counts as not done`(name: String) throws {
    let manifest = try Sample.publish(in: store).manifest
    let digest = try #require(manifest.outputs["value"]).digest
    try temporary.damage(temporary.objectFile(digest, name)) { $0[$0.count / 2] ^= 1 }
    let failure = try #require(throws: TaskFailure.self) { try store.read(digest) }
    #expect(failure.code == .store)
    #expect(failure.message.contains(name))
    #expect(try store.lookup(manifest.fingerprint) == nil)
    #expect(try Posix.names(in: store.root.appending("quarantine")).count == 2)
    #expect(try Sample.publish(in: store).outcome == .alreadyThere)
    #expect(try store.lookup(manifest.fingerprint) != nil)
  }

  @Test(arguments: ["object.json", "tables.h5", "volumes.zarr/image/zarr.json"])
  func `a missing file makes a miss at the first look`(name: String) throws {
    let manifest = try Sample.publish(in: store).manifest
    try Posix.remove(temporary.objectFile(try #require(manifest.outputs["value"]).digest, name))
    #expect(try store.lookup(manifest.fingerprint) == nil)
  }

  @Test func `a row that cannot be read is quarantined`() throws {
    let manifest = try Sample.publish(in: store).manifest
    try temporary.damage(store.actionFile(manifest.fingerprint)) { $0.removeLast(20) }
    #expect(try store.lookup(manifest.fingerprint) == nil)
    #expect(try Posix.status(of: store.actionFile(manifest.fingerprint)) == nil)
  }

  @Test func `verifying finds what was altered, and nothing in a sound store`() throws {
    let manifest = try Sample.publish(in: store).manifest
    #expect(try store.verifyAll().isSound)
    let digest = try #require(manifest.outputs["value"]).digest
    try temporary.damage(temporary.objectFile(digest, "volumes.zarr/image/0/c/0/0/0")) { $0[0] ^= 1 }
    let found = try store.verifyAll()
    #expect(found.damaged.count == 1)
    #expect(found.incomplete == ["sample"])
  }

  @Test func `a folder with other files is not taken for a store`() throws {
    let folder = store.root.appending("tmp").appending("photos")
    try Posix.makeFolder(folder)
    try Posix.write([1], to: folder.appending("holiday.jpg"))
    let error = try #require(throws: StoreError.self) { try Store(at: folder) }
    #expect(error.exitCode == 5)
    #expect(error.message == "'\(folder)' is not a store: it holds other files; name another folder with --store")
  }

  @Test func `a store that was cut off while it was made is made again`() throws {
    let folder = store.root.appending("tmp").appending("store")
    for name in ["tmp", "objects", "actions", "claims"] { try Posix.makeFolder(folder.appending(name)) }
    let made = try Store(at: folder)
    #expect(try Sample.publish(in: made).outcome == .published)
  }

  @Test func `a store of a newer version is refused`() throws {
    try temporary.damage(store.root.appending("store.json")) { $0 = Array("{\"lightbench-store\": 2}".utf8) }
    let error = try #require(throws: StoreError.self) { try Store(at: store.root) }
    #expect(error.message.contains("has version 2, this program reads up to 1"))
  }

  @Test func `a disk that cannot be written is the environment's fault`() throws {
    let error = try #require(throws: SystemError.self) { try Store(at: "/proc/lightbench") }
    #expect(error.exitCode == 6)
  }
}
