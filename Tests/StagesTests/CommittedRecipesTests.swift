import Foundation
import Pipeline
import Stages
import SystemPackage
import Testing

/// The resolved recipes under `results/`, beside the experiments that they were made from, and what tables rest on.
@Suite struct CommittedRecipesTests {
  private static let root = ImportSamples.experiments.removingLastComponent()
  private static let results = root.appending("results")

  /// The folders with a recipe: `phantom-matrix.no-contrast`.
  private static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: results.string)) ?? []
    return names.filter { FileManager.default.fileExists(atPath: recipe($0).string) }.sorted()
  }()

  private static func recipe(_ name: String) -> FilePath { results.appending(name).appending("recipe.yaml") }

  private func open(_ file: FilePath, variant: String? = nil) throws -> OpenExperiment {
    try OpenExperiment(
      file, variant: variant, overrides: [], store: StageBench().store.root, registry: .lightbench)
  }

  @Test(arguments: names)
  func `a committed recipe is what its experiment resolves to, and has the same tasks`(name: String) throws {
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    let experiment = try open(
      ImportSamples.experiments.appending(parts[0] + ".yaml"), variant: parts.dropFirst().first)
    let path = Self.recipe(name)
    let text = experiment.resolvedRecipe(in: path.removingLastComponent())
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try Data(text.utf8).write(to: URL(filePath: path.string))
    }
    #expect(try String(contentsOfFile: path.string, encoding: .utf8) == text)
    let resolved = try open(path)
    #expect(resolved.graph.tasks.map(\.address) == experiment.graph.tasks.map(\.address))
    #expect(resolved.graph.tasks.map(\.seed) == experiment.graph.tasks.map(\.seed))
    #expect(resolved.graph.tasks.map(\.prepared.parameters) == experiment.graph.tasks.map(\.prepared.parameters))
    #expect(
      resolved.outside.folder.lexicallyNormalized() == experiment.outside.folder.lexicallyNormalized()
        || !text.contains("\nfolder: "))
  }

  @Test func `the planted check allows a table of refinement to say that nothing helps`() throws {
    let file = Self.results.appending("phantom-refinement.planted").appending("ranking.cells.csv")
    let lines = try String(contentsOfFile: file.string, encoding: .utf8).split(separator: "\n")
    let areas = try Dictionary(
      uniqueKeysWithValues: lines.dropFirst().map { line in
        let cells = line.split(separator: ",")
        return (String(cells[0]), try #require(Double(cells[2])))
      })
    #expect(lines[0].hasPrefix("row,column,validation.auc,"))
    let trained = try #require(areas["trained-encoder"])
    #expect(trained >= 0.8)
    #expect(trained > areas["random-encoder"] ?? 1)
  }

  @Test func `the matrix of the README is among them`() {
    #expect(Self.names.contains("phantom-matrix"))
  }
}
