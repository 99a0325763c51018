import Foundation
import Pipeline
import SystemPackage
import Testing

@testable import Reports

/// Results of an experiment whose artifacts were put into a store by hand.
@Suite struct ResultsFolderTests {
  private let tiny: TinyExperiment

  init() throws { tiny = try TinyExperiment() }

  @Test func `an experiment that has not run has no results yet`() throws {
    let experiment = try tiny.experiment()
    let error = try #require(throws: StoreError.self) {
      try ResultsFolder(experiment, plan: experiment.plan(), below: "results")
    }
    #expect(error.message == "'make[marker=a]' has no result yet; run the experiment first")
  }

  @Test func `a table becomes a matrix with the markers' names and tolerances`() throws {
    let experiment = try tiny.experiment()
    let plan = try tiny.run(experiment)
    let reader = PivotReader(plan, store: experiment.store)
    #expect(reader.pivots.map(\.task.address) == ["matrix"])
    let matrix = try reader.matrix(of: reader.pivots[0], title: "tiny")
    #expect(matrix.columns.map(\.name) == ["A!", "B!"])
    #expect(matrix.columns.map(\.detail) == ["6 px", "2.5 px"])
    #expect(matrix.rows.map(\.kind) == [.model, .model, .baseline])
    #expect(matrix.rows.map(\.values) == [[1, 0.5], [nil, 0.25], [0, 0.125]])
    #expect(matrix.notes.last == "chance: as many uniformly random points as there are annotations")
  }

  @Test func `the folder holds the table, its cells, the recipe and where it comes from`() throws {
    let experiment = try tiny.experiment()
    let results = try ResultsFolder(experiment, plan: try tiny.run(experiment), below: "results")
    #expect(results.name == "tiny")
    #expect(
      results.files.map(\.name) == [
        "matrix.cells.csv", "matrix.csv", "matrix.md", "matrix.svg", "provenance.json", "recipe.yaml",
      ])
    let texts = Dictionary(uniqueKeysWithValues: results.files.map { ($0.name, $0.text) })
    #expect(
      texts["matrix.cells.csv"] == """
        row,column,f1,matches,tuning.f1
        a,a,0.5,2.0,n/a
        a,b,0.5,2.0,n/a
        b,a,n/a,2.0,n/a
        b,b,0.5,2.0,n/a
        chance,a,0.5,2.0,n/a
        chance,b,0.5,2.0,0.25

        """)
    let provenance = try #require(
      try JSONSerialization.jsonObject(with: Data((texts["provenance.json"] ?? "").utf8)) as? [String: Any])
    #expect((provenance["tasks"] as? [[String: Any]])?.count == 9)
    #expect(provenance["numerics"] as? Int == 1)
    #expect(texts.values.allSatisfy { !$0.contains(tiny.folder.string) })
  }

  @Test func `what is written is not written again, and what someone changed is found`() throws {
    let experiment = try tiny.experiment()
    let below = tiny.folder.appending("results")
    let results = try ResultsFolder(experiment, plan: try tiny.run(experiment), below: below)
    #expect(results.differences().count == 6)
    #expect(try results.write().count == 6)
    #expect(try results.write().isEmpty)
    let changed = below.appending("tiny").appending("matrix.csv")
    try Data("row,a\n".utf8).write(to: URL(filePath: changed.string))
    #expect(results.differences() == [changed])
    #expect(try results.write() == [changed])
  }
}
