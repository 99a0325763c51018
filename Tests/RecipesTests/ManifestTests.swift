import Foundation
import SystemPackage
import Testing

@testable import Recipes

@Suite struct ManifestTests {
  private func manifest(_ name: String) throws -> Node {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let data = try Data(contentsOf: URL(filePath: root.appending("experiments/\(name)").string))
    var collector = DiagnosticCollector()
    let node = YAMLDocument.parse(Array(data), file: name, into: &collector)
    #expect(collector.diagnostics.isEmpty)
    return try #require(node)
  }

  /// `role volume box` of every region of a split.
  private func regions(_ node: Node, split: String, label: String) -> [String] {
    ["train", "validation", "test"].flatMap { role in
      (node["splits"]?[split]?[label]?[role]?.sequence ?? []).map {
        "\(role) \($0["volume"]?.scalar ?? "?") \($0["box"]?.canonical.yamlText ?? "?")"
      }
    }
  }

  @Test(arguments: ["light-sheet.yaml", "canvas.yaml"])
  func `every region names a volume of its marker`(name: String) throws {
    let node = try manifest(name)
    let markers = Set(node["markers"]?.mapping?.map(\.name) ?? [])
    for split in try #require(node["splits"]?.mapping) {
      for label in try #require(split.value.mapping) {
        #expect(markers.contains(label.name))
        for role in try #require(label.value.mapping) {
          for region in try #require(role.value.sequence) {
            let volume = try #require(region["volume"]?.scalar)
            #expect(node["volumes"]?[volume]?["marker"]?.scalar == label.name)
          }
        }
      }
    }
  }

  @Test func `by-depth cuts four volumes and half of the fourth`() throws {
    let regions = regions(try manifest("light-sheet.yaml"), split: "by-depth", label: "cfos")
    #expect(regions.count == 12)
    #expect(regions.contains("test cfos_1147 [[150, 0, 0], [200, 100, 200]]"))
    #expect(regions.contains("train cfos_695 [[0, 0, 0], [120, 200, 200]]"))
    #expect(regions.contains("validation cfos_753 [[120, 0, 0], [150, 200, 200]]"))
  }

  @Test(arguments: [1, 2, 3, 4])
  func `leave-out-n tests the nth volume and validates the next`(number: Int) throws {
    let node = try manifest("light-sheet.yaml")
    for label in ["cfos", "microglia"] {
      let volumes = (node["volumes"]?.mapping ?? []).filter { $0.value["marker"]?.scalar == label }.map(\.name)
      let regions = regions(node, split: "leave-out-\(number)", label: label).map { $0.split(separator: " [")[0] }
      #expect(regions.count == 4)
      #expect(regions[3] == "test \(volumes[number - 1])")
      #expect(regions[2] == "validation \(volumes[number % 4])")
      #expect(Set(regions.map { $0.split(separator: " ")[1] }).count == 4)
    }
  }
}
