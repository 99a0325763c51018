import ArrayStores
import Fingerprints
import Foundation
import Imaging
import Neural
import Pipeline
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

@Suite struct ExportTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func export(_ type: String) throws -> (files: [String], path: FilePath) {
    let path = folder.path.appending("export")
    return (try Export(Sample.bundle(type)).write(to: path), path)
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test(arguments: [
    ("detections", "region,z,y,x,score\none,0.0,1.25,2.0,0.75\none,1.0,0.0,3.0,0.125\n"),
    ("table", "row,cfos,pv,th\ncfos,1.0,n/a,0.25\npv,0.0,-0.5,n/a\n"),
    ("metrics", "metric,value,unit\nf1.pooled,0.5,\nlocalisation,n/a,px\n"),
  ])
  func `numbers go out as CSV`(_ type: String, _ expected: String) throws {
    let (files, path) = try export(type)
    #expect(files == [path.string])
    #expect(try text(path.string) == expected)
  }

  @Test func `regions go out as an OME-Zarr image and a CSV of centres each`() throws {
    let (files, path) = try export("annotated-regions")
    #expect(
      files == ["one.ome.zarr", "one.csv", "two.ome.zarr", "two.csv"].map { path.appending($0).string })
    #expect(try text(path.appending("one.csv").string) == "z,y,x\n0.0,1.5,2.0\n1.0,0.0,3.0\n")
    #expect(try text(path.appending("two.csv").string) == "z,y,x\n")
    let image = try OMEZarrImage(opening: path.appending("one.ome.zarr"))
    #expect(image.voxelSize() == [5, 1.6, 1.625])
    #expect(try image.array().read() == (try Sample.regions().regions[0].image))
  }

  @Test func `weights go out as safetensors`() throws {
    let (files, path) = try export("model")
    #expect(files == [path.string])
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path.string)))
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    #expect(length % 8 == 0)
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]])
    let state = try Sample.model().state
    #expect(Set(header.keys) == Set(state.names))
    var end = 0
    for (name, tensor) in state.entries {
      let entry = try #require(header[name])
      #expect(entry["dtype"] as? String == "F32")
      #expect(entry["shape"] as? [Int] == tensor.shape)
      let offsets = try #require(entry["data_offsets"] as? [Int])
      #expect(offsets == [end, end + 4 * tensor.count])
      end = offsets[1]
      let values = stride(from: 8 + length + offsets[0], to: 8 + length + offsets[1], by: 4).map { place in
        Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) })
      }
      #expect(values == tensor.values)
    }
    #expect(bytes.count == 8 + length + end)
  }

  @Test func `a checkpoint has no form to take out`() throws {
    let failure = try #require(throws: TaskFailure.self) { try export("checkpoint") }
    #expect(failure.message == "an artifact of type 'checkpoint' has no form to take out")
  }
}
