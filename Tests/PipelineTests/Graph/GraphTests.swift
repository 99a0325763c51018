import Fingerprints
import Recipes
import Testing

@testable import Pipeline

@Suite struct GraphTests {
  @Test func `a recipe becomes one task a cell, producers first`() throws {
    let graph = try Graph.fake(FakeRecipe.text)
    #expect(
      graph.tasks.map(\.address) == [
        "make[marker=a]", "make[marker=b]", "split[marker=a]", "split[marker=b]", "train[marker=a]",
        "train[marker=b]", "score[model=a,test=a]", "score[model=a,test=b]", "score[model=b,test=a]",
        "score[model=b,test=b]", "blind[test=a]", "blind[test=b]", "matrix",
      ])
    for task in graph.tasks { #expect(task.inputs.allSatisfy { $0.producer < task.index }) }
    #expect(graph.warnings.isEmpty)
  }

  @Test func `axes of one name meet, and one axis stands under two names`() throws {
    let graph = try Graph.fake(FakeRecipe.text)
    #expect(
      graph.inputs(of: "train[marker=b]") == [
        "train 0 <- split[marker=b].low", "validation 0 <- split[marker=b].high",
      ])
    #expect(
      graph.inputs(of: "score[model=a,test=b]") == [
        "model 0 <- train[marker=a].model", "on 0 <- split[marker=b].high",
      ])
  }

  @Test func `gathered sources come in the order written, with what 'as' says for a missing axis`() throws {
    #expect(
      try Graph.fake(FakeRecipe.text).inputs(of: "matrix") == [
        "metrics 0 <- score[model=a,test=a].metrics column=a row=a",
        "metrics 1 <- score[model=a,test=b].metrics column=b row=a",
        "metrics 2 <- score[model=b,test=a].metrics column=a row=b",
        "metrics 3 <- score[model=b,test=b].metrics column=b row=b",
        "metrics 4 <- blind[test=a].metrics column=a row=blind",
        "metrics 5 <- blind[test=b].metrics column=b row=blind",
      ])
  }

  @Test func `'by' makes one gathering task a label, and 'as' stands for a missing label there too`() throws {
    let text = FakeRecipe.text.replacing(
      "- {from: score, rows: model, columns: test}", with: "- {from: score, by: test, columns: model}"
    ).replacing("as: {model: blind}, columns: test", with: "by: test, as: {model: blind}, columns: model")
    #expect(
      try Graph.fake(text).inputs(of: "matrix[test=b]") == [
        "metrics 0 <- score[model=a,test=b].metrics column=a row=",
        "metrics 1 <- score[model=b,test=b].metrics column=b row=",
        "metrics 2 <- blind[test=b].metrics column=blind row=",
      ])
    let fixed = text.replacing("over: {test: marker}\n    with: {size: 3}", with: "with: {size: 3}")
      .replacing("as: {model: blind}", with: "as: {model: blind, test: b}").replacing("blind[test=b]", with: "blind")
    #expect(try Graph.fake(fixed).inputs(of: "matrix[test=b]")?.last == "metrics 2 <- blind.metrics column=blind row=")
    #expect(try Graph.fake(fixed).inputs(of: "matrix[test=a]")?.count == 2)
  }

  @Test func `'mean' lets several values into one cell`() throws {
    let text = FakeRecipe.changed(
      "- {from: score, rows: model, columns: test}", "- {from: score, rows: model, columns: model, mean: test}")
    let inputs = try #require(try Graph.fake(text).inputs(of: "matrix"))
    #expect(inputs[0] == "metrics 0 <- score[model=a,test=a].metrics column=a group=a row=a")
    #expect(inputs[1] == "metrics 1 <- score[model=a,test=b].metrics column=a group=b row=a")
  }

  @Test func `rows and columns take several axes, and the axis 'replicate' is averaged unasked`() throws {
    let text = """
      lightbench: 1
      name: fake
      seed: 7
      axes: {marker: [a, b], size: [1, 2], replicate: [0, 1]}
      stages:
        make: {use: fake.make, over: [marker, size, replicate], with: {name: $marker, size: $size}}
        matrix: {use: fake.pivot, gather: {from: make, rows: [marker, size]}}
        each: {use: fake.pivot, gather: {from: make, rows: [marker, size], columns: replicate}}
        by: {use: fake.pivot, gather: {from: make, by: [replicate, size], rows: marker}}
      """
    let graph = try Graph.fake(text)
    #expect(
      graph.inputs(of: "matrix")?.prefix(3) == [
        "metrics 0 <- make[marker=a,size=1,replicate=0].metrics column= replicate=0 row=a 1",
        "metrics 1 <- make[marker=a,size=1,replicate=1].metrics column= replicate=1 row=a 1",
        "metrics 2 <- make[marker=a,size=2,replicate=0].metrics column= replicate=0 row=a 2",
      ])
    #expect(
      graph.inputs(of: "each")?.first == "metrics 0 <- make[marker=a,size=1,replicate=0].metrics column=0 row=a 1")
    #expect(
      graph.inputs(of: "by[replicate=1,size=2]") == [
        "metrics 0 <- make[marker=a,size=2,replicate=1].metrics column= row=a",
        "metrics 1 <- make[marker=b,size=2,replicate=1].metrics column= row=b",
      ])
  }

  @Test func `a source without columns takes those of the first that has some`() throws {
    let text = FakeRecipe.changed("as: {model: blind}, columns: test", "as: {model: blind}")
    #expect(try Graph.fake(text).inputs(of: "matrix") == Graph.fake(FakeRecipe.text).inputs(of: "matrix"))
  }

  @Test func `what selects takes every output of the candidates, and gives one of each under its name`() throws {
    let text =
      FakeRecipe.text + """
          best: {use: fake.best, gather: {from: train}}
          each: {use: fake.best, gather: {from: split, by: marker}}
          use: {use: fake.score, over: [marker], in: {model: best.model, on: each.high}}

        """
    let graph = try Graph.fake(text)
    #expect(
      graph.inputs(of: "best") == [
        "metrics 0 <- train[marker=a].metrics group=a", "model 0 <- train[marker=a].model group=a",
        "metrics 1 <- train[marker=b].metrics group=b", "model 1 <- train[marker=b].model group=b",
      ])
    #expect(
      graph.inputs(of: "each[marker=b]") == [
        "metrics 0 <- split[marker=b].metrics group=", "low 0 <- split[marker=b].low group=",
        "high 0 <- split[marker=b].high group=",
      ])
    #expect(graph.inputs(of: "use[marker=a]") == ["model 0 <- best.model", "on 0 <- each[marker=a].high"])
    #expect(graph["each[marker=a]"]?.prepared.ports.outputs.map(\.name) == ["low", "high"])
  }

  @Test func `the labels of what selects are in its key, and in no other`() throws {
    let text = FakeRecipe.text + "  best: {use: fake.best, gather: {from: train}}\n"
    let before = try Plan.planKeys(text)
    let after = try Plan.planKeys(
      text.replacing("marker: [a, b]", with: "marker: {a: {name: a}, c: {name: b}}")
        .replacing("name: $marker", with: "name: $marker.name"))
    #expect(before["train[marker=b]"] != nil && before["train[marker=b]"] == after["train[marker=c]"])
    #expect(before["best"] != after["best"])
  }

  @Test func `'except' leaves cells out, and what gathers gets the rest`() throws {
    let text = FakeRecipe.changed(
      "on: \"split.high[marker=$test]\"}", "on: \"split.high[marker=$test]\"}\n    except: [\"[model=a,test=b]\"]")
    let graph = try Graph.fake(text)
    #expect(graph["score[model=a,test=b]"] == nil)
    #expect(graph.inputs(of: "matrix")?.count == 5)
  }

  @Test func `a field of a record gives a list of producers, in its order`() throws {
    let text = """
      lightbench: 1
      name: fake
      seed: 7
      axes:
        marker: [a, b, c]
        set: {one: {markers: [c, a]}, two: {markers: [b]}}
      stages:
        make: {use: fake.make, over: [marker], with: {name: $marker}}
        merge: {use: fake.merge, over: [set], in: {parts: "make.out[marker=$set.markers]"}}
      """
    #expect(
      try Graph.fake(text).inputs(of: "merge[set=one]") == [
        "parts 0 <- make[marker=c].out", "parts 1 <- make[marker=a].out",
      ])
  }

  @Test func `a selector finds tasks, and a task its ancestors`() throws {
    let graph = try Graph.fake(FakeRecipe.text)
    #expect(graph.tasks(matching: try Selector("score[model=a]")).map(\.address).count == 2)
    let last = try #require(graph["score[model=a,test=b]"])
    #expect(
      graph.ancestors(of: [last.index]).sorted().map { graph.tasks[$0].address } == [
        "make[marker=a]", "make[marker=b]", "split[marker=a]", "split[marker=b]", "train[marker=a]",
        "score[model=a,test=b]",
      ])
  }
}
