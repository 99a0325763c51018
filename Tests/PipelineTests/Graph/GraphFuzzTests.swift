import Foundation
import Recipes
import SystemPackage
import Testing

@testable import Pipeline

/// Damaged recipes: whatever stands in a file, it is read or refused with a place, and nothing crashes.
@Suite struct GraphFuzzTests {
  /// A small generator with fixed seeds: SplitMix64, Steele et al. 2014, doi:10.1145/2714064.2660195.
  struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// Every part of the language at least once.
  static let files = [
    "e.yaml": """
    lightbench: 1
    recipe: recipes/r.yaml
    data: {root: {env: HOME}}
    bind:
      start: {use: fake.make, with: {name: $m.like, size: 4}}
      prior: {from: other.small, select: "fit.model[size=$m.like]"}
    set: {fit.steps: 30, "fit[m=b].rate": 1e-2, fit.rate@m=a: 0.5}
    axes: {m: [a, b]}
    replicates: 2
    variants: {quick: {set: {fit.steps: 2}, axes: {k: [1]}, replicates: 1}}

    """,
    "recipes/r.yaml": """
    lightbench: 1
    name: fuzz
    seed: 7
    extends: base.yaml
    stages:
      score:
        use: fake.score
        over: {model: m, test: m}
        in: {model: "fit.model[m=$model,k=1]", on: "halves.high[m=$test]"}
        except: ["[model=a,test=b]"]
        needs: {cores: 1, memory: 1 GiB, time: 1h 30m, retry: 2}
        keep: temp
        allow_leakage: true
      table:
        use: table.fake
        gather: [{from: score, rows: model, columns: test}, {from: fit, by: [], as: {model: x}, columns: m, mean: k}]

    """,
    "recipes/base.yaml": """
    lightbench: 1
    axes:
      m: {a: {like: small, n: &n 3}, b: {like: large, n: *n}}
      k: [1, 0.5]
    inputs: {start: {over: [m], type: value}, prior: {over: [m], type: model}}
    stages:
      halves: {use: fake.split, over: [m], in: {whole: start}}
      fit:
        use: train.fake
        over: [m, k]
        in: {train: halves.low, validation: halves.high, prior: prior}
        with: {steps: $m.n, rate: $k}
        vary: {"[m=b,k=1]": {steps: 9}}
      parts: {use: fake.merge, in: {parts: "halves.low[m=a]"}}

    """,
    "other.yaml": """
    lightbench: 1
    recipe: other-recipe.yaml
    variants: {small: {axes: {size: [small, large]}}}

    """,
    "other-recipe.yaml": """
    lightbench: 1
    axes: {size: [small]}
    stages:
      make: {use: fake.make, over: [size], with: {name: $size}}
      fit: {use: fake.train, over: [size], in: {train: make.out, validation: make.out}}

    """,
  ]

  private static let pieces = [
    "[", "]", "{", "}", ":", ",", "\"", "'", "\n", "\t", "&a ", "*n", "!!x ", "<<: ", "$", "$m", "|", ">", "#", "- ",
    "? ", "---\n", "%", "@", "\u{0}", "é", "\u{FEFF}", "\u{2028}", "=", "[m=$model]", "~", "\r\n", "🧠", "null", "0",
    "-1",
    "1e999", "99999999999999999999", "halves", "fit", "score.scores", "table", "over", "gather", "from", "extends",
    "base.yaml", "r.yaml", "e", "replicate", "stop: {rule: halving, metric: x}",
  ]

  /// One of the files with a few words, lines or characters changed.
  private func damaged(_ random: inout SplitMix) -> [String: String] {
    var files = Self.files
    let name = files.keys.sorted()[Int.random(in: 0..<files.count, using: &random)]
    var characters = Array(files[name] ?? "")
    for _ in 0..<Int.random(in: 1...2, using: &random) where !characters.isEmpty {
      let start = Int.random(in: 0..<characters.count, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0: characters.removeSubrange(start...)
      case 1, 2:  // a line goes, or comes twice
        var lines = String(characters).split(separator: "\n", omittingEmptySubsequences: false)
        let index = Int.random(in: 0..<lines.count, using: &random)
        if Bool.random(using: &random) { lines.remove(at: index) } else { lines.insert(lines[index], at: index) }
        characters = Array(lines.joined(separator: "\n"))
      case 3:  // two places change theirs
        characters.swapAt(start, Int.random(in: 0..<characters.count, using: &random))
      case 4, 5:  // a digit becomes another
        let digits = characters.indices.filter { characters[$0].isNumber }
        if let index = digits.randomElement(using: &random) {
          characters[index] = Character("\(Int.random(in: 0..<10, using: &random))")
        }
      default:
        let end = min(characters.count, start + Int.random(in: 0...4, using: &random))
        let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
        characters.replaceSubrange(start..<end, with: Array(piece))
      }
    }
    files[name] = String(characters)
    return files
  }

  /// Reads and expands; what is refused has a place within its file, what is read means the same once resolved.
  private func survives(_ files: [String: String]) -> (isRight: Bool, isRead: Bool) {
    do {
      let graph = try Graph.fake("e.yaml", in: files)
      let again = try Graph.fake("r.yaml", in: ["r.yaml": graph.recipe.resolvedYAML()])
      let isSame =
        graph.tasks.map(\.address) == again.tasks.map(\.address) && graph.tasks.map(\.seed) == again.tasks.map(\.seed)
      return (isSame, true)
    } catch let error as RecipeError {
      let isPlaced = error.diagnostics.allSatisfy { isWithin($0.range, of: files) }
      return (!error.diagnostics.isEmpty && error.rendered().contains("error[") && isPlaced, false)
    } catch {
      return (false, false)
    }
  }

  private func isWithin(_ range: SourceRange?, of files: [String: String]) -> Bool {
    guard let range, let text = files[range.file] else { return false }
    let lines = text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
    return (1...lines).contains(range.line) && range.column >= 1 && range.column <= text.unicodeScalars.count + 1
  }

  @Test func `the files are right before they are damaged, and use the whole language`() throws {
    let graph = try Graph.fake("e.yaml", in: Self.files)
    #expect(graph.tasks.count == 24)
    let resolved = try Graph.fake("r.yaml", in: ["r.yaml": graph.recipe.resolvedYAML()])
    #expect(try resolved.planKeys() == graph.planKeys())
    let (isRight, isRead) = survives(Self.files)
    #expect(isRight && isRead)
  }

  private static let isFull = ProcessInfo.processInfo.environment["LIGHTBENCH_TEST_FULL"] != nil

  @Test(arguments: 0..<8)
  func `a damaged recipe is read or refused at a place in it`(seed: Int) {
    var random = SplitMix(state: UInt64(seed) &* 0x1234_5678_9ABC_DEF1 &+ 1)
    var refused = 0
    // The language's own fuzz reads 100,000; here each is expanded twice.
    let count = Self.isFull ? 1_250 : 50
    for round in 0..<count {
      let files = damaged(&random)
      let (isRight, isRead) = survives(files)
      #expect(isRight, "seed \(seed), round \(round): \(files.first { $0.value != Self.files[$0.key] }?.value ?? "")")
      if !isRead { refused += 1 }
    }
    #expect(refused > count / 3 && refused < count, "the damage is neither idle nor always deadly")
  }
}
