import Pipeline
import Recipes
import Testing

@testable import Reports

/// Graphs as text, Mermaid and Graphviz.
@Suite struct GraphDrawingTests {
  private func box(_ name: String, _ kind: String, _ tasks: Int?) -> GraphDrawing.Box {
    GraphDrawing.Box(name: name, kind: kind, tasks: tasks)
  }

  private func arrow(_ from: Int, _ to: Int, _ output: String, _ input: String) -> GraphDrawing.Arrow {
    GraphDrawing.Arrow(from: from, to: to, output: output, input: input)
  }

  private var drawing: GraphDrawing {
    GraphDrawing(
      title: "a \"demo\"",
      boxes: [box("regions", "input, regions", nil), box("train", "train.it", 2), box("test", "t", 1)],
      arrows: [arrow(0, 1, "", "train"), arrow(1, 2, "model", "model"), arrow(0, 2, "held-out", "regions")])
  }

  @Test func `as text a line a box, with what goes into it`() {
    #expect(
      drawing.text() == """
        regions  input, regions
        train    train.it, 2 tasks  train <- regions
        test     t, 1 task          model <- train.model, regions <- regions.held-out

        """)
  }

  @Test func `as Mermaid`() {
    #expect(
      drawing.mermaid() == """
        flowchart TD
          n0["regions<br/>input, regions"]
          n1["train<br/>train.it, 2 tasks"]
          n2["test<br/>t, 1 task"]
          n0 -- "train" --> n1
          n1 -- "model" --> n2
          n0 -- "held-out as regions" --> n2

        """)
  }

  @Test func `for Graphviz, quotes kept apart`() {
    #expect(
      drawing.dot() == """
        digraph "a \\"demo\\"" {
          rankdir=LR;
          node [shape=box];
          n0 [label="regions\\ninput, regions"];
          n1 [label="train\\ntrain.it, 2 tasks"];
          n2 [label="test\\nt, 1 task"];
          n0 -> n1 [label="train"];
          n1 -> n2 [label="model"];
          n0 -> n2 [label="held-out as regions"];
        }

        """)
  }
}
