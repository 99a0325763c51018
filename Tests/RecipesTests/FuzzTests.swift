import Testing

@testable import Recipes

/// A small generator with fixed seeds: SplitMix64, Steele et al. 2014, doi:10.1145/2714064.2660195.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct FuzzTests {
  private static let pieces = [
    "[", "]", "{", "}", ":", ",", "\"", "'", "\n", "\t", "&a ", "*a", "!!x ", "<<: ", "$", "|", ">", "#", "- ", "? ",
    "---\n", "%", "@", "\u{0}", "é", "\u{FEFF}", "\u{2028}", "=", "[marker=$model]", "~", "\r\n", "🧠",
  ]

  /// Loads an experiment over damaged files; what is printed must be printable, what loads must resolve.
  private func survives(_ files: MemoryFiles, _ path: String) {
    do {
      let recipe = try files.load(path, overrides: ["train.steps=3"])
      #expect(!recipe.taskTexts.isEmpty)
      #expect(!recipe.resolvedYAML().isEmpty)
    } catch {
      #expect(!error.diagnostics.isEmpty)
      #expect(error.rendered().contains("error["))
    }
  }

  @Test(arguments: DesignFiles.names, 0..<4)
  func `truncated files never crash`(name: String, seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    var files = try DesignFiles.all()
    let text = try #require(files.texts[name])
    for _ in 0..<10 {
      files.texts[name] = String(text.prefix(Int.random(in: 0..<text.count, using: &random)))
      survives(files, name.hasPrefix("recipes/gen") ? "experiments/phantom-matrix.yaml" : name)
    }
  }

  @Test(arguments: DesignFiles.names, 0..<4)
  func `mutated files never crash`(name: String, seed: Int) throws {
    var random = SplitMix(state: UInt64(100 + seed))
    var files = try DesignFiles.all()
    let text = try #require(files.texts[name])
    for _ in 0..<10 {
      var characters = Array(text)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let start = Int.random(in: 0..<characters.count, using: &random)
        let end = min(characters.count, start + Int.random(in: 0...3, using: &random))
        let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
        characters.replaceSubrange(start..<end, with: Array(piece))
      }
      files.texts[name] = String(characters)
      survives(files, name.hasPrefix("recipes/gen") ? "experiments/phantom-matrix.yaml" : name)
    }
  }

  @Test(arguments: 0..<8)
  func `random bytes never crash`(seed: Int) {
    var random = SplitMix(state: UInt64(1000 + seed))
    for _ in 0..<50 {
      let count = Int.random(in: 0..<60, using: &random)
      var collector = DiagnosticCollector()
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      if let node = YAMLDocument.parse(bytes, file: "x", into: &collector) {
        #expect(!node.write().isEmpty)
      } else {
        #expect(collector.hasErrors)
      }
    }
  }

  @Test(arguments: 0..<8)
  func `random command lines never crash`(seed: Int) throws {
    var random = SplitMix(state: UInt64(2000 + seed))
    let files = try DesignFiles.all()
    let parts = Self.pieces + ["train", ".steps", "axes.", "marker", "data.root", "regions", "3", "cfos"]
    for _ in 0..<10 {
      let option = (0..<Int.random(in: 0..<7, using: &random)).map { _ in
        parts[Int.random(in: 0..<parts.count, using: &random)]
      }.joined()
      do {
        _ = try files.load("experiments/phantom-matrix.yaml", overrides: [option])
      } catch {
        #expect(error.kind != .recipe || error.rendered().contains("error["))
      }
    }
  }
}
