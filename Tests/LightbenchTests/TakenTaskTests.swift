import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Tasks that an experiment takes from another are named as they are printed: `tiny/train[marker=neun]`.
  @Suite struct TakenTaskTests {
    private static let recipe = """
      lightbench: 1
      name: use
      seed: 3
      inputs: {model: {type: model}, regions: {type: annotated-regions}}
      stages:
        detect: {use: detect.model, in: {model: model, regions: regions}}

      """
    private static let experiment = """
      lightbench: 1
      recipe: use.yaml
      bind:
        model: {from: tiny, select: "train.model[marker=neun]"}
        regions: {from: tiny, select: "prepare.test[marker=neun]"}

      """

    /// A copy of a store in which `tiny.yaml` ran, beside an experiment that takes a model from it.
    private func workplace() async throws -> Workplace {
      let place = try Workplace(copying: try await Shared.finished)
      try place.write(Self.recipe, to: "use.yaml")
      try place.write(Self.experiment, to: "e.yaml")
      return place
    }

    @Test func `run, explain, get and the cache name them`() async throws {
      let place = try await workplace()
      let only = try await place.expect(0, "run", "e.yaml", "--only", "tiny/train@marker=neun")
      #expect(only.output == "e: 3 tasks, everything is up to date.\n")
      let until = try await place.expect(0, "run", "e.yaml", "-n", "--until", "tiny/train[marker=neun]")
      #expect(!until.output.contains("detect"), "\(until.all)")
      let explained = try await place.expect(0, "explain", "e.yaml", "tiny/train[marker=neun]")
      #expect(explained.output.hasPrefix("tiny/train[marker=neun] is cached: "), "\(explained.all)")
      for (number, selector) in ["tiny/train[marker=neun].model", "tiny/train.model@marker=neun"].enumerated() {
        let got = try await place.expect(0, "get", "e.yaml", selector, "-o", "m\(number).safetensors")
        #expect(got.output == "tiny/train[marker=neun].model -> m\(number).safetensors\n")
      }
      #expect(try place.bytes("m0.safetensors") == place.bytes("m1.safetensors"))
      let pinned = try await place.expect(0, "cache", "pin", "e.yaml", "tiny/train[marker=neun]")
      #expect(pinned.output.hasPrefix("3 results pinned"), "\(pinned.all)")
      let again = try await place.expect(0, "cache", "verify", "--rerun", "e.yaml:tiny/regions[marker=neun]")
      #expect(again.output == "1 task computed again, 1 with the same result\n")
    }

    @Test func `logs, diff and recorded artifacts name them`() async throws {
      let place = try await workplace()
      try await place.expect(0, "run", "e.yaml", "-j", "1")
      let log = try await place.expect(0, "logs", "tiny.yaml:train[marker=neun]")
      let texts = [
        "tiny/train[marker=neun]", "tiny/train@marker=neun", "e.yaml:tiny/train[marker=neun|cfos]", "e:tiny/train",
      ]
      for text in texts {
        #expect(try await place.expect(0, "logs", text).output == log.output, "\(text)")
      }
      let difference = try await place.expect(0, "diff", "e:tiny/train[marker=neun]", "tiny:train[marker=neun]")
      #expect(difference.output.hasPrefix("- tiny/train[marker=neun] of "), "\(difference.all)")
      let run = try #require(place.store.records().last).replacing(".jsonl", with: "")
      let got = try await place.expect(
        0, "get", "e.yaml", "tiny/train[marker=neun].model", "--run", run, "-o", "m.safetensors")
      #expect(got.output == "tiny/train[marker=neun].model -> m.safetensors\n")
    }

    @Test(arguments: [
      (["explain", "e.yaml", "tiny/trian"], "no task of 'e.yaml' matches 'tiny/trian'; did you mean 'tiny/train'?"),
      (
        ["run", "e.yaml", "--only", "tiny/train[marker=cfos]"],
        "no task of 'e.yaml' matches 'tiny/train[marker=cfos]'; there is 'tiny/train[marker=neun]'"
      ),
      (
        ["get", "e.yaml", "tiny/train[marker=pv].model", "-o", "m"], "no task matches 'tiny/train[marker=pv].model'"
      ),
      (
        ["logs", "tiny/trian"],
        "no run in the store 'STORE' has a task that matches 'tiny/trian'; 'lightbench status' lists runs"
      ),
    ])
    func `one that is not there is an error that says what is`(arguments: [String], message: String) async throws {
      let place = try await workplace()
      let ending = try await place.start(arguments).ending()
      #expect(ending.code == 4)
      #expect(ending.errors == "error: \(message.replacing("STORE", with: place.store.root.string))\n")
    }
  }
}
