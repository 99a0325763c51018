import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// The refinement of detections, run in its smallest form.
  @Suite struct RefinementRunTests {
    private static let file = Workplace.package.appending("experiments").appending("phantom-refinement.yaml").string

    @Test(.enabled(if: EndToEnd.isFull))
    func `the smallest refinement runs, says before and after by region, and is not run again`() async throws {
      let place = try Workplace()
      try await place.expect(0, "run", Self.file, "--variant", "smoke", "-j", "2")
      try await place.expect(0, "results", Self.file, "--variant", "smoke", "-o", "results")
      let folder = "results/phantom-refinement.smoke"
      let names = try place.names(in: folder)
      for name in ["matrix.refinement.csv", "matrix.refinement.regions.csv", "matrix.refiners.csv", "ranking.md"] {
        #expect(names.contains(name))
      }
      let regions = try place.read("\(folder)/matrix.refinement.regions.csv").split(separator: "\n")
      #expect(regions[0] == "test,refined by,region,F1 before,F1 after,absolute,relative,annotations")
      #expect(
        regions.dropFirst().map { $0.split(separator: ",").prefix(3).joined(separator: ",") }
          == ["neun,score-intensity,test-1", "neun,random-encoder,test-1"])
      let page = try place.read("\(folder)/matrix.md")
      for line in [
        "\n## Before and after refinement, by region\n", "\n- 1 x train.mae: preset smoke, scale 0.25, ",
        "\n- 3 x train.detector: steps 30, batch 2, ", "\n- seed of the recipe: 20260322\n",
      ] { #expect(page.contains(line), "\(line)") }
      try await place.expect(0, "results", Self.file, "--variant", "smoke", "-o", "results", "--check")
      let again = try await place.expect(0, "plan", Self.file, "--variant", "smoke")
      #expect(again.output.hasSuffix("Everything is up to date.\n"))
    }

    @Test func `proposals of a detector that has seen the region are refused, with exit 3`() async throws {
      let place = try Workplace()
      let recipe = try String(
        contentsOf: URL(filePath: Workplace.package.appending("recipes/refinement.yaml").string), encoding: .utf8)
      try place.write(
        recipe.replacing("in: {train: leave_out.rest, v", with: "in: {train: prepare.train, v"), to: "refinement.yaml")
      try place.write(
        """
        lightbench: 1
        recipe: refinement.yaml
        axes: {marker: [neun]}
        bind:
          regions: {use: phantom.regions, with: {marker: $marker, size: [16, 64, 64]}}

        """, to: "leaky.yaml")
      let ending = try await place.expect(3, "plan", "leaky.yaml")
      #expect(
        ending.errors.contains(
          "train_refiner[marker=neun,features=score-intensity] learns from what was found in region 'train-1', and "
            + "train_fold[marker=neun,fold=1] learned from the same voxels; so in 3 more tasks of the stage"))
    }
  }
}
