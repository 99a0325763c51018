import ArrayStores
import Artifacts
import Foundation
import Imaging
import Pipeline
import Recipes
import SystemPackage
import Testing

@testable import Stages

/// What make_canvas_miniature.py says about a marker.
struct MiniatureMarker: Decodable {
  let sum: Int
  let regions: [String: Int]
  let first: [Float]

  static func read() throws -> [String: MiniatureMarker] {
    let text = try ImportSamples.text(ImportSamples.miniature.appending("expected.json"))
    return try JSONDecoder().decode([String: MiniatureMarker].self, from: Data(text.utf8))
  }
}

@Suite struct ImportRegionsTests {
  let outside = ImportSamples.outside(ImportSamples.fixtures, root: ImportSamples.miniature)

  func result(_ marker: String, split: String) async throws -> ImportResult {
    try await ImportSamples.run(
      ImportSamples.stage("canvas-miniature.yaml", marker: marker, split: split), outside)
  }

  @Test(arguments: ["neun", "cfos"])
  func `the miniature comes in region by region`(marker: String) async throws {
    let expected = try #require(try MiniatureMarker.read()[marker])
    let result = try await result(marker, split: "published")
    let regions = result.regions.regions
    #expect(regions.map(\.id) == ["train-1", "train-2", "test-1"].map { "\(marker)_brain.\($0)" })
    #expect(regions.map(\.role) == [.train, .validation, .test])
    #expect(regions.map(\.centres.count) == ["train-1", "train-2", "test-1"].map { expected.regions[$0] })
    #expect(regions.map(\.image.shape) == [[8, 48, 32], [8, 48, 32], [8, 48, 64]])
    #expect(regions.allSatisfy { $0.image.type == .uint16 && $0.voxelSize == VoxelSize(4, 1.8, 1.8) })
    #expect(Set(regions.map(\.source)).count == 1)
    #expect(result.regions.marker.tolerance == 6)
    #expect(result.metrics.map(\.name) == ["regions", "centres.train", "centres.validation", "centres.test"])
    #expect(result.warnings == [])
  }

  @Test(arguments: ["neun", "cfos"])
  func `a whole volume has the values and the centres of its files`(marker: String) async throws {
    let expected = try #require(try MiniatureMarker.read()[marker])
    let region = try #require(try await result(marker, split: "whole").regions.regions.first)
    #expect(region.id == "\(marker)_brain")
    #expect(region.image.floats().reduce(0) { $0 + Double($1) } == Double(expected.sum))
    let first = try #require(region.centres.first)
    let difference = zip([first.z, first.y, first.x], expected.first).map { abs($0 - $1) }
    #expect(difference.allSatisfy { $0 < 1e-3 })
  }

  @Test func `centres and ignore boxes are counted from the corner of their region`() async throws {
    let whole = try #require(try await result("cfos", split: "whole").regions.regions.first)
    let test = try #require(try await result("cfos", split: "published").regions.regions.last)
    let box = Box(lower: Extent(8, 0, 0), upper: Extent(16, 48, 64))
    #expect(test.box == box)
    #expect(test.centres == whole.centres.filter(box.contains).map { Point($0.z - 8, $0.y, $0.x) })
    #expect(test.ignore == [Box(lower: Extent(0, 10, 20), upper: Extent(2, 20, 40))])
  }

  @Test func `two imports are equal`() async throws {
    let first = try await result("neun", split: "published").regions.bundle()
    let second = try await result("neun", split: "published").regions.bundle()
    #expect(first.facts == second.facts)
    #expect(first.volumes.map(\.array) == second.volumes.map(\.array))
    #expect(first.tables.map(\.array) == second.tables.map(\.array))
  }

  @Test(arguments: [
    ("order: [x, y, z], base: 1", "order: [y, x, z], base: 1", "neun", "order: [x, y, z], base: 1"),
    (
      "columns: [z, y, x], base: 0", "columns: [z, x, y], order: [z, y, x], base: 0", "cfos",
      "order: [z, x, y], base: 0"
    ),
  ])
  func `a wrong order of the axes is warned about, with the right one`(
    old: String, new: String, marker: String, right: String
  ) async throws {
    let copy = try MiniatureCopy()
    try copy.replace(old, with: new)
    // Centres that the wrong order puts outside would be an error of their own.
    let table = try ImportSamples.text(copy.root.appending(marker).appending("centres.csv"))
    let kept = table.split(whereSeparator: \.isNewline).enumerated().filter { line, text in
      let fields = text.split(separator: ",").compactMap { Double($0) }
      return line == 0 || (marker == "neun" ? fields[0] < 48 * 1.8 : fields[3] < 48)
    }.map(\.element).joined(separator: "\n")
    try copy.write(kept, to: "data/\(marker)/centres.csv")
    let result = try await ImportSamples.run(
      ImportSamples.stage("manifest.yaml", marker: marker, split: "whole"), copy.outside)
    let warning = try #require(result.warnings.first)
    #expect(result.warnings.count == 1)
    #expect(warning.contains("fit better: mean contrast"))
    #expect(warning.hasSuffix("if so, write '\(right)' in the manifest"))
  }
}

@Suite struct ImportFailureTests {
  /// What an import of a changed copy of the miniature says.
  func failure(
    _ copy: MiniatureCopy, marker: String = "cfos", split: String = "published", outside: OutsideData? = nil
  ) async throws -> String {
    let stage = ImportSamples.stage("manifest.yaml", marker: marker, split: split)
    let data = outside ?? copy.outside
    do {
      _ = try stage.outside(data)
      _ = try await ImportSamples.run(stage, data)
    } catch let failure as TaskFailure {
      #expect(failure.code == .badData)
      return copy.shortened(failure.message)
    } catch let error as RecipeError {
      return copy.shortened(error.rendered())
    }
    return "no failure"
  }

  @Test func `every missing file is named in one message`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("image: cfos/volume.zarr", with: "image: cfos/volume.tif")
    try FileManager.default.removeItem(atPath: copy.root.appending("cfos/centres.csv").string)
    #expect(
      try await failure(copy)
        == "split 'published' of 'manifest.yaml' needs 2 files that are missing: 'data/cfos/volume.tif', 'data/cfos/centres.csv'; set LIGHTBENCH_DATA or -S data.root=DIR"
    )
  }

  @Test func `one missing file is named`() async throws {
    let copy = try MiniatureCopy()
    try FileManager.default.removeItem(atPath: copy.root.appending("cfos/centres.csv").string)
    #expect(
      try await failure(copy)
        == "split 'published' of 'manifest.yaml' needs a file that is missing: 'data/cfos/centres.csv'; set LIGHTBENCH_DATA or -S data.root=DIR"
    )
  }

  @Test func `a root that is not set is said`() async throws {
    let copy = try MiniatureCopy()
    #expect(
      try await failure(copy, outside: ImportSamples.outside(copy.folder, root: nil))
        == "the paths in 'manifest.yaml' start at the root of the data, which is not set; set LIGHTBENCH_DATA or -S data.root=DIR"
    )
  }

  @Test func `a missing manifest is said`() async throws {
    let copy = try MiniatureCopy()
    try FileManager.default.removeItem(atPath: copy.folder.appending("manifest.yaml").string)
    #expect(
      try await failure(copy)
        == "cannot read the manifest 'manifest.yaml', which should lie beside the experiment file")
  }

  @Test(arguments: [
    ("cfo", "published", "'manifest.yaml' has no marker 'cfo'; did you mean 'cfos'?"),
    ("cfos", "by-brain", "'manifest.yaml' has no split 'by-brain'; it has published, whole"),
  ])
  func `an unknown marker or split is said`(marker: String, split: String, message: String) async throws {
    let copy = try MiniatureCopy()
    #expect(try await failure(copy, marker: marker, split: split) == message)
  }

  @Test func `a split without regions of the marker is said`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("\n    cfos: {train: [cfos_brain]}", with: "")
    #expect(
      try await failure(copy, split: "whole")
        == "split 'whole' of 'manifest.yaml' has no regions of marker 'cfos'; it has 'neun'")
  }

  @Test func `boxes outside of the image are marked in the manifest`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("test-1: [[8, 0, 0], [16, 48, 64]]\n\nsplits", with: "test-1: [[8, 0, 0], [17, 48, 64]]\n\nsplits")
    try copy.replace("[[6, 10, 20], [10, 20, 40]]", with: "[[6, 10, 20], [10, 20, 65]]")
    #expect(
      try await failure(copy) == """
        manifest.yaml:21:14: error[E114]: the box [[6, 10, 20], [10, 20, 65]] reaches outside of volume 'cfos_brain' of 16 x 48 x 64 voxels (z, y, x)
           21 |     ignore: [[[6, 10, 20], [10, 20, 65]]]
              |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        manifest.yaml:25:15: error[E114]: the box [[8, 0, 0], [17, 48, 64]] reaches outside of volume 'cfos_brain' of 16 x 48 x 64 voxels (z, y, x)
           25 |       test-1: [[8, 0, 0], [17, 48, 64]]
              |               ^^^^^^^^^^^^^^^^^^^^^^^^^
        """)
  }

  @Test func `a bad row of a table is named`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("\n1,10.25,", with: "\n1,deep,", in: "data/cfos/centres.csv")
    #expect(
      try await failure(copy) == "row 3 of 'data/cfos/centres.csv' has 'deep' in column 'z', which is no number")
  }

  @Test func `a centre outside of the volume is named`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("\n1,10.25,", with: "\n1,16.25,", in: "data/cfos/centres.csv")
    #expect(
      try await failure(copy)
        == "row 3 of 'data/cfos/centres.csv': the centre (16.25, 35.75, 47.0) lies outside of the volume of 16 x 48 x 64 voxels (z, y, x); check its columns, base and unit"
    )
  }

  @Test func `a file that is no image is said`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("image: cfos/volume.zarr", with: "image: cfos/centres.csv")
    let message = try await failure(copy)
    #expect(message.hasPrefix("cannot read an image: 'data/cfos/centres.csv': cannot open as TIFF: "))
  }

  @Test func `several channels are not taken for one`() async throws {
    let copy = try MiniatureCopy()
    try copy.replace("    1,\n", with: "    2,\n", in: "data/cfos/volume.zarr/0/zarr.json")
    #expect(
      try await failure(copy)
        == "'data/cfos/volume.zarr' has the shape [2, 16, 48, 64], expected z, y, x, and one entry along any axis before them"
    )
  }
}
