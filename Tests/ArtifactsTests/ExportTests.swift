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

  @Test func `a model goes out as a model file`() throws {
    let (files, path) = try export("model")
    #expect(files == [path.string])
    let model = try Sample.model()
    #expect([UInt8](try Data(contentsOf: URL(filePath: path.string))) == model.safetensors.bytes)
    #expect(try DetectorModel(reading: path).state.names == model.state.names)
  }

  @Test func `an autoencoder goes out with its weights and facts`() throws {
    let (files, path) = try export("mae")
    #expect(files == [path.string])
    let (model, file) = (try Sample.autoencoder(), try Safetensors(reading: path))
    #expect(Set(file.tensors.names) == Set(model.state.names))
    #expect(file.tensors["blocks.0.qkv.weight"]?.values == model.state["blocks.0.qkv.weight"]?.values)
    #expect(file.metadata["mask_ratio"] == "0.35")
    #expect(file.metadata["architecture"]?.contains("mae3d") == true)
  }

  @Test func `a checkpoint has no form to take out`() throws {
    let failure = try #require(throws: TaskFailure.self) { try export("checkpoint") }
    #expect(failure.message == "an artifact of type 'checkpoint' has no form to take out")
  }
}
