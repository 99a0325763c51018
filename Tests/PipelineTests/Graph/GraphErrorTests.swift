import Foundation
import Recipes
import Testing

@testable import Pipeline

@Suite struct GraphErrorTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let stages: String
    let expected: [String]

    init(_ stages: String, _ expected: String...) {
      self.stages = stages
      self.expected = expected
    }

    var testDescription: String { String(expected[0].prefix(90)) }
  }

  static let mistakes = [
    Mistake(
      "a: {use: fake.mak}",
      "r.yaml:6:12 E120: unknown stage kind 'fake.mak' (did you mean 'fake.make'?)"),
    Mistake(
      "a: {use: fake.make, with: {sise: 3}}",
      "r.yaml:6:30 E112: unknown parameter 'sise' of fake.make (did you mean 'size'?)"),
    Mistake(
      "a: {use: fake.make, with: {stop: {rule: halving}}}",
      "r.yaml:6:30 E112: unknown parameter 'stop' of fake.make ('stop' is a key of the stage, which its recipe has beside 'with')"
    ),
    Mistake(
      "a: {use: fake.make, with: {name: $marker, size: 300}, over: [marker]}",
      "r.yaml:6:51 E114: fake.make.size: '300' is not between 1 and 100"),
    Mistake(
      "a: {use: fake.make, stop: {rule: halving, metric: loss}}",
      "r.yaml:6:23 E111: 'stop' of 'a' is not supported: fake.make does not stop early (without it all tasks run to their end)"
    ),
    Mistake(
      "a: {use: fake.climb, stop: {rule: halving, metric: hight}}",
      "r.yaml:6:54 E116: 'metric' of 'stop' of stage 'a': 'hight' is not one of height, loss, which fake.climb measures on its way (did you mean 'height'?)"
    ),
    Mistake(
      "a: {use: fake.climb, over: [marker], with: {steps: 20}, vary: {\"[marker=q]\": {steps: 9}}, stop: {rule: halving, metric: loss, min: 9}}",
      "r.yaml:6:134 E114: 'min' of 'stop' of stage 'a': '9' is not below the 9 steps of a[marker=q] (a task can only be stopped before its end)"
    ),
    Mistake(
      "a: {use: fake.climb, with: {steps: 1}, stop: {rule: halving, metric: loss}}",
      "r.yaml:6:42 E114: 'min' of 'stop' of stage 'a': '1' is not below the 1 steps of a (a task can only be stopped before its end)"
    ),
    Mistake(
      "a: {use: fake.make}\n  b: {use: fake.split, in: {wole: a.out}}",
      "r.yaml:7:3 E203: b: input 'whole' of fake.split is not connected",
      "r.yaml:7:29 E202: unknown input 'wole' of fake.split (did you mean 'whole'?)"),
    Mistake(
      "a: {use: fake.make}\n  b: {use: fake.make, in: {x: a.out}}",
      "r.yaml:7:28 E202: unknown input 'x' of fake.make (it takes nothing)"),
    Mistake(
      "a: {use: fake.make}\n  b: {use: fake.split, in: {whole: a.ou}}",
      "r.yaml:7:36 E205: 'a' (fake.make) has no output 'ou' (did you mean 'out'?)"),
    Mistake(
      "a: {use: fake.make}\n  b: {use: fake.split, in: {whole: a.x}}",
      "r.yaml:7:36 E205: 'a' (fake.make) has no output 'x' (it gives 'out')"),
    Mistake(
      "a: {use: fake.make}\n  b: {use: fake.score, in: {model: a.out, on: a.out}}",
      "r.yaml:7:36 E206: b: input 'model' takes model, but 'a.out' is value"),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  b: {use: fake.split, over: [set], in: {whole: \"a.out[marker=$set.all]\"}}",
      "r.yaml:7:49 E207: b: input 'whole' takes one artifact, not a list"),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  b: {use: fake.split, over: [set], in: {whole: \"a.out[marker=$set.none]\"}}",
      "r.yaml:7:49 E203: b: input 'whole' of fake.split gets an empty list"),
    Mistake(
      "a: {use: fake.make, over: [marker], except: [\"[marker=p]\"]}\n  b: {use: fake.split, over: [marker], in: {whole: a.out}}",
      "r.yaml:7:52 E210: b[marker=p]: 'except' leaves a[marker=p] out (leave b[marker=p] out as well)"),
    Mistake(
      "a: {use: fake.pivot}",
      "r.yaml:6:3 E212: a: fake.pivot gathers; say 'gather: {from: ...}'"),
    Mistake(
      "a: {use: fake.make}\n  b: {use: fake.make, gather: {from: a}}",
      "r.yaml:7:3 E213: b: fake.make does not gather"),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  b: {use: fake.pivot, gather: {from: a}}",
      "r.yaml:7:39 E214: b: two values for the cell (, ) (of a[marker=p] and a[marker=q]; name 'marker' in 'rows', 'columns', 'by' or 'mean')"
    ),
    Mistake(
      "a: {use: fake.make, over: {marker: marker, other: marker}}\n  b: {use: fake.pivot, gather: {from: a, rows: marker, columns: marker, mean: []}}",
      "r.yaml:7:39 E214: b: two values for the cell (p, p) (of a[marker=p,other=p] and a[marker=p,other=q]; name 'other' in 'rows', 'columns', 'by' or 'mean')"
    ),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  b: {use: fake.pivot, gather: [{from: a, rows: marker, mean: []}, {from: a, mean: []}]}",
      "r.yaml:7:75 E214: b: two values for the cell (p, ) (of a[marker=p] and a[marker=p]; 'as' gives one of them another label)"
    ),
    Mistake(
      "a: {use: fake.make, over: {marker: marker, third: marker, other: marker}}\n  b: {use: fake.pivot, gather: {from: a, rows: marker, mean: third}}",
      "r.yaml:7:39 E214: b: two values for the cell (p, ) (of a[marker=p,third=p,other=p] and a[marker=p,third=p,other=q]; name 'other' in 'rows', 'columns', 'by' or 'mean')"
    ),
    Mistake(
      "a: {use: fake.make, over: [marker], except: [\"[marker=q]\"]}\n  b: {use: fake.best, gather: {from: a, by: marker}}",
      "r.yaml:7:3 E217: b[marker=q]: there is nothing to gather"),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  b: {use: fake.best, gather: {from: a, rows: marker}}",
      "r.yaml:7:38 E218: b: fake.best has no use for 'rows' of 'gather' (it takes 'from', 'by' and 'as')"),
    Mistake(
      "a: {use: fake.make}\n  c: {use: fake.split, in: {whole: a.out}}\n  b: {use: fake.best, gather: [{from: a}, {from: c}]}",
      "r.yaml:8:3 E219: b: 'a' and 'c' have different outputs, fake.best cannot choose between them ('a' gives out: value, 'c' gives low: value, high: value)"
    ),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  b: {use: fake.best, gather: {from: a}}\n  c: {use: fake.split, in: {whole: b.whole}}",
      "r.yaml:8:36 E205: 'b' (fake.best) has no output 'whole' (it gives 'out')"),
    Mistake(
      "a: {use: fake.make, over: [marker]}\n  c: {use: fake.make}\n  b: {use: fake.pivot, gather: [{from: a, rows: marker}, {from: c}]}",
      "r.yaml:8:65 E215: 'c' has no axis 'marker' to gather by (it has no axes; 'as: {marker: ...}' stands for a missing one)"
    ),
  ]

  @Test(arguments: mistakes)
  func `a mistake is reported with its place, its words and what to do`(_ mistake: Mistake) throws {
    let error = try #require(throws: RecipeError.self) {
      try Graph.fake(
        """
        lightbench: 1
        name: fake
        seed: 1
        axes: {marker: [p, q], set: {s: {all: [p, q], none: []}}}
        stages:
          \(mistake.stages)
        """)
    }
    let found = error.diagnostics.map { diagnostic in
      "\(diagnostic.range.map { "\($0)" } ?? "-") \(diagnostic.code): \(diagnostic.message)"
        + (diagnostic.hint.map { " (\($0))" } ?? "")
    }
    #expect(found == mistake.expected)
  }

  /// The codes that the source declares: a new one without a case in a test fails here.
  static let declared: [String] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let source = root.appending(path: "Sources/Pipeline/Graph/DiagnosticCode+Graph.swift")
    let text = (try? String(contentsOf: source, encoding: .utf8)) ?? ""
    return text.matches(of: /: Self = "([EW]\d{3})"/).map { String($0.output.1) }
  }()

  @Test(arguments: declared)
  func `each code has a case`(code: String) {
    // ExplanationTests, LeakageTests and MachineTests.
    let elsewhere = ["W216", "E220", "E221", "E222", "W222"]
    #expect(elsewhere.contains(code) || Self.mistakes.contains { $0.expected.contains { $0.contains(" \(code): ") } })
  }

  @Test func `all mistakes of all stages are reported at once, one of them once for all cells`() throws {
    let error = try #require(throws: RecipeError.self) {
      try Graph.fake(
        """
        lightbench: 1
        name: fake
        seed: 1
        axes: {marker: [p, q]}
        stages:
          a: {use: fake.make, over: [marker], with: {size: many}}
          b: {use: fake.split, over: [marker], in: {hole: a.out}}
          c: {use: fake.pivot}
        """)
    }
    #expect(error.diagnostics.map(\.code) == ["E113", "E203", "E202", "E212"])
  }
}
