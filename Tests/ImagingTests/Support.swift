import Foundation
import Imaging
import Testing

/// What SciPy and NumPy gave for a small volume; see `Fixtures/reference.py`.
struct Reference: Decodable {
  let size: [Int]
  let values: [Float]
  let gaussian: [Float]
  let mean: [Float]
  let percentiles: [Double]
  let heat: [Float]
  let maxima: [[Float]]

  var extent: Extent { Extent(size[0], size[1], size[2]) }
  var volume: Volume { Volume(size: extent, values: values) }

  static func load() throws -> Reference {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/reference", withExtension: "json"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }
}

/// The folder with real data, if this machine has it.
enum RealData {
  static let folder: URL? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = ProcessInfo.processInfo.environment["LIGHTBENCH_DATA"] ?? root.path + "/../shared/data"
    return FileManager.default.fileExists(atPath: path + "/splits.json") ? URL(fileURLWithPath: path) : nil
  }()
  static let isHere = folder != nil
  static let absent: Comment = "the data folder is absent (set LIGHTBENCH_DATA)"

  /// The rows of a file of numbers, its first line left out.
  static func rows(_ name: String) throws -> [[Float]] {
    let url = try #require(folder).appendingPathComponent(name)
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
      line.split(separator: ",").compactMap { Float($0) }
    }
  }
}

/// Whether the code was compiled for speed; without, whole phantoms take minutes.
enum Build {
  static let isOptimised: Bool = {
    var isDebug = false
    assert(
      {
        isDebug = true
        return true
      }())
    return !isDebug
  }()
  static let slow: Comment = "whole phantoms need an optimised build (swift test -c release)"
}

/// The largest difference of two lists of the same length.
func largestDifference(_ one: [Float], _ other: [Float]) -> Float {
  one.count == other.count ? zip(one, other).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
