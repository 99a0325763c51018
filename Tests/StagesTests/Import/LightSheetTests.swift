import ArrayStores
import Artifacts
import Foundation
import Imaging
import Pipeline
import SystemPackage
import Testing

@testable import Stages

@Suite(.enabled(if: ImportSamples.data != nil, "no data folder: set LIGHTBENCH_DATA"))
struct LightSheetTests {
  func result(_ marker: String, split: String) async throws -> ImportResult {
    let data = try #require(ImportSamples.data)
    let outside = ImportSamples.outside(ImportSamples.experiments, root: data)
    return try await ImportSamples.run(
      ImportSamples.stage("light-sheet.yaml", marker: marker, split: split), outside)
  }

  @Test(.timeLimit(.minutes(5)))
  func `c-Fos volumes come in whole, and nothing is read wrongly`() async throws {
    let result = try await result("cfos", split: "by-volume")
    let regions = result.regions.regions
    #expect(regions.map(\.id) == ["cfos_695", "cfos_969", "cfos_1147", "cfos_753"])
    #expect(regions.map(\.role) == [.train, .train, .validation, .test])
    #expect(regions.map(\.centres.count) == [443, 2440, 601, 185])
    #expect(regions.map(\.ignore.count) == [0, 0, 1, 0])
    #expect(regions.allSatisfy { $0.image.shape == [200, 200, 200] && $0.image.type == .uint16 })
    #expect(result.warnings == [])
  }

  @Test(.timeLimit(.minutes(5)))
  func `microglia volumes come in whole, their voxel size unknown`() async throws {
    let result = try await result("microglia", split: "leave-out-4")
    let regions = result.regions.regions
    #expect(regions.map(\.id) == ["microglia_2248", "microglia_7095", "microglia_1874", "microglia_9758"])
    #expect(regions.map(\.centres.count) == [315, 302, 314, 154])
    #expect(regions.allSatisfy { $0.voxelSize == nil })
    #expect(result.regions.marker.tolerance == 5)
    #expect(result.warnings == [])
  }

  @Test(.timeLimit(.minutes(5)))
  func `by depth every volume trains, validates and tests`() async throws {
    let regions = try await result("cfos", split: "by-depth").regions.regions
    #expect(
      regions.map(\.id) == [
        "cfos_695.z0-120", "cfos_753.z0-120", "cfos_969.z0-120", "cfos_1147.z0-120.y0-100", "cfos_695.z120-150",
        "cfos_753.z120-150", "cfos_969.z120-150", "cfos_1147.z120-150.y0-100", "cfos_695.z150-200",
        "cfos_753.z150-200", "cfos_969.z150-200", "cfos_1147.z150-200.y0-100",
      ])
    #expect(regions.map(\.centres.count) == [430, 148, 2368, 282, 13, 15, 26, 77, 0, 22, 46, 128])
    #expect(regions.allSatisfy { $0.ignore.isEmpty })
  }

  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      ("columns: [x, y, z], order: [z, y, x], base: 0", "order: [x, y, z], base: 0"),
      ("columns: [z, x, y], order: [z, y, x], base: 0", "order: [z, x, y], base: 0"),
    ])
  func `a wrong order of the columns is warned about`(wrong: String, right: String) async throws {
    let data = try #require(ImportSamples.data)
    let copy = try MiniatureCopy()
    let text = try ImportSamples.text(ImportSamples.experiments.appending("light-sheet.yaml"))
      .replacing("cfos_753_centres.csv, columns: [z, y, x], base: 0", with: "cfos_753_centres.csv, \(wrong)")
      .replacing("splits:\n", with: "splits:\n  one:\n    cfos: {test: [cfos_753]}\n")
    try copy.write(text, to: "manifest.yaml")
    let result = try await ImportSamples.run(
      ImportSamples.stage("manifest.yaml", marker: "cfos", split: "one"),
      ImportSamples.outside(copy.folder, root: data))
    let warning = try #require(result.warnings.first)
    #expect(warning.contains("fit better: mean contrast 2.79 instead of 0.0"))
    #expect(warning.hasSuffix("if so, write '\(right)' in the manifest"))
  }
}
