import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// The sweep of masked autoencoders, planned whole and run in its smallest form.
  @Suite struct SweepRunTests {
    private static let file = Workplace.package.appending("experiments").appending("phantom-mae-sweep.yaml").string

    @Test(arguments: ["sweep", "paper"])
    func `the plan says how long a preset takes, as an estimate until a step was timed`(preset: String) async throws {
      let place = try Workplace()
      let ending = try await place.expect(0, "plan", Self.file, "-S", "pretrain.preset=\(preset)")
      let line = try #require(ending.output.split(separator: "\n").first { $0.hasPrefix("pretrain ") })
      let words = line.split(separator: " ").map(String.init)
      #expect(words.starts(with: ["pretrain", "84", "0"]))
      #expect(words[5].hasPrefix("~"), "\(line)")
      // Days for the one, minutes for the other.
      #expect(words[5].hasSuffix("d") == (preset == "paper"), "\(line)")
      #expect(ending.output.contains("\n~: seconds of one core, estimated until such a task was timed here.\n"))
    }

    @Test func `a plan whose tasks were timed estimates nothing`() async throws {
      let ending = try await Shared.finished.expect(0, "plan", "tiny.yaml", "-S", "train.steps=60")
      #expect(!ending.output.contains("~"), "\(ending.output)")
    }

    @Test func `one whose tasks take much longer than those that were timed says so`() async throws {
      let ending = try await Shared.finished.expect(0, "plan", "tiny.yaml", "-S", "train.steps=600000")
      let line = try #require(ending.output.split(separator: "\n").first { $0.hasPrefix("train ") })
      #expect(line.split(separator: " ")[5].hasPrefix("~"), "\(line)")
    }

    @Test func `results say which run would tell the noise of the seed`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try place.write(
        try place.read("tiny.yaml").replacing("variants:\n", with: "variants:\n  seeds: {replicates: 2}\n"),
        to: "tiny.yaml")
      let ending = try await place.expect(0, "results", "tiny.yaml")
      #expect(
        ending.errors
          == "note: the tables are without the noise of the seed; run 'lightbench run tiny.yaml --variant seeds' first\n"
      )
      #expect(try await place.expect(0, "results", "tiny.yaml", "--check").output.contains("as they should be"))
    }

    @Test(.enabled(if: EndToEnd.isFull))
    func `the smallest sweep runs, is drawn, and is not run again`() async throws {
      let place = try Workplace()
      try await place.expect(0, "run", Self.file, "--variant", "smoke", "-j", "2")
      try await place.expect(0, "results", Self.file, "--variant", "smoke", "-o", "results")
      #expect(
        try place.names(in: "results/phantom-mae-sweep.smoke") == [
          "provenance.json", "recipe.yaml", "table-curves.svg", "table-loss-curves.svg",
          "table-reconstructions-all.png", "table-reconstructions-cfos.png", "table.cells.csv", "table.csv", "table.md",
          "table.svg",
        ])
      let cells = try place.read("results/phantom-mae-sweep.smoke/table.cells.csv").split(separator: "\n")
      #expect(cells.count == 9)
      #expect(cells[0].hasPrefix("row,column,validation.loss,"))
      #expect(cells.dropFirst().allSatisfy { $0.hasPrefix("small ") || $0.hasPrefix("large ") })
      try await place.expect(0, "results", Self.file, "--variant", "smoke", "-o", "results", "--check")
      let again = try await place.expect(0, "plan", Self.file, "--variant", "smoke")
      #expect(again.output.hasSuffix("Everything is up to date.\n"))
      let paper = try await place.expect(0, "plan", Self.file, "-S", "pretrain.preset=paper")
      let line = try #require(paper.output.split(separator: "\n").first { $0.hasPrefix("pretrain ") })
      #expect(line.split(separator: " ")[5].hasPrefix("~"), "\(line)")
      let table = try place.read("results/phantom-mae-sweep.smoke/table.md")
      #expect(table.contains("\n- trained by the preset 'smoke'\n"))
      let model = "best[geometry=small,dataset=cfos].model"
      let taken = try await place.expect(0, "get", Self.file, model, "--variant", "smoke", "-o", "mae.safetensors")
      #expect(taken.output == "\(model) -> mae.safetensors\n")
    }
  }
}
