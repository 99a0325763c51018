import ArrayStores
import Fingerprints
import SystemPackage
import Testing

@testable import Pipeline

/// Artifacts whose volumes are read piece by piece.
@Suite struct OpenBundleTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func published() throws -> Digest {
    try #require(try Sample.publish(in: store).manifest.outputs["value"]).digest
  }

  @Test func `an opened artifact has its facts, and volumes that are read in boxes`() throws {
    let opened = try store.open(try published(), as: ArtifactType("value"))
    let whole = try Sample.bundle()
    #expect(opened.type == whole.type && opened.facts == whole.facts)
    let volume = try opened.volume("image")
    #expect(volume.shape == [4, 5, 6])
    let box = Region(start: [1, 2, 0], shape: [2, 1, 6])
    #expect(try volume.read(box) == whole.volume("image").region(box))
    let failure = try #require(throws: TaskFailure.self) { try opened.volume("picture") }
    #expect(failure.message == "the artifact of type 'value' holds no 'picture'")
    #expect(failure.code == .store)
  }

  @Test func `one in memory opens alike`() throws {
    let opened = OpenBundle(try Sample.bundle())
    #expect(opened.volumes.map(\.name) == ["image"])
    #expect(try opened.volume("image").read() == Sample.bundle().volume("image"))
  }

  @Test func `damage is found before a box is read, and the object quarantined`() throws {
    let digest = try published()
    try temporary.damage(temporary.objectFile(digest, "volumes.zarr/image/0/c/0/0/0")) { $0[0] ^= 1 }
    let failure = try #require(throws: TaskFailure.self) { try store.open(digest) }
    #expect(failure.message.contains("is damaged: 'volumes.zarr/image/0/c/0/0/0' has another checksum"))
    #expect(try Posix.names(in: store.root.appending("quarantine")).count == 2)
  }

  @Test func `an artifact of another type is refused`() throws {
    let digest = try published()
    let failure = try #require(throws: TaskFailure.self) { try store.open(digest, as: ArtifactType("table")) }
    #expect(failure.message == "object \(digest.hex.prefix(12)) is of type 'value', not 'table'")
  }

  @Test func `inputs are streamed in order, from memory where nothing else is said`() throws {
    let digest = try published()
    let artifact = InputArtifact(type: ArtifactType("value"), digest: digest)
    let inputs = store.inputs(["many": [artifact, artifact]])
    #expect(try inputs.streamed("many").count == 2)
    #expect(try inputs.streamed("none").isEmpty)
    let held = StageInputs(["many": [artifact]]) { _ in try Sample.bundle(5) }
    #expect(try held.streamed("many")[0].volume("image").read() == Sample.bundle(5).volume("image"))
  }
}
