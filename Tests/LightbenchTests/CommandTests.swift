import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// What every command says of an experiment that ran.
  @Suite struct CommandTests {
    @Test func `a run says each task, how long it took, and how many were computed`() async throws {
      let ending = try await Shared.ending
      #expect(ending.code == 0)
      #expect(ending.output.hasPrefix("tiny: 23 tasks, 2 at once\n"))
      #expect(ending.output.contains("] train[marker=neun]: done in "))
      #expect(ending.output.contains("] matrix: done in "))
      #expect(ending.output.contains("\n23 tasks: 21 computed, 2 cached; "))
      #expect(ending.errors.isEmpty)
    }

    @Test func `a second run has nothing to do`() async throws {
      let place = try await Shared.finished
      let records = try place.names(in: "store/runs")
      let ending = try await place.expect(0, "run", "tiny.yaml")
      #expect(ending.output == "tiny: 23 tasks, everything is up to date.\n")
      #expect(try place.names(in: "store/runs") == records)
    }

    @Test func `the table has a row for each model, for dog and for chance`() async throws {
      let ending = try await Shared.finished.expect(0, "table", "tiny.yaml")
      let lines = ending.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.contains { $0.suffix(2) == ["NeuN", "cFos"] })
      for row in ["NeuN", "cFos", "dog", "chance"] {
        let cells = try #require(lines.first { $0.first == row && $0.count == 3 }, "no row '\(row)' of two cells")
        let values = cells.dropFirst().compactMap { Double($0.filter { $0 != "*" }) }
        #expect(values.count == 2 && values.allSatisfy { (0...1).contains($0) })
      }
      #expect(ending.output.contains("f1.pooled: mean of the diagonal (*) "))
    }

    @Test(arguments: [("csv", "row,kind,neun,cfos\nneun,model,"), ("md", "| ")])
    func `the table comes in other formats`(format: String, words: String) async throws {
      let ending = try await Shared.finished.expect(0, "table", "tiny.yaml", "--format", format)
      #expect(ending.output.contains(words), "\(ending.output)")
    }

    @Test func `results are written once, compared, and found to differ after an edit`() async throws {
      let place = try await Shared.finished
      let first = try await place.expect(0, "results", "tiny.yaml")
      #expect(first.output.hasPrefix("results/tiny: 16 files, 16 changed\n"))
      #expect(
        try place.names(in: "results/tiny")
          == [
            "matrix-detections.png", "matrix-sensitivity.svg", "matrix.calibration.csv", "matrix.cells.csv",
            "matrix.csv", "matrix.curve.csv", "matrix.evaluation.csv", "matrix.evaluation.md", "matrix.gap.csv",
            "matrix.gap.models.csv", "matrix.md",
            "matrix.regions.csv", "matrix.sensitivity.csv", "matrix.svg", "provenance.json", "recipe.yaml",
          ])
      let second = try await place.expect(0, "results", "tiny.yaml")
      #expect(second.output == "results/tiny: 16 files, 0 changed\n")
      let same = try await place.expect(0, "results", "--check", "tiny.yaml")
      #expect(same.output == "16 files in results/tiny are as they should be\n")

      try place.write(try place.read("results/tiny/matrix.csv") + "edited", to: "results/tiny/matrix.csv")
      let edited = try await place.expect(1, "results", "--check", "tiny.yaml")
      #expect(edited.output == "differs: results/tiny/matrix.csv\n")
    }

    @Test func `results name no time, host or place`() async throws {
      let place = try await Shared.finished
      try await place.expect(0, "results", "tiny.yaml", "-o", "elsewhere")
      for name in try place.names(in: "elsewhere/tiny") {
        let text = try place.read("elsewhere/tiny/" + name)
        #expect(!text.contains(place.folder.string) && !text.contains(Workplace.package.string), "\(name)")
        #expect(!text.contains(ProcessInfo.processInfo.hostName + " "), "\(name)")
      }
    }

    @Test func `the resolved recipe of the results is the same experiment`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try await place.expect(0, "results", "tiny.yaml", "-o", "resolved")
      let ending = try await place.expect(0, "run", "resolved/tiny/recipe.yaml")
      #expect(ending.output.hasSuffix("everything is up to date.\n"))
    }

    @Test(arguments: [
      ("prepare[marker=neun].train", ["train-1.csv", "train-1.ome.zarr"], "z,y,x\n"),
      ("regions[marker=neun]", ["test-1.csv", "test-1.ome.zarr"], "z,y,x\n"),
    ])
    func `regions are taken out as images and tables`(selector: String, names: [String], head: String) async throws {
      let place = try await Shared.finished
      try await place.expect(0, "get", "tiny.yaml", selector, "-o", "out-regions")
      let found = try place.names(in: "out-regions")
      #expect(Set(names).isSubset(of: found))
      #expect(try place.read("out-regions/" + names[0]).hasPrefix(head))
      #expect(try place.read("out-regions/" + names[1] + "/zarr.json").contains("\"multiscales\""))
      try FileManager.default.removeItem(atPath: place.folder.appending("out-regions").string)
    }

    @Test(arguments: [
      ("detect[model=neun,test=cfos]", "region,z,y,x,score\n"), ("matrix", "row,neun,cfos\n"),
      ("evaluate[model=neun,test=cfos].metrics", "metric,value,unit\n"),
      ("train.metrics@marker=neun", "metric,value,unit\n"),
    ])
    func `tables are taken out as text`(selector: String, head: String) async throws {
      let place = try await Shared.finished
      let ending = try await place.expect(0, "get", "tiny.yaml", selector, "-o", "out.csv")
      #expect(ending.output.hasSuffix("-> out.csv\n"))
      #expect(try place.read("out.csv").hasPrefix(head))
    }

    @Test func `a model is taken out as safetensors`() async throws {
      let place = try await Shared.finished
      try await place.expect(0, "get", "tiny.yaml", "train[marker=cfos].model", "-o", "cfos.safetensors")
      let bytes = try place.bytes("cfos.safetensors")
      let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      let header = try JSONSerialization.jsonObject(with: bytes.dropFirst(8).prefix(length)) as? [String: Any]
      #expect((header?.count ?? 0) > 5)
    }

    @Test func `status counts what the last run did, and lists runs`() async throws {
      let place = try await Shared.finished
      let one = try await place.expect(0, "status", "tiny.yaml")
      let lines = one.output.split(separator: "\n")
      #expect(lines.first?.hasSuffix("  tiny  done") == true)
      #expect(lines.contains { $0.split(separator: " ") == ["detect", "4", "0", "4", "0", "0", "0"] })
      let all = try await place.expect(0, "status")
      #expect(all.output.split(separator: "\n").count == 3)
      let run = try #require(lines.first?.split(separator: " ").dropFirst().first.map(String.init))
      #expect(try await place.expect(0, "status", run).output == one.output)
      let none = try await place.expect(0, "status", "other.yaml")
      #expect(none.output.contains("'other.yaml' never ran"))
    }

    @Test func `plan says that everything is there`() async throws {
      let ending = try await Shared.finished.expect(0, "plan", "--exit-code", "tiny.yaml")
      #expect(ending.output.hasSuffix("Everything is up to date.\n"))
    }

    @Test func `check counts the tasks and needs no store`() async throws {
      let place = try Workplace()
      let ending = try await place.expect(0, "check", "tiny.yaml", Workplace.recipe.string)
      #expect(
        ending.output == """
          tiny.yaml: 23 tasks in 10 stages
          \(Workplace.recipe): 109 tasks in 9 stages; input 'regions' is not bound

          """)
      #expect(try place.names(in: ".").contains("store") == false)
    }

    @Test func `stages lists the kinds, and one kind's parameters`() async throws {
      let place = try Workplace()
      let all = try await place.expect(0, "stages")
      #expect(all.output.contains("\ntrain.detector "))
      let one = try await place.expect(0, "stages", "train.detector")
      #expect(one.output.contains("  in   train: annotated-regions (one or more)\n"))
      #expect(one.output.contains("\n  steps "))
    }

    @Test func `cache lists, verifies, and keeps what runs reach`() async throws {
      let place = try await Shared.finished
      let list = try await place.expect(0, "cache", "ls")
      #expect(list.output.contains("  train[marker=neun] "))
      #expect(list.output.split(separator: "\n").last?.hasPrefix("23 tasks, ") == true)
      let verified = try await place.expect(0, "cache", "verify")
      #expect(verified.output.contains(" objects, "))
      let kept = try await place.expect(0, "cache", "gc")
      #expect(kept.output.hasPrefix("gone: 0 tasks, 0 objects, 0 pieces of litter, 0 B"))
      #expect(kept.output.contains("\nkept: 23 tasks, "))
    }

    @Test func `gc removes what no recent run reaches, unless an experiment keeps it`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let kept = try await place.expect(0, "cache", "gc", "--days", "0", "--keep", "tiny.yaml", "--dry-run")
      #expect(kept.output.contains("would go: 0 tasks, "))
      let gone = try await place.expect(0, "cache", "gc", "--days", "0")
      #expect(gone.output.contains("gone: matrix (table.pivot)\n"))
      #expect(gone.output.contains("\nkept: 0 tasks, "))
      #expect(try place.store.published().isEmpty)
    }

    @Test(arguments: [
      ["plan", "tiny.yaml"], ["status", "tiny.yaml"], ["status"], ["stages"], ["cache", "ls"], ["cache", "du"],
      ["cache", "verify"], ["cache", "gc", "--dry-run"], ["graph", "tiny.yaml"],
      ["explain", "tiny.yaml", "train"], ["diff", "tiny", "tiny"], ["table", "tiny.yaml"],
      ["stages", "train.detector"],
      ["check", "tiny.yaml"],
    ])
    func `every listing comes as JSON with the version of its schema`(arguments: [String]) async throws {
      let ending = try await Shared.finished.start(arguments + ["--json"]).ending()
      #expect(ending.code == 0)
      let document = try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any]
      #expect(document?["schema"] as? Int == 1)
    }

    @Test func `help names every command and every exit code`() async throws {
      let place = try Workplace()
      let help = try await place.expect(0, "--help")
      for word in [
        "run", "plan", "explain", "graph", "check", "status", "logs", "diff", "table", "results", "get", "predict",
        "model", "stages",
        "cache",
      ] {
        #expect(help.output.contains("\n  \(word) "))
      }
      for code in [
        "0 ok", "1 a task", "2 bad", "3 recipe", "4 a selector", "5 store", "6 environment", "75", "130", "10",
      ] {
        #expect(help.output.replacing("\n", with: " ").contains(code), "\(code)")
      }
    }
  }
}
