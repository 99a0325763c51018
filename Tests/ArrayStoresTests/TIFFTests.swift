import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct TIFFTests {
  /// The bytes of a little-endian TIFF whose pages each have one strip of 16-bit pixels, laid out by hand.
  static func file(
    pages: [(width: Int, height: Int)], samples: Int = 1, compression: Int = 1, cut: Int = 0, first: Int = 0
  ) -> Data {
    var bytes: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0]
    func append(_ value: Int, _ count: Int) {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    for (index, page) in pages.enumerated() {
      let tags = [
        (256, page.width), (257, page.height), (258, 16), (259, compression), (262, 1),
        (273, bytes.count + 2 + 10 * 12 + 4), (277, samples), (278, page.height), (279, page.width * page.height * 2),
        (339, 1),
      ]
      append(tags.count, 2)
      for (tag, value) in tags {
        append(tag, 2)
        append(4, 2)  // LONG
        append(1, 4)
        append(value, 4)
      }
      let next = bytes.count + 4 + page.width * page.height * 2
      append(index + 1 < pages.count ? next : 0, 4)
      for pixel in 0..<page.width * page.height { append(first + 1000 * index + pixel, 2) }
    }
    return Data(bytes.dropLast(cut))
  }

  private func withFile<Result>(_ data: Data, _ body: (FilePath) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.tif")
    try data.write(to: URL(filePath: path.string))
    return try withExtendedLifetime(folder) { try body(path) }
  }

  @Test func `pages are the planes of the volume`() throws {
    let volume = try withFile(Self.file(pages: [(3, 2), (3, 2)])) { try TIFFVolume.read($0) }
    #expect(volume.shape == [2, 2, 3])
    #expect(try volume.values(as: UInt16.self) == [0, 1, 2, 3, 4, 5, 1000, 1001, 1002, 1003, 1004, 1005])
  }

  @Test(arguments: [
    (
      file(pages: [(3, 2), (2, 3)]),
      "array 'page 1': page 1 is 3 x 2 of uint16, but page 0 is 2 x 3 of uint16 (metadata_invalid)"
    ),
    (
      file(pages: [(3, 2)], compression: 65000),
      "array 'page 0': compression 65000 is not supported (unsupported_codec)"
    ),
  ])
  func `what is wrong is said with the page`(data: Data, message: String) throws {
    let error = try withFile(data) { path in
      try #require(throws: ArrayStoreError.self) { try TIFFVolume.header(path) }
    }
    #expect(error.description.hasSuffix(": " + message) || error.description.hasSuffix(", " + message))
  }

  @Test func `a file that ends early is an error with its page`() throws {
    try withFile(Self.file(pages: [(3, 2), (3, 2)], cut: 4)) { path in
      #expect(try TIFFVolume.header(path).shape == [2, 2, 3])
      let error = try #require(throws: ArrayStoreError.self) { try TIFFVolume.read(path) }
      #expect(error.code == .chunkTruncated && error.array == "page 1")
    }
  }

  @Test func `a header alone is no image`() throws {
    let error = try #require(throws: ArrayStoreError.self) {
      try withFile(Data([0x49, 0x49, 42, 0, 0, 0, 0, 0])) { try TIFFVolume.read($0) }
    }
    #expect(error.code == .formatInvalid)
    #expect(error.message == "cannot open as TIFF: it has no directory of an image")
  }

  @Test func `a named pipe is not waited for`() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path.appending("a.tif")
    let made = unsafe mkfifo(pipe.string, 0o600)
    try #require(made == 0)
    for format in [ArrayFile.Format.tiff, .hdf5] {
      let error = try #require(throws: ArrayStoreError.self) { try ArrayFile(opening: pipe, as: format).shape }
      #expect(error.code == .inputOutput)
      #expect(error.message == "cannot read '\(pipe)': no file stands in its place")
    }
  }

  @Test func `an array that is asked for by a name a TIFF does not have is not found`() throws {
    let error = try #require(throws: ArrayStoreError.self) {
      try withFile(Self.file(pages: [(3, 2)])) { try ArrayFile(opening: $0, array: "foo").shape }
    }
    #expect(error.code == .notFound)
    #expect(error.message == "there is one array, which has no name: 'foo' is none")
  }

  @Test func `a file that is absent is not found`() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ArrayStoreError.self) { try TIFFVolume.read(folder.path.appending("none.tif")) }
    #expect(error.code == .notFound)
  }
}
