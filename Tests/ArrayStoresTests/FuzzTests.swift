import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

/// Mutated files of the corpus: whatever they hold, reading ends with values or an `ArrayStoreError`.
///
/// Runs for LIGHTBENCH_FUZZ_SECONDS (2 when it is not set) from the seed LIGHTBENCH_FUZZ_SEED; meant
/// for the address sanitizer. libhdf5 itself is no target: only the chunks of HDF5 files are mutated.
@Suite(.enabled(if: Corpus.folder != nil, "the conformance corpus was not found")) struct FuzzTests {
  static let environment = ProcessInfo.processInfo.environment
  static let seconds = environment["LIGHTBENCH_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
  static let seed = environment["LIGHTBENCH_FUZZ_SEED"].flatMap(UInt64.init) ?? 1

  /// Values that lie at the edges of what numbers hold.
  private static let edges: [UInt64] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, .max, .max / 2, 1 << 40]

  private static func mutate(_ bytes: inout [UInt8], _ random: inout Sequence64, from start: Int = 0) {
    guard bytes.count > start else { return }
    for _ in 0..<1 + random.next(4) {
      let place = start + random.next(bytes.count - start)
      switch random.next(6) {
      case 0: bytes[place] ^= UInt8(1 << random.next(8))
      case 1: bytes[place] = UInt8(random.next(256))
      case 2:
        let edge = edges[random.next(edges.count)]
        for index in 0..<min([2, 4, 8][random.next(3)], bytes.count - place) {
          bytes[place + index] = UInt8(truncatingIfNeeded: edge >> UInt64(8 * index))
        }
      case 3: bytes.removeSubrange(place...)
      case 4: bytes.insert(contentsOf: (0..<random.next(9)).map { _ in UInt8(random.next(256)) }, at: place)
      default:
        let end = min(bytes.count, place + random.next(16))
        bytes.removeSubrange(place..<end)
      }
      if bytes.count <= start { return }
    }
  }

  /// Reads as much as is small; a shape that was made huge is read in one corner.
  private static func read(_ array: any StoredArray) throws {
    let bytes = array.shape.reduce(Double(array.type.size)) { $0 * Double($1) }
    let box = bytes < 0x1p24 ? array.shape : array.shape.map { min($0, 3) }
    _ = try array.read(start: array.shape.map { _ in 0 }, shape: box)
  }

  private func run(_ name: String, _ body: (inout Sequence64) throws -> Void) throws {
    var random = Sequence64(seed: Self.seed)
    let end = ContinuousClock.now + .seconds(Self.seconds / 4)
    var (count, refused) = (0, 0)
    while ContinuousClock.now < end {
      count += 1
      do { try body(&random) } catch is ArrayStoreError { refused += 1 }
    }
    print("fuzz: \(name): \(count) files, \(refused) refused, seed \(Self.seed)")
    #expect(count > 0)
  }

  @Test func `mutated Zarr stores are read or refused`() throws {
    let stores = Corpus.cases.filter { ["zarr", "ome-zarr"].contains($0.kind) }.compactMap { test in
      let files = TemporaryFolder.files(test.path).mapValues { Array($0) }
      return files.values.reduce(0, { $0 + $1.count }) < 200_000 ? (test, files) : nil
    }
    try run("Zarr") { random in
      let (test, files) = stores[random.next(stores.count)]
      var changed = files
      let keys = files.keys.sorted()
      guard !keys.isEmpty else { return }
      for _ in 0..<1 + random.next(2) {
        let key = keys[random.next(keys.count)]
        Self.mutate(&changed[key, default: []], &random)
      }
      let source = MemorySource(changed)
      if test.kind == "ome-zarr" { _ = try OMEZarrImage(opening: source).array() }
      let names = test.arrays.compactMap { $0["path"]?.text }
      let name = names.isEmpty ? "" : names[random.next(names.count)]
      try Self.read(try ZarrArray(opening: source, array: name))
    }
  }

  @Test func `mutated TIFF files are read or refused`() throws {
    let files = Corpus.cases.filter { $0.kind == "tiff" }.compactMap {
      FileManager.default.contents(atPath: $0.path.string)
    }
    try runFiles("TIFF", files.map { Array($0) }) { try TIFFArray(opening: $0) }
  }

  @Test func `mutated NIfTI files are read or refused`() throws {
    let files = ["little.nii", "big.nii", "two.nii", "time.nii.gz"].compactMap {
      FileManager.default.contents(atPath: Fixture.folder.appending($0).string)
    }
    try runFiles("NIfTI", files.map { Array($0) }) { try NIfTIArray(opening: $0) }
  }

  private func runFiles(_ name: String, _ files: [[UInt8]], _ open: (FilePath) throws -> any StoredArray) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("file")
    try run(name) { random in
      var bytes = files[random.next(files.count)]
      Self.mutate(&bytes, &random)
      try Data(bytes).write(to: URL(filePath: path.string))
      try Self.read(try open(path))
    }
  }

  @Test func `mutated chunks decode or are refused by every codec`() throws {
    let codecs: [[ByteCodec]] =
      [[.zstd(level: 1, checksum: false)], [.gzip(level: 1)], [.zlib(level: 1)], [.lz4], [.bzip2(level: 1)]].map { $0 }
      + Blosc.compressors.sorted().flatMap { name in
        (0..<3).map { [.blosc(Blosc(compressor: name, shuffle: $0, elementSize: 2))] }
      } + [[.shuffle(elementSize: 4), .zlib(level: 1), .fletcher32], [.lzf]]
    try run("codecs") { random in
      let chain = codecs[random.next(codecs.count)]
      let count = 1 + random.next(5_000)
      let scratch = CodecScratch()
      scratch.front.assign((0..<count).map { UInt8(truncatingIfNeeded: $0 / 7 &* 3 + random.next(3)) })
      if chain != [.lzf] { try chain.encode(scratch) }
      var bytes = scratch.front.array
      Self.mutate(&bytes, &random)
      scratch.front.assign(bytes)
      try chain.decode(scratch, limit: count)
    }
  }

  @Test func `mutated chunks of HDF5 files are read or refused`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    var random = Sequence64(seed: Self.seed)
    let array = try random.array(.uint16, [40, 40])
    let storage = HDF5Storage(chunkShape: [16, 16], compression: .gzip(level: 1), hasChecksum: false)
    try HDF5File.write([("x", array)], storage: storage, to: path)
    let bytes = try #require(FileManager.default.contents(atPath: path.string)).map { $0 }
    let chunks = try HDF5File(opening: path).withDataset("x") { reader, _ in
      if case .chunks(_, _, let places) = try reader.prepare(Region(all: [40, 40]), path, base: 0) {
        places.compactMap(\.range)
      } else {
        [Range<Int>]()
      }
    }
    try run("HDF5 chunks") { random in
      var changed = bytes
      let range = chunks[random.next(chunks.count)]
      for _ in 0..<1 + random.next(4) { changed[range.lowerBound + random.next(range.count)] = UInt8(random.next(256)) }
      try Data(changed).write(to: URL(filePath: path.string))
      try Self.read(try HDF5File(opening: path).array("x"))
    }
  }
}
