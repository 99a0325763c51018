import Fingerprints
import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct VolumeTests {
  private struct Interruption: Error {}

  /// An array whose reading fails after some boxes.
  private struct Failing: StoredArray {
    let whole: NDArray
    let limit: Int
    var type: ElementType { whole.type }
    var shape: [Int] { whole.shape }
    var chunkShape: [Int] { whole.chunkShape }
    func read(_ region: Region) throws -> NDArray {
      if region.start[0] >= limit { throw Interruption() }
      return try whole.read(region)
    }
  }

  private func volume(_ shape: [Int]) throws -> NDArray {
    var random = Sequence64(seed: 21)
    return try random.array(.uint16, shape)
  }

  private func importing() -> VolumeImport {
    var job = VolumeImport()
    job.layout = ZarrLayout(chunkShape: [32, 32, 32], shardShape: [64, 64, 64])
    job.options.voxelSize = [4, 1.8, 1.8]
    job.options.maximumLevels = 3
    job.boxBytes = 1
    return job
  }

  @Test func `an import gives image, levels and the digest of the volume`() throws {
    let folder = try TemporaryFolder()
    let source = try volume([130, 70, 90])
    let root = folder.path.appending("v.ome.zarr")
    let digest = try importing().run(source, to: root)
    #expect(try digest == source.logicalDigest(axes: ["z", "y", "x"], voxelSize: [4, 1.8, 1.8]))
    let image = try OMEZarrImage(opening: root)
    #expect(try image.array().read() == source)
    #expect(
      try image.levels.indices.map { try image.array(level: $0).shape } == [
        [130, 70, 90], [130, 35, 45], [65, 18, 23],
      ])
    #expect(image.levels[1].scale == [4, 3.6, 3.6] && image.levels[1].translation == [0, 0.9, 0.9])
    #expect(TemporaryFolder.files(root).keys.allSatisfy { !$0.contains("journal") && !$0.contains("partial") })
  }

  @Test(arguments: [[50, 160, 160], [6, 37, 53], [1, 1, 1], [130, 257, 70]])
  func `files that cover an axis suit the digest, whatever their extent`(shape: [Int]) throws {
    let folder = try TemporaryFolder()
    let source = try volume(shape)
    var job = importing()
    job.layout = ZarrLayout(chunkShape: [64, 64, 64])
    job.layout.version = 2
    let root = folder.path.appending("v.ome.zarr")
    #expect(try job.run(source, to: root) == source.logicalDigest(axes: ["z", "y", "x"], voxelSize: [4, 1.8, 1.8]))
    #expect(try OMEZarrImage(opening: root).array().read() == source)
  }

  @Test func `files that do not suit the digest are refused, and nothing is left`() throws {
    let folder = try TemporaryFolder()
    var job = importing()
    job.layout = ZarrLayout(chunkShape: [5, 7, 9])
    let error = try #require(throws: ArrayStoreError.self) {
      try job.run(try volume([600, 37, 53]), to: folder.path.appending("v.ome.zarr"))
    }
    #expect(error.code == .invalidArgument)
    #expect(
      error.message == "files of [5, 7, 9] do not suit the blocks of the digest, [64, 256, 256]: choose powers of 2")
    #expect(TemporaryFolder.files(folder.path).isEmpty)
  }

  @Test func `an import that was interrupted goes on and ends with the same bytes`() throws {
    let folder = try TemporaryFolder()
    let source = try volume([200, 40, 40])
    let (first, second) = (folder.path.appending("a"), folder.path.appending("b"))
    let digest = try importing().run(source, to: first)
    #expect(throws: Interruption.self) { try importing().run(Failing(whole: source, limit: 128), to: second) }
    var reads = 0
    #expect(try importing().run(source, to: second) { _, _ in reads += 1 } == digest)
    #expect(reads == 4)
    #expect(TemporaryFolder.files(first) == TemporaryFolder.files(second))
    var other = importing()
    other.sourceIdentity = "another"
    #expect(throws: Interruption.self) {
      try importing().run(Failing(whole: source, limit: 128), to: folder.path.appending("c"))
    }
    let error = try #require(throws: ArrayStoreError.self) { try other.run(source, to: folder.path.appending("c")) }
    #expect(error.code == .alreadyExists)
  }

  /// What would be left on a disk that keeps only what was flushed.
  private final class Disk: Sendable {
    private let sizes = Mutex<[String: Int]>([:])

    func flush(_ path: FilePath) throws {
      let names = try? FileManager.default.contentsOfDirectory(atPath: path.string)
      let size = try FileManager.default.attributesOfItem(atPath: path.string)[.size] as? Int ?? 0
      sizes.withLock { $0[path.string] = max($0[path.string] ?? 0, names?.count ?? size) }
    }

    /// A file of that size, or a folder of so many entries, is on the disk.
    func holds(_ path: String, _ size: Int) -> Bool { sizes.withLock { $0[path] == size } }
  }

  @Test func `the shards of a box and their folders are on the disk before the journal says that it is done`() throws {
    let folder = try TemporaryFolder()
    let source = try volume([200, 130, 40])
    let disk = Disk()
    let draft = folder.path.appending("v.partial")
    var job = importing()
    var (lines, missing) = (0, [String]())
    job.flush = { try disk.flush($0) }
    _ = try job.run(source, to: folder.path.appending("v")) { _, _ in
      lines += 1
      // All that stands there now was there when the line was written, but for the line itself.
      for name in try FileManager.default.subpathsOfDirectory(atPath: draft.appending("0").string) {
        let path = draft.appending("0").string + "/" + name
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        // A file has its name after it was flushed under another one.
        let isThere = names.map { disk.holds(path, $0.count) } ?? disk.holds(Self.draftName(path), size)
        if !isThere { missing.append(name) }
      }
      let journal = draft.appending("import.journal").string
      let size = try FileManager.default.attributesOfItem(atPath: journal)[.size] as? Int ?? 0
      if !disk.holds(journal, size) || !disk.holds(draft.string, 2) { missing.append("line \(lines)") }
    }
    #expect(lines == 4)
    #expect(missing.isEmpty)
  }

  private static func draftName(_ path: String) -> String {
    path + ".partial-\(ProcessInfo.processInfo.processIdentifier)"
  }

  @Test func `a box whose shard does not reach the disk is not done`() throws {
    let folder = try TemporaryFolder()
    let (source, root) = (try volume([130, 40, 40]), folder.path.appending("v"))
    var job = importing()
    job.flush = { path in
      if path.string.contains("/0/c/1/") { throw ArrayStoreError(.inputOutput, "the disk is gone") }
    }
    #expect(throws: ArrayStoreError.self) { try job.run(source, to: root) }
    let journal = folder.path.appending("v.partial").appending("import.journal")
    let lines = String(decoding: try Data(contentsOf: URL(filePath: journal.string)), as: UTF8.self)
    #expect(lines.split(separator: "\n").count == 2)
    let digest = try source.logicalDigest(axes: ["z", "y", "x"], voxelSize: [4, 1.8, 1.8])
    #expect(try importing().run(source, to: root) == digest)
  }

  @Test func `wherever a power cut ends the journal, the import goes on and ends with the same bytes`() throws {
    let folder = try TemporaryFolder()
    let source = try volume([200, 40, 40])
    let whole = folder.path.appending("whole")
    let digest = try importing().run(source, to: whole)
    let begun = folder.path.appending("begun")
    #expect(throws: Interruption.self) { try importing().run(Failing(whole: source, limit: 128), to: begun) }
    let journal = try Data(contentsOf: URL(filePath: begun.string + ".partial/import.journal"))
    let ends = journal.indices.filter { journal[$0] == UInt8(ascii: "\n") }
    #expect(ends.count == 3)
    // In the first line, at its end, in the second, in the stop of the third, and where a disk left zeros.
    for (number, size) in [0, 10, ends[0], ends[0] + 1, ends[0] + 30, ends[1] - 1, ends[2], ends[2] + 1].enumerated() {
      let root = folder.path.appending("cut-\(number)")
      try FileManager.default.copyItem(atPath: begun.string + ".partial", toPath: root.string + ".partial")
      let zeros = Data(count: number % 2 * 7)
      try (journal.prefix(size) + zeros).write(to: URL(filePath: root.string + ".partial/import.journal"))
      // Interrupted once more, so that lines are written after the cut and read again.
      #expect(throws: Interruption.self) { try importing().run(Failing(whole: source, limit: 192), to: root) }
      #expect(try importing().run(source, to: root) == digest, "cut at \(size)")
      #expect(TemporaryFolder.files(whole) == TemporaryFolder.files(root), "cut at \(size)")
    }
  }

  @Test func `an image that is whole is not made again where its digest was kept`() throws {
    let folder = try TemporaryFolder()
    let (source, root) = (try volume([130, 40, 40]), folder.path.appending("v"))
    var job = importing()
    job.keepsDigest = true
    let digest = try job.run(source, to: root)
    let unreadable = Failing(whole: source, limit: 0)
    #expect(try job.run(unreadable, to: root) == digest)
    // Of another source, or with a digest that was cut off, it counts for nothing.
    var other = job
    other.sourceIdentity = "another"
    #expect(throws: Interruption.self) { try other.run(unreadable, to: root) }
    #expect(!FileManager.default.fileExists(atPath: root.string))
    #expect(try job.run(source, to: root) == digest)
    let kept = root.string + ".digest"
    let text = try Data(contentsOf: URL(filePath: kept))
    try text.dropLast(3).write(to: URL(filePath: kept))
    #expect(throws: Interruption.self) { try job.run(unreadable, to: root) }
  }

  @Test(arguments: [false, true])
  func `an image that was killed with its journal still in it is whole, and loses that`(keepsDigest: Bool) throws {
    let folder = try TemporaryFolder()
    let (source, root) = (try volume([130, 40, 40]), folder.path.appending("v"))
    var (job, journal) = (importing(), Data())
    job.keepsDigest = keepsDigest
    let digest = try job.run(source, to: root) { _, _ in
      journal = try Data(contentsOf: URL(filePath: root.string + ".partial/import.journal"))
    }
    let files = TemporaryFolder.files(root)
    try journal.write(to: URL(filePath: root.appending("import.journal").string))
    #expect(try job.run(Failing(whole: source, limit: 0), to: root) == digest)
    #expect(TemporaryFolder.files(root) == files)
  }

  @Test(arguments: [false, true])
  func `an image that was killed before it got its name is not read again`(keepsDigest: Bool) throws {
    let folder = try TemporaryFolder()
    let (source, root) = (try volume([130, 40, 40]), folder.path.appending("v"))
    var (job, journal) = (importing(), Data())
    job.keepsDigest = keepsDigest
    let digest = try job.run(source, to: root) { _, _ in
      journal = try Data(contentsOf: URL(filePath: root.string + ".partial/import.journal"))
    }
    let files = TemporaryFolder.files(root)
    let draft = root.string + ".partial"
    try FileManager.default.moveItem(atPath: root.string, toPath: draft)
    try journal.write(to: URL(filePath: draft + "/import.journal"))
    #expect(try job.run(Failing(whole: source, limit: 0), to: root) == digest)
    #expect(TemporaryFolder.files(root) == files)
  }

  @Test func `a box whose source turns out to have changed is neither written nor done`() throws {
    let folder = try TemporaryFolder()
    let (source, root) = (try volume([200, 40, 40]), folder.path.appending("v"))
    let looks = Mutex(0)
    var job = importing()
    job.checkSource = {
      let number = looks.withLock { looks in
        looks += 1
        return looks
      }
      if number == 3 { throw Interruption() }
    }
    #expect(throws: Interruption.self) { try job.run(source, to: root) }
    let draft = FilePath(root.string + ".partial")
    let lines = String(decoding: try Data(contentsOf: URL(filePath: draft.string + "/import.journal")), as: UTF8.self)
    #expect(lines.split(separator: "\n").count == 3)
    #expect(TemporaryFolder.files(draft).keys.count { $0.hasPrefix("0/c/") } == 2)
  }

  @Test func `a journal that is damaged elsewhere than at its end is an error that says what to do`() throws {
    let folder = try TemporaryFolder()
    let root = folder.path.appending("v")
    let source = try volume([200, 40, 40])
    #expect(throws: Interruption.self) { try importing().run(Failing(whole: source, limit: 128), to: root) }
    let journal = root.string + ".partial/import.journal"
    let text = String(decoding: try Data(contentsOf: URL(filePath: journal)), as: UTF8.self)
    try Data(text.replacing(" .\n", with: "\n").utf8).write(to: URL(filePath: journal))
    let error = try #require(throws: ArrayStoreError.self) { try importing().run(source, to: root) }
    #expect(error.code == .formatInvalid)
    #expect(error.message == "'\(journal)' is damaged: remove its folder")
  }

  @Test(arguments: [(.mean, [3, 7, 5]), (.mode, [1, 7, 5])] as [(Downsampling, [UInt8])])
  func `coarser levels are means or the values that occur most often`(how: Downsampling, expected: [UInt8]) throws {
    // Windows of 1, 2, 1, 9 and 7, 7, 7, 6 and, at the edge, 5 alone.
    let rows: [UInt8] = [1, 2, 7, 7, 5, 1, 9, 7, 6, 5]
    let array = try NDArray(rows, shape: [1, 2, 5])
    #expect(try how.apply(to: array, by: [1, 2, 2]).values(as: UInt8.self) == expected)
  }

  @Test(arguments: [([-1, -2], -1), ([-128, -127], -127), ([127, 126], 127), ([-3, 2], 0)] as [([Int8], Int8)])
  func `means of integers are rounded, halves up`(values: [Int8], mean: Int8) throws {
    let array = try NDArray(values, shape: [2])
    #expect(try Downsampling.mean.apply(to: array, by: [2]).values(as: Int8.self) == [mean])
  }

  @Test(arguments: ElementType.allCases, [[], [0, 3], [5], [3, 300], [2, 3, 40, 60]] as [[Int]])
  func `the digest does not depend on the file`(type: ElementType, shape: [Int]) throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 22)
    let array = try random.array(type, shape)
    var layout = ZarrLayout(chunkShape: shape.map { _ in 7 })
    layout.isBigEndian = true
    try ZarrArray.write(array, to: folder.path.appending("a"), layout: layout)
    let digest = try array.logicalDigest()
    #expect(try ZarrArray(opening: folder.path.appending("a")).logicalDigest() == digest)
    try HDF5File.write([("x", array)], storage: HDF5Storage(), to: folder.path.appending("a.h5"))
    #expect(try HDF5File(opening: folder.path.appending("a.h5")).array("x").logicalDigest() == digest)
  }

  @Test func `whatever stands at a path is recognised`() throws {
    let folder = try TemporaryFolder()
    let source = try volume([4, 5, 6])
    try OMEZarrImage.write(source, voxelSize: [2, 1, 1], to: folder.path.appending("i"))
    try HDF5File.write([("g/x", source)], to: folder.path.appending("a.h5"))
    let image = try ArrayFile(opening: folder.path.appending("i"))
    #expect(image.format == .omeZarr && image.axes == ["z", "y", "x"] && image.voxelSize == [2, 1, 1])
    #expect(try ArrayFile(opening: folder.path.appending("i/0")).format == .zarr)
    let table = try ArrayFile(opening: folder.path.appending("a.h5"))
    #expect(try table.format == .hdf5 && table.read() == source)
    try Data("text".utf8).write(to: URL(filePath: folder.path.appending("t").string))
    let error = try #require(throws: ArrayStoreError.self) { try ArrayFile(opening: folder.path.appending("t")) }
    #expect(error.code == .formatInvalid)
  }

  @Test(arguments: HDF5Storage.Compression.allForTests, [false, true])
  func `chunked HDF5 datasets come back`(compression: HDF5Storage.Compression, hasChecksum: Bool) throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 23)
    let contents = try ElementType.allCases.map { (path: $0.rawValue, array: try random.array($0, [9, 10, 11])) }
    let storage = HDF5Storage(chunkShape: [4, 20, 3], compression: compression, hasChecksum: hasChecksum)
    try HDF5File.write(contents, storage: storage, to: folder.path.appending("a.h5"))
    let file = try HDF5File(opening: folder.path.appending("a.h5"))
    for (path, array) in contents {
      let opened = try file.array(path)
      #expect(try opened.chunkShape == [4, 10, 3] && opened.read() == array)
      let box = Region(start: [3, 2, 1], shape: [5, 1, 7])
      #expect(try opened.read(box) == array.region(box))
    }
  }
}

extension HDF5Storage.Compression {
  static let allForTests: [Self] = [.none, .gzip(level: 1), .zstd(level: 5)]
}
