import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

/// One array that another library wrote; see Fixtures/make_fixtures.py.
struct Fixture: Sendable, CustomTestStringConvertible {
  static let folder = FilePath(Bundle.module.resourceURL!.appending(path: "Fixtures").path(percentEncoded: false))

  let file: String
  let array: String
  let shape: [Int]
  let type: String
  let sha256: String

  var testDescription: String { "\(file) \(array)" }
  var path: FilePath { Self.folder.appending(file) }

  static let all: [Fixture] = json("expected.json").list!.map { item in
    Fixture(
      file: item["file"]!.text!, array: item["array"]!.text!, shape: item["shape"]!.integers!,
      type: item["type"]!.text!,
      sha256: item["sha256"]!.text!)
  }

  static func json(_ name: String) -> CanonicalValue {
    try! CanonicalValue(json: Array(FileManager.default.contents(atPath: folder.appending(name).string)!))
  }

  func read() throws -> NDArray {
    if file.hasSuffix(".zarr") { return try ZarrArray(opening: path, array: array).read() }
    return file.hasSuffix(".h5") ? try HDF5File(opening: path).read(array) : try TIFFVolume.read(path)
  }
}

/// A volume of the data folder as tifffile reads it.
struct RealVolume: Sendable, CustomTestStringConvertible {
  let name: String
  let facts: CanonicalValue
  var testDescription: String { name }

  static let all: [RealVolume] = {
    guard case .map(let volumes) = Fixture.json("volumes.json") else { return [] }
    return volumes.sorted { $0.key < $1.key }.map { RealVolume(name: $0.key, facts: $0.value) }
  }()
}

@Suite struct FixtureTests {
  @Test(arguments: Fixture.all)
  func `files of zarr-python, h5py and tifffile are read exactly`(fixture: Fixture) throws {
    let array = try fixture.read()
    #expect(array.shape == fixture.shape && array.type.rawValue == fixture.type)
    #expect(Digest.of(array.bytes).hex == fixture.sha256)
  }

  @Test func `the fixtures were found`() {
    #expect(Fixture.all.count > 15 && RealVolume.all.count > 8)
  }

  @Test(arguments: Fixture.json("digests.json").list!)
  func `logical digests are those that NumPy gives from the description alone`(facts: CanonicalValue) throws {
    let shape = try #require(facts["shape"]?.integers)
    let values = (0..<shape.reduce(1, *)).map { UInt16($0 * 40503 % 65521) }
    let digest = try NDArray(values, shape: shape)
      .logicalDigest(axes: ["z", "y", "x"], voxelSize: facts["voxel_size"]?.numbers)
    #expect(digest.hex == facts["digest"]?.text)
  }

  @Test func `attributes of h5py are read`() throws {
    let file = try HDF5File(opening: Fixture.folder.appending("python.h5"))
    #expect(
      try file.attributes == [
        "text": "vlen µ", "fixed": "fixed", "number": .array(try NDArray([Float(1.5)], shape: [])),
        "list": .array(try NDArray([Int64(1), 2, 3], shape: [3])),
      ])
    #expect(try file.datasets().map(\.path) == ["a/bool", "a/contiguous", "a/scalar", "extensible", "gzip"])
  }

  @Test(arguments: [2, 3])
  func `attributes of zarr-python are read`(version: Int) throws {
    let group = try ZarrGroup(opening: Fixture.folder.appending("python-v\(version).zarr"))
    #expect(group.version == version)
    #expect(group.attributes == ["by": "zarr-python", "n": 9_007_199_254_740_993])
  }

  @Test func `a header tells the shape without reading pixels`() throws {
    let header = try TIFFVolume.header(Fixture.folder.appending("tiles.tif"))
    #expect(header == TIFFVolume.Header(type: .float32, shape: [3, 40, 50]))
  }

  @Test(.enabled(if: DataFolder.has("cfos"), "the data folder was not found"), arguments: RealVolume.all)
  func `real volumes have the values that tifffile reads`(volume: RealVolume) throws {
    let array = try TIFFVolume.read(DataFolder.root.appending(volume.name))
    #expect(array.shape == volume.facts["shape"]?.integers)
    #expect(array.type.rawValue == volume.facts["type"]?.text)
    #expect(Digest.of(array.bytes).hex == volume.facts["sha256"]?.text)
  }
}
