import ArrayStores
import Fingerprints
import Foundation
import SystemPackage
import Testing

@Suite struct OMEZarrBlockWriterTests {
  let folder: TemporaryFolder
  let volume: NDArray

  init() throws {
    folder = try TemporaryFolder()
    volume = try NDArray((0..<5 * 9 * 7).map { Float($0) / 3 }, shape: [5, 9, 7])
  }

  private var path: FilePath { folder.path.appending("blocks.zarr") }

  private func writer(shape: [Int] = [5, 9, 7], chunk: [Int] = [2, 4, 3]) throws -> OMEZarrBlockWriter {
    try OMEZarrBlockWriter(
      at: path, type: .float32, shape: shape, chunkShape: chunk, voxelSize: [4, 2, 2], name: "blocks",
      attributes: ["further": 1])
  }

  /// Writes the volume in blocks of a shape.
  private func write(_ block: [Int], with writer: OMEZarrBlockWriter) throws {
    for z in stride(from: 0, to: 5, by: block[0]) {
      for y in stride(from: 0, to: 9, by: block[1]) {
        for x in stride(from: 0, to: 7, by: block[2]) {
          let start = [z, y, x]
          let shape = (0..<3).map { min(block[$0], volume.shape[$0] - start[$0]) }
          try writer.write(volume.region(Region(start: start, shape: shape)), at: start)
        }
      }
    }
  }

  @Test(arguments: [[2, 4, 3], [4, 4, 6], [5, 9, 7], [2, 12, 3]])
  func `blocks give the bytes of the whole`(block: [Int]) throws {
    let writer = try writer()
    try write(block, with: writer)
    #expect(!FileManager.default.fileExists(atPath: path.string))
    try writer.finish()
    let whole = folder.path.appending("whole.zarr")
    try OMEZarrImage.write(
      volume, voxelSize: [4, 2, 2], name: "blocks", to: whole, chunkShape: [2, 4, 3], attributes: ["further": 1])
    #expect(TemporaryFolder.files(path) == TemporaryFolder.files(whole))
    #expect(!FileManager.default.fileExists(atPath: path.string + ".partial"))
  }

  @Test(arguments: [
    ([1, 0, 0], [2, 4, 3]), ([0, 0, 0], [2, 3, 3]), ([4, 8, 6], [2, 1, 1]), ([0, 0, -3], [2, 4, 3]),
  ])
  func `a block that is not made of chunks is refused`(start: [Int], shape: [Int]) throws {
    let block = try NDArray([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    let writer = try writer()
    let error = try #require(throws: ArrayStoreError.self) { try writer.write(block, at: start) }
    #expect(error.code == .invalidArgument)
    #expect(error.message == "a block of shape \(shape) at \(start) is not made of chunks [2, 4, 3]")
  }

  @Test func `what was begun goes when it is discarded, and makes way for another attempt`() throws {
    let first = try writer()
    try write([2, 4, 3], with: first)
    let second = try writer()
    try write([2, 4, 3], with: second)
    second.discard()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string).isEmpty)
  }

  @Test func `nothing is written over`() throws {
    try Data().write(to: URL(filePath: path.string))
    let error = try #require(throws: ArrayStoreError.self) { try writer() }
    #expect(error.code == .alreadyExists)
  }
}
