import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct HDF5WritingTests {
  static func columns() throws -> [HDF5File.Column] {
    [
      HDF5File.Column(name: "id", values: .numbers(try NDArray([Int32](1...3), shape: [3]))),
      HDF5File.Column(name: "label", values: .texts(["NeuN", "", "µ-opioid, a longer one"])),
      HDF5File.Column(name: "code", values: .texts(["ab", "µ", ""]), textLength: 4),
      HDF5File.Column(name: "centre", values: .numbers(try NDArray((0..<9).map { Float($0) / 4 }, shape: [3, 3]))),
      HDF5File.Column(name: "kept", values: .numbers(try NDArray([true, false, true], shape: [3]))),
      HDF5File.Column(
        name: "z", values: .numbers(try NDArray(type: .complex64, shape: [3], bytes: [UInt8](0..<24)))),
    ]
  }

  @Test func `tables come back column by column`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    let columns = try Self.columns()
    try HDF5File.write(items: [.init(at: "cells/table", .table(columns))], to: path)
    #expect(try HDF5File(opening: path).table("cells/table") == columns)
  }

  @Test(arguments: [nil, 9]) func `texts of any shape come back`(length: Int?) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    let texts = HDF5File.Texts(shape: [2, 2], values: ["z", "", "µm", "pixel"], length: length)
    let one = HDF5File.Texts(shape: [], values: ["alone"], length: length)
    let none = HDF5File.Texts(shape: [0], values: [], length: length)
    try HDF5File.write(
      items: [.init(at: "g/t", .texts(texts)), .init(at: "one", .texts(one)), .init(at: "none", .texts(none))], to: path
    )
    let file = try HDF5File(opening: path)
    #expect(try file.texts("g/t") == texts)
    #expect(try file.texts("one") == one)
    #expect(try file.texts("none") == none)
  }

  @Test func `groups and datasets have attributes of their own`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    let array = try NDArray([1.5, 2.5], shape: [2])
    let attributes: [String: HDF5File.Attribute] = [
      "unit": "µm", "axes": .texts(["z", "y", "x"]), "voxel": .array(array), "none": .texts([]),
    ]
    try HDF5File.write(
      items: [
        .init(at: "empty/group", .group, attributes: attributes),
        .init(at: "empty", .group, attributes: ["level": "1"]),
        .init(at: "data", .array(array), attributes: attributes),
      ], attributes: ["format": "test"], to: path)
    let file = try HDF5File(opening: path)
    #expect(try file.attributes(of: "empty/group") == attributes)
    #expect(try file.attributes(of: "data") == attributes)
    #expect(try file.attributes(of: "empty") == ["level": "1"])
    #expect(try file.attributes == ["format": "test"])
    #expect(try file.members() == ["data", "empty"])
    #expect(try file.members(of: "empty/group") == [])
    #expect(try file.read("data") == array)
  }

  @Test func `equal items give equal bytes`() throws {
    let folder = try TemporaryFolder()
    let items: [HDF5File.Item] = [
      .init(at: "t", .table(try Self.columns()), attributes: ["b": "1", "a": .texts(["x"])]),
      .init(at: "s", .texts(.init(shape: [1], values: ["x"]))),
    ]
    try HDF5File.write(items: items, to: folder.path.appending("1.h5"))
    try HDF5File.write(items: items.reversed(), to: folder.path.appending("2.h5"))
    let files = TemporaryFolder.files(folder.path)
    #expect(files["1.h5"] == files["2.h5"])
  }

  static func mistakes() throws -> [(HDF5File.Item, String)] {
    [
      (.init(at: "a", .texts(.init(shape: [2], values: ["x"]))), "1 texts do not fill shape [2]"),
      (
        .init(at: "a", .texts(.init(shape: [1], values: ["four"], length: 3))),
        "'a': a text has 4 bytes, there is room for 3"
      ),
      (
        .init(at: "a", .texts(.init(shape: [1], values: ["a\0b"]))),
        "'a' has a zero byte, which HDF5 takes for the end of the text"
      ),
      (.init(at: "a", .texts(.init(shape: [1], values: [""], length: 0))), "texts of 0 bytes cannot be written"),
      (.init(at: "a", .table([])), "a table needs columns of different names and equal lengths, these have [] rows"),
      (
        .init(at: "a", .table([try columns()[0], .init(name: "b", values: .texts(["x"]))])),
        "a table needs columns of different names and equal lengths, these have [3, 1] rows"
      ),
      (
        .init(at: "a", .table([.init(name: "b", values: .numbers(try NDArray([1.0], shape: [])))])),
        "column 'b' is a scalar"
      ),
      (.init(at: "a//b", .group), "'a//b' is no dataset path, or stands twice"),
    ]
  }

  @Test(arguments: 0..<8) func `what cannot be written is refused`(number: Int) throws {
    let folder = try TemporaryFolder()
    let mistakes = try Self.mistakes()
    #expect(mistakes.count == 8)
    let (item, message) = mistakes[number]
    let error = try #require(throws: ArrayStoreError.self) {
      try HDF5File.write(items: [item], to: folder.path.appending("a.h5"))
    }
    #expect(error.code == .invalidArgument)
    #expect(error.message == message)
  }

  @Test func `many small chunks are read as few are, also where some were never written`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    let array = try NDArray((0..<22_500).map { UInt16($0) }, shape: [150, 150])
    let storage = HDF5Storage(chunkShape: [2, 2], compression: .gzip(level: 1), hasChecksum: true)
    try HDF5File.write([("x", array)], storage: storage, to: path)
    let file = try HDF5File(opening: path)
    // 75 x 75 chunks of as many: more steps than are taken one after the other.
    #expect(75.0 * 75 * 75 * 75 > HDF5DatasetReader.maximumSteps)
    #expect(try file.read("x") == array)
    let box = Region(start: [3, 5], shape: [120, 131])
    #expect(try file.read("x", box) == array.region(box))
    // A chunk that is damaged is named as such.
    var bytes = try Data(contentsOf: URL(filePath: path.string))
    let places = try file.withDataset("x") { reader, _ in
      if case .chunks(_, _, let places) = try reader.prepare(Region(start: [8, 8], shape: [1, 1]), path, base: 0) {
        places.compactMap(\.range)
      } else {
        [Range<Int>]()
      }
    }
    bytes[try #require(places.first).lowerBound + 4] ^= 0xff
    try bytes.write(to: URL(filePath: path.string))
    let error = try #require(throws: ArrayStoreError.self) { try file.read("x") }
    #expect(error.code == .checksumMismatch && error.chunk == [4, 4], "\(error)")
  }
}
