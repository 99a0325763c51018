import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct TIFFWriterTests {
  private static let types: [ElementType] = [
    .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .float32, .float64,
  ]

  private func volume(_ type: ElementType, _ shape: [Int]) throws -> NDArray {
    let count = shape.reduce(1, *) * type.size
    return try NDArray(
      type: type, shape: shape, bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 8) })
  }

  @Test(arguments: types, [[1, 3, 5], [4, 7, 3], [2, 300, 600]])
  func `a stack that was written is read back equal`(type: ElementType, shape: [Int]) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("stack.tif")
    let volume = try volume(type, shape)
    let digest = try ArrayConversion.writeTIFF(volume, voxelSize: [4, 1.8, 1.6], to: path)
    #expect(try digest == volume.logicalDigest())
    #expect(try TIFFVolume.read(path) == volume)
    let size = try #require(try ArrayFile(opening: path).voxelSize)
    #expect(zip(size, [4, 1.8, 1.6]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string) == ["stack.tif"])
  }

  @Test func `without a voxel size none is claimed`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("stack.tif")
    _ = try ArrayConversion.writeTIFF(try volume(.uint16, [3, 4, 5]), voxelSize: nil, to: path)
    #expect(try ArrayFile(opening: path).voxelSize == nil)
  }

  @Test(arguments: [
    (ElementType.float16, [2, 2, 2], "TIFF holds no float16; write OME-Zarr"),
    (.bool, [2, 2, 2], "TIFF holds no bool; write OME-Zarr"),
    (.uint8, [2, 2], "TIFF holds volumes z, y, x that are not empty, not [2, 2]"),
    (.uint8, [2, 0, 2], "TIFF holds volumes z, y, x that are not empty, not [2, 0, 2]"),
  ])
  func `what TIFF cannot hold is refused and leaves nothing`(
    type: ElementType, shape: [Int], message: String
  ) throws {
    let folder = try TemporaryFolder()
    let array = try volume(type, shape)
    let error = try #require(throws: ArrayStoreError.self) {
      try ArrayConversion.writeTIFF(array, voxelSize: nil, to: folder.path.appending("a.tif"))
    }
    #expect(error.code == (shape.count == 3 && shape[1] > 0 ? .unsupportedType : .unsupportedExtension))
    #expect(error.message == message)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string) == [])
  }
}
