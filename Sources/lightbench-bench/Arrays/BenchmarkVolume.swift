import ArrayStores
import Foundation
import SystemPackage

/// A real volume made large by mirroring, in memory and as a file of bare values for other libraries.
struct BenchmarkVolume {
  let values: NDArray
  /// The file with the values, little-endian in C order.
  let path: String
  var shape: [Int] { values.shape }
  var mebibytes: Double { Double(values.bytes.count) / 0x1p20 }

  /// - Parameters:
  ///   - data: The folder with `cfos/*.tif`.
  ///   - folder: Where the file goes.
  init(_ data: String, shape: [Int], in folder: String) throws {
    let cfos = FilePath(data).appending("cfos")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cfos.string)) ?? []
    guard let name = names.filter({ $0.hasSuffix(".tif") && !$0.hasSuffix("_mask.tif") }).min() else {
      throw BenchmarkError("'\(cfos)' holds no volumes; LIGHTBENCH_DATA names the folder with the real data")
    }
    let source = try TIFFArray(opening: cfos.appending(name)).read()
    guard source.shape.count == 3, source.type == .uint16 || source.type == .uint8 else {
      throw BenchmarkError("'\(name)' is no volume of 8 or 16 bits")
    }
    let elements: [UInt16] =
      source.type == .uint16 ? try source.values() : try source.values(as: UInt8.self).map(UInt16.init)
    values = try NDArray(Self.mirrored(elements, source.shape, to: shape), shape: shape)
    path = folder + "/volume.raw"
    try Data(values.bytes).write(to: URL(filePath: path))
  }

  /// Every axis runs to and fro: 0, 1, ... n-1, n-1, ... 1, 0, 0, 1 ...
  private static func mirrored(_ source: [UInt16], _ from: [Int], to shape: [Int]) -> [UInt16] {
    func places(_ axis: Int) -> [Int] {
      (0..<shape[axis]).map { index in
        let place = index % (2 * from[axis])
        return place < from[axis] ? place : 2 * from[axis] - 1 - place
      }
    }
    let (rows, columns) = (places(1), places(2))
    var result: [UInt16] = []
    result.reserveCapacity(shape.reduce(1, *))
    for z in places(0) {
      for y in rows {
        let start = (z * from[1] + y) * from[2]
        for x in columns { result.append(source[start + x]) }
      }
    }
    return result
  }
}
