import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

/// Files of nibabel and h5py; see Fixtures/make_more_fixtures.py.
@Suite struct MoreFixtureTests {
  struct Facts: Sendable, CustomTestStringConvertible {
    let value: CanonicalValue
    var testDescription: String { "\(value["file"]?.text ?? "") \(value["array"]?.text ?? "")" }
    var path: FilePath { Fixture.folder.appending(value["file"]?.text ?? "") }

    func open() throws -> ArrayFile {
      let name = value["array"]?.text ?? ""
      return try ArrayFile(opening: path, array: name.isEmpty ? nil : name)
    }

    static let all = (Fixture.json("more.json").list ?? []).map { Facts(value: $0) }
  }

  @Test(arguments: Facts.all)
  func `files of nibabel and h5py are read exactly`(facts: Facts) throws {
    let file = try facts.open()
    #expect(file.shape == facts.value["shape"]?.integers && file.type.rawValue == facts.value["type"]?.text)
    #expect(file.voxelSize == facts.value["voxel_size"]?.numbers)
    let whole = try file.read()
    #expect(Digest.of(whole.bytes).hex == facts.value["sha256"]?.text)
    let box = Region(start: file.shape.map { $0 / 3 }, shape: file.shape.map { $0 / 2 })
    #expect(try file.read(box) == whole.region(box))
  }

  @Test(
    arguments: [
      (0, [9, 0, 0, 0], "the header says it has 150994944 bytes: this is no NIfTI file (format_invalid)"),
      (
        344, [0x6e, 0x69, 0x31],
        "the file is no NIfTI of one piece: Analyze and pairs of files are not supported (unsupported_version)"
      ),
      (70, [128, 0], "the data type 128 of NIfTI is not supported (unsupported_dtype)"),
      (40, [9, 0], "the header has 9 dimensions (format_invalid)"),
      (42, [0, 0], "the dimensions [0, 7, 5] are not all positive (format_invalid)"),
      (
        42, [255, 127], "2293690 bytes of values from byte 352 on do not fit the 982 bytes there are (chunk_truncated)"
      ),
    ] as [(Int, [UInt8], String)])
  func `a NIfTI header that lies is refused`(place: Int, bytes: [UInt8], message: String) throws {
    var file = Array(try #require(FileManager.default.contents(atPath: Fixture.folder.appending("little.nii").string)))
    file.replaceSubrange(place..<place + bytes.count, with: bytes)
    let error = try #require(throws: ArrayStoreError.self) { try NIfTIArray(MemoryObject(file), name: "a.nii") }
    #expect(error.description == "'a.nii': " + message)
  }

  @Test func `numbers of NIfTI that have a scale are told with it`() throws {
    var file = Array(try #require(FileManager.default.contents(atPath: Fixture.folder.appending("little.nii").string)))
    let slope = Memory.bytes(of: [Float(2.5), Float(-7)])
    file.replaceSubrange(112..<120, with: slope)
    let scaled = try NIfTIArray(MemoryObject(file), name: "a.nii")
    #expect((scaled.scale, scaled.offset) == (2.5, -7))
    #expect(try scaled.storedForm().codecs.last == "numbers that mean 2.5 times themselves plus -7.0")
    file.replaceSubrange(112..<116, with: [0, 0, 0, 0])
    #expect(try NIfTIArray(MemoryObject(file), name: "a.nii").storedForm().codecs.count == 1)
  }
}
