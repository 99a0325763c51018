import SystemPackage
import Testing

@testable import Recipes

@Suite struct LanguageTests {
  static let recipe = """
    lightbench: 1
    seed: 7
    axes: {x: [a, b], y: [1, 2]}
    inputs: {data: {over: [x], type: t}}
    stages:
      s:
        use: k
        over: [x, y]
        in: {data: data}
        with: {n: 0, deep: {p: 0, q: 0}, list: [1, 2]}
        vary: {"[x=a]": {n: 1}, "[x=a,y=2]": {n: 2}}
        except: ["[x=b,y=1]"]

    """

  private func n(_ set: String, variant: String? = nil, overrides: [String] = []) throws -> String {
    let experiment = """
      lightbench: 1
      recipe: ../recipes/r.yaml
      bind: {data: {use: source, with: {marker: $x}}}
      \(set)

      """
    let recipe = try MemoryFiles.experiment(experiment, on: Self.recipe, variant: variant, overrides: overrides)
    let stage = try #require(recipe.stage("s"))
    return recipe.coordinates(of: stage).map { coordinate in
      stage.parameters(at: coordinate, axes: recipe.axes).node?["n"]?.scalar ?? "-"
    }.joined(separator: " ")
  }

  // Cells in order: a1 a2 b2 (b1 is left out).
  @Test(arguments: [
    ("", nil, [], "1 2 0"),
    ("set: {s.n: 5}", nil, [], "5 5 5"),
    ("set: {s.n: 5, \"s[y=2].n\": 6}", nil, [], "5 6 6"),
    ("set: {\"s[y=2].n\": 6, s.n: 5}", nil, [], "5 6 6"),
    ("set: {\"s[x=a].n\": 6, \"s[x=a,y=1].n\": 7, \"s[x=a|b].n\": 8}", nil, [], "7 6 8"),
    ("set: {\"s[x=a].n\": 6}\nvariants: {v: {set: {s.n: 9}}}", "v", [], "9 9 9"),
    ("set: {\"s[x=a].n\": 6}\nvariants: {v: {set: {s.n: 9}}}", nil, [], "6 6 0"),
    ("variants: {v: {set: {s.n: 9}}}", "v", ["s[y=1].n=3"], "3 9 9"),
    ("", nil, ["s.n=3", "s.n=4"], "4 4 4"),
    ("", nil, ["s[x=a].n=3", "s.n=4"], "3 3 4"),
  ])
  func `later layers win, and within a layer the more specific cell`(
    set: String, variant: String?, overrides: [String], expected: String
  ) throws {
    #expect(try n(set, variant: variant, overrides: overrides) == expected)
  }

  @Test(arguments: [
    "s[x=a,y=1].deep.p", "s.deep[x=a,y=1].p", "s.deep.p[x=a,y=1]", "s.deep.p@x=a,y=1", "s.deep.p@y=1,x=a|c",
  ])
  func `a cell is named in brackets or after an at sign, in files and on the command line`(key: String) throws {
    let recipe = Self.recipe.replacing("x: [a, b]", with: "x: [a, b, c]").replacing("x=b,y=1", with: "x=b|c,y=1")
    for inFile in [true, false] {
      let set = inFile ? "set: {\"\(key)\": {k: 5}}\n" : ""
      let recipe = try MemoryFiles.experiment(
        "lightbench: 1\nrecipe: ../recipes/r.yaml\nbind: {data: {use: k}}\n" + set, on: recipe,
        overrides: inFile ? [] : [key + "={k: 5}"])
      #expect(recipe.parameters("s", "a", "1") == "{deep: {p: {k: 5}, q: 0}, list: [1, 2], n: 1}", "\(inFile)")
      #expect(recipe.parameters("s", "a", "2") == "{deep: {p: 0, q: 0}, list: [1, 2], n: 2}", "\(inFile)")
    }
  }

  @Test func `the key of a cell's path keeps its place in every spelling`() throws {
    for (key, column) in [("s[x=a].deep.p", 8), ("s.deep.p@x=a", 3), ("s.deep[x=a].p", 3)] {
      let recipe = try MemoryFiles.recipe(
        Self.recipe, overrides: [key + "=5"])
      let assignment = try #require(recipe.stage("s")?.assignments.last)
      #expect(assignment.keys.map { $0.scalar ?? "" } == ["deep", "p"])
      #expect(assignment.keys.first?.range.column == column)
    }
  }

  @Test func `references, 'vary' and 'except' take cells after an at sign too`() throws {
    let text = """
      lightbench: 1
      axes: {x: [a, b]}
      stages:
        s: {use: k, over: [x], with: {n: 0}, vary: {"@x=a": {n: 1}}, except: ["@x=b"]}
        t: {use: k, over: {y: x}, in: {p: s.out@x=$y}, except: ["[y=b]"]}

      """
    let recipe = try MemoryFiles.recipe(text)
    let s = try #require(recipe.stage("s"))
    #expect(recipe.coordinates(of: s).map(\.address) == ["[x=a]"])
    #expect(recipe.parameters("s", "a") == "{n: 1}")
    #expect(recipe.stage("t")?.inputs.first?.reference["x"] == .axis("y"))
    let again = try MemoryFiles(texts: ["r.yaml": recipe.resolvedYAML()]).load("r.yaml")
    #expect(again.taskTexts == recipe.taskTexts)
  }

  @Test func `a path replaces its value whole and leaves its neighbours`() throws {
    let recipe = try MemoryFiles.experiment(
      "lightbench: 1\nrecipe: ../recipes/r.yaml\nbind: {data: {use: k}}\n"
        + "set: {s.deep.p: 5, s.list: [3], s.new.inner: x}\n", on: Self.recipe)
    #expect(recipe.parameters("s", "b", "2") == "{deep: {p: 5, q: 0}, list: [3], n: 0, new: {inner: x}}")
  }

  @Test func `a value keeps the place of the file that set it`() throws {
    let recipe = try MemoryFiles.experiment(
      "lightbench: 1\nrecipe: ../recipes/r.yaml\nbind: {data: {use: k, with: {m: $x}}}\nset:\n  s.deep.p: 5\n",
      on: Self.recipe, overrides: ["s.list=[7, 8]"])
    let stage = try #require(recipe.stage("s"))
    let coordinate = Coordinate(axes: ["x", "y"], labels: ["b", "2"])
    let node = try #require(stage.parameters(at: coordinate, axes: recipe.axes).node)
    #expect(node["deep"]?["p"]?.range.description == "experiments/e.yaml:5:13")
    #expect(
      node["deep"]?.entry("p")?.key.range
        == SourceRange(
          file: "experiments/e.yaml", line: 5, column: 10, length: 1))
    #expect(node["deep"]?["q"]?.range.description == "recipes/r.yaml:10:34")
    #expect(node["list"]?.sequence?[1].range == SourceRange(file: "-S", line: 1, column: 12, length: 1))
    let binding = try #require(recipe.stage("data"))
    let place = Coordinate(axes: ["x"], labels: ["a"])
    let value = binding.parameters(at: place, axes: recipe.axes).node?["m"]
    #expect(value?.scalar == "a")
    #expect(value?.range.description == "experiments/e.yaml:3:33")
  }

  @Test func `axes are replaced whole, records are kept by label`() throws {
    let text =
      "lightbench: 1\naxes:\n  m: [a, b]\n  g: {s: {v: 1}, l: {v: 2}}\n"
      + "stages: {s: {use: k, over: [m, g], with: {v: $g.v, m: $m}}}\n"
    let recipe = try MemoryFiles.recipe(text, overrides: ["axes.m=c|d", "axes.g=l"])
    #expect(recipe.axis("m")?.labels == ["c", "d"])
    #expect(recipe.axis("m")?.allLabels == ["a", "b", "c", "d"])
    #expect(recipe.parameters("s", "c", "l") == "{m: c, v: 2}")
  }

  @Test func `labels that share characters stay apart`() throws {
    let text = "lightbench: 1\naxes: {p: [a, a-b], q: [b-c, c]}\nstages: {s: {use: k, over: [p, q]}}\n"
    let recipe = try MemoryFiles.recipe(text)
    let stage = try #require(recipe.stage("s"))
    #expect(Set(recipe.coordinates(of: stage).map(\.address)).count == 4)
  }

  @Test(arguments: [
    ("train[marker=cfos|pv,x=1]", "train[marker=cfos|pv,x=1]"), ("train@marker=cfos,x=1", "train[marker=cfos,x=1]"),
    ("[marker=cfos]", "[marker=cfos]"), ("train", "train"), ("train[marker=cfos].model", "train[marker=cfos].model"),
    ("train.model", "train.model"), ("[a=0.15]", "[a=0.15]"),
  ])
  func `selectors are read in every spelling`(text: String, printed: String) throws {
    #expect(try Selector(text).description == printed)
  }

  @Test(arguments: [
    "", "[", "[]", "a[", "a]", "a[b]", "a[b=]", "a[=c]", "a[b=c]d", "a[b=c].", "a[b=c", "a@", "a@b", "a b", "a[b=c,]",
    "a[b=c=d]", "a[b=c||d]", ".a", "a..b", "a[b=ü]",
  ])
  func `what is no selector is refused`(text: String) {
    #expect(throws: Diagnostic.self) { try Selector(text) }
  }

  @Test func `a selector matches by every axis that it names`() throws {
    let coordinate = Coordinate([(axis: "m", label: "a"), (axis: "n", label: "b")])
    #expect(try Selector("s[m=a|c]").matches(coordinate))
    #expect(try !Selector("s[m=a,n=c]").matches(coordinate))
    #expect(try !Selector("s[k=a]").matches(coordinate))
    #expect(coordinate.address == "[m=a,n=b]")
  }

  @Test(arguments: [
    (["s.n=[1"], RecipeError.Kind.option), (["nope.n=1"], .option), (["s[x=zz].n=1"], .selector),
    (["s[x=zz].n=1", "nope.n=1"], .option),
  ])
  func `the command line is to blame for its own mistakes`(overrides: [String], kind: RecipeError.Kind) throws {
    let error = try #require(throws: RecipeError.self) { try MemoryFiles.recipe(Self.recipe, overrides: overrides) }
    #expect(error.kind == kind)
  }

  @Test func `mistakes of all files are printed together in order`() throws {
    let error = try #require(throws: RecipeError.self) {
      try MemoryFiles.experiment(
        "lightbench: 1\nrecipe: ../recipes/r.yaml\nsett: {}\nbind: {data: {use: k, wiht: {}}}\n",
        on: "lightbench: 1\nseeed: 3\nstages: {s: {use: k, oevr: [x]}}\ninputs: {data: {type: t}}\n")
    }
    #expect(
      error.diagnostics.map { "\($0.range?.description ?? "-") \($0.code)" } == [
        "experiments/e.yaml:3:1 E101", "experiments/e.yaml:4:23 E101", "recipes/r.yaml:2:1 E101",
        "recipes/r.yaml:3:22 E101",
      ])
    #expect(error.kind == .recipe)
  }
}
