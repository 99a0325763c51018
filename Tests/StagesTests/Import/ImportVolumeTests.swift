import ArrayStores
import Artifacts
import Fingerprints
import Foundation
import Pipeline
import Stages
import Synchronization
import SystemPackage
import Testing

@Suite struct ImportVolumeTests {
  private let folder: FilePath
  private let bench: StageBench

  init() throws {
    bench = try StageBench()
    // Inside the store of the bench, which goes with it.
    folder = bench.store.root.appending("data")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
  }

  private func volume(_ seed: Int = 0) throws -> NDArray {
    try NDArray((0..<300 * 20 * 30).map { UInt16(($0 * 7 + seed) % 4_001) }, shape: [300, 20, 30])
  }

  private func outside() -> OutsideData {
    OutsideData(folder: folder, root: folder) { path in
      .of(Array(FileManager.default.contents(atPath: path.string) ?? Data()))
    }
  }

  @Test func `a streamed volume is the artifact that one in memory would be`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    let manifest = try await bench.run("import.volume", "{path: a.h5, voxel: [4, 2, 2]}", outside: outside()).manifest
    let output = try #require(manifest.outputs["volume"])
    let read = try bench.store.read(output.digest, as: .volume)
    #expect(try read.volume("volume") == volume())
    #expect(read.volumes.first?.voxelSize == [4, 2, 2])
    try bench.store.verify(output.digest)

    let inMemory = Pipeline.Bundle(.volume, volumes: [.init("volume", try volume(), voxelSize: [4, 2, 2])])
    #expect(try bench.keep(inMemory).digest == output.digest)
  }

  @Test func `a file that was compressed anew, or in another format, gives the same artifact`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    let storage = HDF5Storage(chunkShape: [50, 7, 11], compression: .gzip(level: 9))
    try HDF5File.write([("v", try volume())], storage: storage, to: folder.appending("b.h5"))
    try ZarrArray.write(try volume(), to: folder.appending("c.zarr"))
    var digests: Set<Digest> = []
    var keys: Set<Digest> = []
    for name in ["a.h5", "b.h5", "c.zarr"] {
      let manifest = try await bench.run("import.volume", "{path: \(name), voxel: [4, 2, 2]}", outside: outside())
        .manifest
      keys.insert(manifest.fingerprint)
      digests.insert(try #require(manifest.outputs["volume"]).digest)
    }
    #expect(digests.count == 1)
    // The file is read again where its bytes differ; what comes after is not computed again.
    #expect(keys.count == 3)
  }

  @Test func `a volume goes out of the store in boxes`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    let manifest = try await bench.run("import.volume", "{path: a.h5, voxel: [4, 2, 2]}", outside: outside()).manifest
    let opened = try bench.store.open(try #require(manifest.outputs["volume"]).digest, as: .volume)
    let path = folder.appending("out.ome.zarr")
    #expect(try Export.write(opened, to: path) == [path.string])
    let image = try OMEZarrImage(opening: path)
    #expect(try image.array().read() == volume())
    #expect(image.voxelSize() == [4, 2, 2])
    let error = try #require(throws: ArrayStoreError.self) { try Export.write(opened, to: path) }
    #expect(error.description == "'\(path)': something stands there (already_exists)")
  }

  @Test func `the key holds the content and not the path`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    try FileManager.default.copyItem(atPath: folder.appending("a.h5").string, toPath: folder.appending("b.h5").string)
    try HDF5File.write([("v", try volume(1))], to: folder.appending("c.h5"))
    func key(_ name: String) async throws -> Digest {
      try await bench.run("import.volume", "{path: \(name)}", outside: outside()).manifest.fingerprint
    }
    let (a, b, c) = (try await key("a.h5"), try await key("b.h5"), try await key("c.h5"))
    #expect(a == b)
    #expect(a != c)
  }

  @Test func `what an interrupted attempt left is gone on with, and the bytes are the same`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    let first = try await bench.run("import.volume", "{path: a.h5}", outside: outside()).manifest
    let object = bench.store.objectFolder(try #require(first.outputs["volume"]).digest)
    // As a kill after the first box leaves it: the journal and its files, no metadata of the image.
    let other = try StageBench()
    let folder = try other.store.draftFolder(of: first.key)
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    var work = VolumeImport()
    work.sourceIdentity = try #require(Digest(bytes: Array(Self.bytes(first.key.parameters["path"])))).hex
    let stopped = folder.appending("volume.ome.zarr")
    #expect(throws: Interrupted.Broken.self) { _ = try work.run(Interrupted(array: try volume()), to: stopped) }
    let journal = folder.appending("volume.ome.zarr.partial").appending("import.journal").string
    #expect(FileManager.default.contents(atPath: journal)?.isEmpty == false)

    let second = try await other.run("import.volume", "{path: a.h5}", outside: outside()).manifest
    #expect(second.outputs == first.outputs)
    let image = other.store.objectFolder(try #require(second.outputs["volume"]).digest)
    #expect(
      FileManager.default.contentsEqual(atPath: object.string, andPath: image.string))
  }

  @Test func `a volume that changes meanwhile is refused, and the draft holds nothing of the new one`() async throws {
    let place = folder.appending("a.zarr")
    let asked = Mutex(0)
    let volumes = [try volume(), try volume(1)]
    @Sendable func write(_ volume: NDArray) throws {
      if FileManager.default.fileExists(atPath: place.string) {
        try FileManager.default.removeItem(atPath: place.string)
      }
      try ZarrArray.write(volume, to: place, layout: ZarrLayout(chunkShape: [64, 20, 30]))
    }
    try write(volumes[0])
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("import.volume", "{path: a.zarr}", outside: outside()) {
        let number = asked.withLock { asked in
          asked += 1
          return asked
        }
        // After the first of two boxes.
        if number == 2 { try write(volumes[1]) }
      }
    }
    #expect(failure.message == "'\(place)' changed while it was imported; run again")
    #expect(failure.code == .badData && failure.phase == "read")
    try write(volumes[0])
    let manifest = try await bench.run("import.volume", "{path: a.zarr}", outside: outside()).manifest
    let output = try #require(manifest.outputs["volume"])
    #expect(try bench.store.read(output.digest, as: .volume).volume("volume") == volumes[0])
    try bench.store.verify(output.digest)
  }

  @Test func `what an import of something else began in the draft makes way`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    let first = try await bench.run("import.volume", "{path: a.h5}", outside: outside()).manifest
    let other = try StageBench()
    let draft = try other.store.draftFolder(of: first.key)
    try FileManager.default.createDirectory(atPath: draft.string, withIntermediateDirectories: true)
    var work = VolumeImport()
    work.sourceIdentity = "something else"
    let image = draft.appending("volume.ome.zarr")
    #expect(throws: Interrupted.Broken.self) { _ = try work.run(Interrupted(array: try volume(1)), to: image) }
    #expect(try await other.run("import.volume", "{path: a.h5}", outside: outside()).manifest.outputs == first.outputs)
  }

  @Test func `an import that failed after its last box is published without being made again`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    // As a full disk would: the volume is there, and publishing fails.
    await #expect(throws: TaskFailure.self) {
      try await bench.run(
        "import.volume", "{path: a.h5}", outside: outside(),
        outputs: [Pipeline.Port("volume", .volume), Pipeline.Port("more", .volume)])
    }
    let drafts = bench.store.root.appending("trajectories")
    let draft = try #require(try FileManager.default.contentsOfDirectory(atPath: drafts.string).first)
    let image = drafts.appending(draft).appending("volume.ome.zarr")
    func metadata(_ image: FilePath) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: image.appending("zarr.json").string)[.systemFileNumber] as? Int
    }
    let made = try metadata(image)
    #expect(made != nil)
    let manifest = try await bench.run("import.volume", "{path: a.h5}", outside: outside()).manifest
    let output = try #require(manifest.outputs["volume"])
    let place = bench.store.objectFolder(output.digest).appending("volumes.zarr").appending("volume")
    #expect(try metadata(place) == made)
    try bench.store.verify(output.digest)
    #expect(try bench.store.read(output.digest, as: .volume).volume("volume") == volume())
  }

  @Test func `a disk that cannot be written is the machine's fault`() async throws {
    try HDF5File.write([("v", try volume())], to: folder.appending("a.h5"))
    let key = try await bench.run("import.volume", "{path: a.h5}", outside: outside()).manifest.key
    let other = try StageBench()
    let draft = try other.store.draftFolder(of: key)
    try Data().write(to: URL(filePath: draft.string))
    let failure = try await #require(throws: TaskFailure.self) {
      try await other.run("import.volume", "{path: a.h5}", outside: outside())
    }
    #expect(failure.code == .environment && failure.phase == "publish")
    #expect(failure.message.hasPrefix("cannot import a volume: "))
  }

  private static func bytes(_ value: CanonicalValue?) -> [UInt8] {
    if case .bytes(let bytes)? = value { bytes } else { [] }
  }

  @Test(arguments: [
    ("{path: nothing.tif}", "there is no volume 'FOLDER/nothing.tif'; set data.root"),
    (
      "{path: flat.h5}",
      "cannot import a volume: 'FOLDER/flat.h5': an array of shape [5] is no volume along z, y, x (invalid_argument)"
    ),
  ])
  func `what is no volume is refused with its place`(parameters: String, words: String) async throws {
    try HDF5File.write([("v", try NDArray([1, 2, 3, 4, 5] as [Float], shape: [5]))], to: folder.appending("flat.h5"))
    let failure = await #expect(throws: TaskFailure.self) {
      try await bench.run("import.volume", parameters, outside: outside())
    }
    #expect(failure?.message == words.replacing("FOLDER", with: folder.string))
    #expect(failure?.code == .badData)
  }

  /// An array that cannot be read beyond its first box.
  private struct Interrupted: StoredArray {
    let array: NDArray
    var type: ElementType { array.type }
    var shape: [Int] { array.shape }
    var chunkShape: [Int] { array.shape }
    struct Broken: Error {}
    func read(_ region: Region) throws -> NDArray {
      guard region.start[0] == 0 else { throw Broken() }
      return try array.region(region)
    }
  }
}
