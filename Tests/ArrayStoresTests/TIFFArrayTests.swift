import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct TIFFArrayTests {
  private func folder(_ names: [String], _ body: (FilePath) throws -> Void) throws {
    let folder = try TemporaryFolder()
    for (index, name) in names.enumerated() {
      let plane = TIFFTests.file(pages: [(3, 2)], first: 100 * index)
      try plane.write(to: URL(filePath: folder.path.appending(name).string))
    }
    try withExtendedLifetime(folder) { try body(folder.path) }
  }

  @Test(arguments: ["deflate.tif", "tiles.tif", "big-endian.tif", "lzw.tif"])
  func `boxes have the values of the whole`(name: String) throws {
    let array = try TIFFArray(opening: Fixture.folder.appending(name))
    let whole = try array.read()
    var random = Sequence64(seed: 41)
    for _ in 0..<20 {
      let start = array.shape.map { random.next($0) }
      let shape = zip(array.shape, start).map { random.next($0 - $1 + 1) }
      let box = Region(start: start, shape: shape)
      #expect(try array.read(box) == whole.region(box))
    }
  }

  @Test func `planes of a folder stand in the order of their numbers`() throws {
    try folder(["s_2.tif", "s_10.tif", "s_9.tif", "s_8.tif", "s_3.tif", "s_4.tif", "s_5.tif", "s_6.tif", "s_7.tif"]) {
      path in
      try Data().write(to: URL(filePath: path.appending(".DS_Store").string))
      try Data().write(to: URL(filePath: path.appending("notes.txt").string))
      let array = try TIFFArray(opening: path)
      #expect(array.axes == ["z", "y", "x"] && array.shape == [9, 2, 3])
      let first = try array.read().values(as: UInt16.self).enumerated().filter { $0.offset % 6 == 0 }.map(\.element)
      #expect(first == [0, 400, 500, 600, 700, 800, 300, 200, 100])
    }
  }

  @Test(arguments: [
    (["a1.tif", "a2.tif", "a4.tif"], "the plane with number 3 is missing between 2 and 4 (not_found)"),
    (["a00.tif", "a20.tif", "a60.tif"], "the plane with number 40 is missing between 20 and 60 (not_found)"),
    (["a1.tif", "a01.tif"], "two TIFF files have the same number (metadata_invalid)"),
    (
      ["a1_c0.tif", "a2_c1.tif"],
      "the names of the TIFF files differ in 2 places: one number may tell planes apart (metadata_invalid)"
    ),
    (
      ["1.tif", "b2.tif"], "'1.tif' and others are named in different ways: a folder holds one stack (metadata_invalid)"
    ),
    ([], "the folder has no TIFF file (not_found)"),
  ])
  func `a folder whose order is not sure is refused`(names: [String], message: String) throws {
    try folder(names) { path in
      let error = try #require(throws: ArrayStoreError.self) { try TIFFArray(opening: path) }
      // Which of two names is told first depends on the file system.
      let isEither = error.message.contains("named in different ways") && message.contains("named in different ways")
      #expect(isEither || error.description == "'\(path)': \(message)")
    }
  }
}
