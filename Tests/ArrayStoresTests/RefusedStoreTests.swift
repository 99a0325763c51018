import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

/// Stores and streams that other readers take for something that they are not.
@Suite struct RefusedStoreTests {
  /// The metadata of an array of 64 numbers in one chunk.
  private static func metadata(_ codecs: String, type: String = "uint16", fill: String = "0") -> [UInt8] {
    Array(
      """
      {"zarr_format": 3, "node_type": "array", "shape": [64], "data_type": "\(type)", "fill_value": \(fill),
       "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [64]}},
       "chunk_key_encoding": {"name": "default"},
       "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}\(codecs)]}
      """.utf8)
  }

  private static func failure(_ objects: [String: [UInt8]]) throws -> ArrayStoreError {
    try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: MemorySource(objects)).read() }
  }

  private static func encoded(_ codec: ByteCodec) throws -> [UInt8] {
    let scratch = CodecScratch()
    scratch.front.assign(Memory.bytes(of: (0..<64).map { UInt16($0 * 7) }))
    try [codec].encode(scratch)
    return scratch.front.array
  }

  static let streams: [(ByteCodec, String)] = [
    (.gzip(level: 1), ", {\"name\": \"gzip\", \"configuration\": {\"level\": 1}}"),
    (.zlib(level: 1), ", {\"name\": \"numcodecs.zlib\", \"configuration\": {\"level\": 1}}"),
    (.bzip2(level: 1), ", {\"name\": \"numcodecs.bz2\", \"configuration\": {\"level\": 1}}"),
    (.zstd(level: 1, checksum: true), ", {\"name\": \"zstd\", \"configuration\": {\"level\": 1, \"checksum\": true}}"),
    (.lz4, ", {\"name\": \"numcodecs.lz4\"}"),
    (.blosc(Blosc(elementSize: 2)), ", {\"name\": \"blosc\"}"),
  ]

  @Test(arguments: 0..<6) func `a stream that is cut anywhere is told to be cut or damaged, not too long`(
    number: Int
  ) throws {
    let (codec, words) = Self.streams[number]
    #expect(Self.streams.count == 6)
    let whole = try Self.encoded(codec)
    for count in 1..<whole.count {
      let error = try Self.failure(["zarr.json": Self.metadata(words), "c/0": Array(whole.prefix(count))])
      #expect([.chunkTruncated, .chunkCorrupt, .checksumMismatch].contains(error.code), "\(codec.name) \(count)")
      #expect(error.codec == codec.name && error.offset == 0 && error.chunk == [0])
    }
  }

  @Test(arguments: [
    ("float32", "\"0x+7fc000a\"", "fill value \"0x+7fc000a\" is none of float32"),
    ("float64", "\"0x-7fc00000000000a\"", "fill value \"0x-7fc00000000000a\" is none of float64"),
  ])
  func `the bits of a fill value are digits alone`(type: String, fill: String, message: String) throws {
    let error = try Self.failure(["zarr.json": Self.metadata("", type: type, fill: fill)])
    #expect(error.code == .metadataInvalid && error.message == message)
  }

  @Test func `a checksum of zstd that is neither true nor false is refused`() throws {
    let words = ", {\"name\": \"zstd\", \"configuration\": {\"level\": 1, \"checksum\": \"yes\"}}"
    let error = try Self.failure(["zarr.json": Self.metadata(words)])
    #expect(
      error.description == "'memory': 'checksum' of codec 'zstd' is \"yes\", not true or false (metadata_invalid)")
  }

  @Test func `a group with a field that nobody knows is refused, unless it may be passed over`() throws {
    func group(_ field: String) throws -> ZarrGroup {
      let text = "{\"zarr_format\": 3, \"node_type\": \"group\", \"colour\": \(field)}"
      return try ZarrGroup(opening: MemorySource(["zarr.json": Array(text.utf8)]))
    }
    let error = try #require(throws: ArrayStoreError.self) { try group("1") }
    #expect(error.description == "'memory': the metadata has the unknown field 'colour' (unsupported_extension)")
    #expect(try group("{\"must_understand\": false}").attributes == .map([:]))
  }

  @Test(arguments: [false, true]) func `an inner chunk that reaches into the index is refused`(atStart: Bool) throws {
    let sharding = """
      {"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "uint8", "fill_value": 0,
       "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4]}},
       "chunk_key_encoding": {"name": "default"}, "codecs": [{"name": "sharding_indexed", "configuration": {
         "chunk_shape": [2], "codecs": [{"name": "bytes"}], "index_location": "\(atStart ? "start" : "end")",
         "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}}]}
      """
    func store(_ offsets: [UInt64]) -> [String: [UInt8]] {
      let index = Memory.bytes(of: offsets.flatMap { [$0, 2] })
      let values: [UInt8] = [1, 2, 3, 4]
      return ["zarr.json": Array(sharding.utf8), "c/0": atStart ? index + values : values + index]
    }
    let first: UInt64 = atStart ? 32 : 0
    let array = try ZarrArray(opening: MemorySource(store([first, first + 2]))).read()
    #expect(array.bytes == [1, 2, 3, 4])
    let error = try Self.failure(store([first, atStart ? 31 : 3]))
    #expect(
      error.description
        == "'memory', chunk [0], byte \(atStart ? 0 : 4), codec sharding_indexed: the shard index places "
        + "inner chunk [1] at \(atStart ? 31 : 3), 2 bytes long, in a shard of 36 bytes (chunk_corrupt)")
  }

  @Test func `a link that leads nowhere is no missing chunk`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a")
    try ZarrArray.write(try NDArray([UInt8](0..<4), shape: [4]), to: path, chunkShape: [2])
    let chunk = path.appending("c/1").string
    try FileManager.default.removeItem(atPath: chunk)
    #expect(try ZarrArray(opening: path).read().bytes == [0, 1, 0, 0])
    try FileManager.default.createSymbolicLink(atPath: chunk, withDestinationPath: "../.git/annex/objects/x")
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: path).read() }
    #expect(error.description == "'\(path)', chunk [1]: cannot read '\(chunk)': the link leads nowhere (io_error)")
  }

  @Test func `compressors among the filters of version 2 are undone`() throws {
    let codecs: [ByteCodec] = [.zlib(level: 1), .lz4]
    let scratch = CodecScratch()
    scratch.front.assign([UInt8](0..<64))
    try codecs.encode(scratch)
    let metadata = """
      {"zarr_format": 2, "shape": [64], "chunks": [64], "dtype": "|u1", "fill_value": 0, "order": "C",
       "filters": [{"id": "zlib", "level": 1}], "compressor": {"id": "lz4"}}
      """
    let source = MemorySource([".zarray": Array(metadata.utf8), "0": scratch.front.array])
    #expect(try ZarrArray(opening: source).read().bytes == [UInt8](0..<64))
  }

  @Test func `pages of OME-TIFF stand where the file says`() throws {
    let array = try TIFFArray(opening: Fixture.folder.appending("order.ome.tif"))
    #expect(array.shape == [3, 4, 5] && array.axes == ["z", "y", "x"])
    let values = try array.read().values(as: UInt16.self)
    #expect(values == (40..<60).map { $0 } + (20..<40).map { $0 } + (0..<20).map { $0 })
  }

  @Test(arguments: [
    ("several", "OME-XML puts planes into several files, which is not supported (unsupported_extension)"),
    ("twice", "OME-XML does not give each plane one of the 3 pages (metadata_invalid)"),
  ])
  func `OME-TIFF whose planes are not all in the file is refused`(name: String, message: String) throws {
    let path = Fixture.folder.appending("\(name).ome.tif")
    let error = try #require(throws: ArrayStoreError.self) { try TIFFArray(opening: path) }
    #expect(error.description == "'\(path)': \(message)")
  }

  @Test func `a NIfTI file that was compressed in pieces is read`() throws {
    let folder = try TemporaryFolder()
    let path = Fixture.folder.appending("little.nii")
    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path.string)))
    var pieces: [UInt8] = []
    for range in [0..<300, 300..<400, 400..<bytes.count] {
      let scratch = CodecScratch()
      scratch.front.assign(Array(bytes[range]))
      try [ByteCodec.gzip(level: 6)].encode(scratch)
      pieces += scratch.front.array
    }
    let packed = folder.path.appending("a.nii.gz")
    try Data(pieces).write(to: URL(filePath: packed.string))
    #expect(try NIfTIArray(opening: packed).read() == NIfTIArray(opening: path).read())
    try Data(pieces.dropLast(3)).write(to: URL(filePath: packed.string))
    let error = try #require(throws: ArrayStoreError.self) { try NIfTIArray(opening: packed) }
    #expect(error.code == .chunkCorrupt && error.codec == "gzip")
  }

  @Test func `a damaged chunk of HDF5 is named with its filter and its byte`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    let array = try NDArray((0..<4_096).map { UInt16($0 * 7 & 0xfff) }, shape: [64, 64])
    try HDF5File.write([("x", array)], storage: HDF5Storage(chunkShape: [32, 32], compression: .zstd()), to: path)
    let places = try HDF5File(opening: path).withDataset("x") { reader, _ in
      if case .chunks(_, _, let places) = try reader.prepare(Region(all: [64, 64]), path, base: 0) {
        places
      } else {
        [HDF5Chunks.Place]()
      }
    }
    let range = try #require(places.first { $0.index == [1, 0] }?.range)
    var bytes = try #require(FileManager.default.contents(atPath: path.string))
    bytes[range.lowerBound] ^= 0xff
    try bytes.write(to: URL(filePath: path.string))
    let error = try #require(throws: ArrayStoreError.self) { try HDF5File(opening: path).read("x") }
    #expect(error.chunk == [1, 0] && error.codec == "zstd" && error.offset == range.lowerBound)
  }
}
