import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// What runs again after a change, and what does not.
  @Suite struct ChangeTests {
    @Test func `more steps: plan says which trainings run, why, and where they resume`() async throws {
      let place = try await Shared.finished
      let ending = try await place.expect(10, "plan", "--exit-code", "-v", "tiny.yaml", "-S", "train.steps=40")
      let lines = ending.output.split(separator: "\n").map(String.init)
      for marker in ["neun", "cfos"] {
        let line = try #require(lines.first { $0.hasPrefix("train[marker=\(marker)] ") })
        #expect(line.contains(" run ") && line.hasSuffix("  steps 30 -> 40, resumes at 24  -S:1:13"), "\(line)")
      }
      #expect(
        lines.contains {
          $0.hasPrefix("detect[model=neun,test=cfos] ") && $0.contains("input model <- train[marker=neun]")
        })
      #expect(lines.contains { $0.hasPrefix("dog[test=neun] ") && $0.contains(" cached") })
      #expect(lines.last == "2 tasks run; 9 run only if their inputs change. Nothing was run.")
    }

    @Test func `more steps in the file: the reason names the line, and the run resumes there`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try place.write(
        try place.read("tiny.yaml").replacing("train.steps: 30", with: "train.steps: 40"), to: "tiny.yaml")
      let plan = try await place.expect(0, "plan", "tiny.yaml")
      #expect(
        plan.output.contains("train[marker=neun] steps 30 -> 40, resumes at 24  tiny.yaml:11:16"), "\(plan.output)")
      let ending = try await place.expect(0, "run", "tiny.yaml", "--only", "train[marker=neun]")
      #expect(ending.output.contains("train[marker=neun]: resumes at step 24\n"))
      #expect(ending.output.contains("3 tasks: 1 computed, 2 cached; "), "\(ending.output)")
    }

    @Test func `an experiment's comments and the order of its keys change nothing`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try place.write(
        """
        # The same as tiny.yaml, from the end to the beginning.
        set:
          train.steps: 30   # as before
          train.batch: 1
          train.crop: [8, 32, 32]
          train.model: {patch: [1, 2, 2], kernel: 3, depth: 1, dim: 8, kind: convmixer3d}
        bind:
          regions:
            with: {size: [8, 48, 48], test: 1, validation: 1, train: 1, marker: $marker}
            use: phantom.regions
        axes: {marker: [cfos, neun]}
        recipe: \(Workplace.recipe)
        lightbench: 1

        """, to: "reordered.yaml")
      let plan = try await place.expect(10, "plan", "reordered.yaml", "--exit-code")
      // The order of an axis is that of the table's rows: the table alone is made again.
      #expect(plan.output.hasSuffix("1 task runs. Nothing was run.\n"), "\(plan.output)")
      try place.write(
        try place.read("reordered.yaml").replacing("[cfos, neun]", with: "[neun, cfos]"), to: "reordered.yaml")
      try await expectNothingRuns(place, "reordered.yaml")
    }

    @Test func `renamed stages, with their keys in another order, change nothing`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      var recipe = try String(contentsOfFile: Workplace.recipe.string, encoding: .utf8)
      let names = [
        ("\n  prepare:\n", "\n  scaled:\n"), ("prepare.train", "scaled.train"), ("prepare.test", "scaled.test"),
        ("prepare.validation", "scaled.validation"), ("\n  train:\n", "\n  detector:\n"),
        ("train.model[", "detector.model["),
        ("\n  evaluate_dog:\n", "\n  blob_scores:\n"), ("from: evaluate_dog", "from: blob_scores"),
        ("{percentiles: [0.5, 99.8]}", "{percentiles: [0.5, 99.8]}   # a comment"),
        ("      batch: 8\n      steps: 1500\n", "      steps: 1500\n      batch: 8\n"),
        ("name: generalization", "name: renamed"),
      ]
      for (old, new) in names {
        #expect(recipe.contains(old), "the recipe has no '\(old)' any more")
        recipe = recipe.replacing(old, with: new)
      }
      try place.write(recipe, to: "renamed-recipe.yaml")
      let experiment = try place.read("tiny.yaml").replacing(Workplace.recipe.string, with: "renamed-recipe.yaml")
        .replacing("  train.", with: "  detector.")
      try place.write(experiment, to: "renamed.yaml")
      try await expectNothingRuns(place, "renamed.yaml")
    }

    private func expectNothingRuns(_ place: Workplace, _ file: String) async throws {
      let plan = try await place.expect(0, "plan", "--exit-code", file)
      #expect(plan.output.hasSuffix("Everything is up to date.\n"), "\(plan.output)")
      let run = try await place.expect(0, "run", file)
      #expect(run.output.hasSuffix(": 23 tasks, everything is up to date.\n"))
    }
  }
}
