import Foundation
import Neural
import Tensors
import Testing

/// What PyTorch gave; `Fixtures/make_fixtures.py` and `Fixtures/make_mae_fixtures.py` write it.
struct Fixtures {
  private struct Index: Decodable {
    struct Entry: Decodable {
      let name: String
      let shape: [Int]
      let offset: Int
    }
    let entries: [Entry]
  }

  let tensors: NamedTensors

  init(_ file: String = "fixtures") throws {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let index = try JSONDecoder().decode(Index.self, from: Data(contentsOf: folder.appending(path: "\(file).json")))
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(file).f32")))
    tensors = NamedTensors(
      index.entries.map { entry in
        let values = (0..<entry.shape.reduce(1, *)).map { place -> Float in
          let first = (entry.offset + place) * 4
          let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[first + $1]) << UInt32(8 * $1) }
          return Float(bitPattern: bits)
        }
        return (entry.name, Tensor(values, shape: entry.shape))
      })
  }

  subscript(_ name: String) -> Tensor {
    get throws { try #require(tensors[name], "no fixture '\(name)'") }
  }

  /// Expects the numbers of a fixture, within a share of its largest one.
  func expect(
    _ tensor: Tensor?, equals name: String, within tolerance: Float = 2e-5,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let (values, expected) = (try #require(tensor, "no tensor for \(name)").values, try self[name].values)
    try #require(values.count == expected.count, "\(name)", sourceLocation: location)
    let largest = max(1e-3, expected.map { abs($0) }.max() ?? 0)
    let error = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(error <= tolerance * largest, "\(name): differs by \(error), largest \(largest)", sourceLocation: location)
    #expect(values.allSatisfy { $0.isFinite }, "\(name)", sourceLocation: location)
  }
}
