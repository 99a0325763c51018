import Fingerprints
import Recipes
import Testing

@testable import Pipeline

/// Replicates: other seeds for the same work.
@Suite struct ReplicateGraphTests {
  static let text = FakeRecipe.text.replacing("fake.train", with: "train.fake")
    .replacing("fake.pivot", with: "table.fake")

  private func graph(_ count: Int) throws -> Graph { try Graph.fake(Self.text, overrides: ["replicates=\(count)"]) }

  @Test func `the first replicate is the task without replicates, the others are not`() throws {
    let (single, triple) = (try Graph.fake(Self.text), try graph(3))
    let (before, after) = (try single.planKeys(), try triple.planKeys())
    #expect(triple.tasks.count == 2 * 2 + 2 * 3 + 4 * 3 + 2 + 1)
    for marker in ["a", "b"] {
      #expect(after["make[marker=\(marker)]"] == before["make[marker=\(marker)]"])
      let keys = (0..<3).map { after["train[marker=\(marker),replicate=\($0)]"] }
      #expect(keys[0] == before["train[marker=\(marker)]"])
      #expect(Set(keys).count == 3)
      #expect(after["score[model=a,test=\(marker),replicate=0]"] == before["score[model=a,test=\(marker)]"])
    }
    #expect(after["matrix"] != before["matrix"])
    let seeds = (0..<3).compactMap { triple["train[marker=a,replicate=\($0)]"]?.seed }
    #expect(seeds[0] == single["train[marker=a]"]?.seed)
    #expect(Set(seeds).count == 3)
  }

  @Test func `what depends on a replicate takes the same one`() throws {
    let graph = try graph(2)
    #expect(
      graph.inputs(of: "score[model=a,test=b,replicate=1]") == [
        "model 0 <- train[marker=a,replicate=1].model", "on 0 <- split[marker=b].high",
      ])
  }

  @Test func `a table gets every replicate of a cell under its label, and what has none without`() throws {
    let inputs = try #require(try graph(2).inputs(of: "matrix"))
    #expect(inputs.count == 4 * 2 + 2)
    #expect(inputs[1] == "metrics 1 <- score[model=a,test=a,replicate=1].metrics column=a replicate=1 row=a")
    #expect(inputs[8] == "metrics 8 <- blind[test=a].metrics column=a row=blind")
  }

  @Test func `one replicate changes no key`() throws {
    #expect(try graph(1).planKeys() == (try Graph.fake(Self.text)).planKeys())
  }

  @Test func `further replicates leave those that are there`() throws {
    let (two, five) = (try graph(2).planKeys(), try graph(5).planKeys())
    for (address, key) in two where address != "matrix" { #expect(five[address] == key, "\(address)") }
  }
}
