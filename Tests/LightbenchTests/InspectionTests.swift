import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// What `explain`, `plan` and `graph` say of an experiment that ran.
  @Suite struct InspectionTests {
    private static let longer = ["-S", "train[marker=neun].steps=40"]

    @Test func `explain tells a changed field with both values and the option that set it`() async throws {
      let place = try await Shared.finished
      let ending = try await place.start(["explain", "tiny.yaml", "train[marker=neun]"] + Self.longer).ending()
      #expect(ending.code == 0, "\(ending.all)")
      #expect(ending.output.hasPrefix("train[marker=neun] runs: steps 30 -> 40"), "\(ending.output)")
      let lines = ending.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.contains(["field", "was", "is", "where"]))
      #expect(lines.contains(["steps", "30", "40", "-S:1:26"]))
      #expect(lines.contains { $0.starts(with: ["train", "prepare[marker=neun].train", "cached"]) })
    }

    @Test func `explain tells why a task may run, down to the root`() async throws {
      let place = try await Shared.finished
      let ending = try await place.start(
        ["explain", "tiny.yaml", "evaluate@model=neun,test=cfos"] + Self.longer
      ).ending()
      #expect(ending.output.hasPrefix("evaluate[model=neun,test=cfos] runs only if its inputs change\n"))
      #expect(
        ending.output.contains(
          """

          because
            input detections <- detect[model=neun,test=cfos], which may run
              input model <- train[marker=neun], which runs: steps 30 -> 40
          """), "\(ending.output)")
      #expect(ending.output.contains("\nat the root\n  train[marker=neun] steps 30 -> 40"))
    }

    @Test func `explain tells of a cached task what it is made of, and where each value stands`() async throws {
      let place = try await Shared.finished
      let ending = try await place.expect(0, "explain", "tiny.yaml", "train[marker=neun]")
      #expect(
        ending.output.hasPrefix(
          "train[marker=neun] is cached: every field of its key is that of a result in the store\n  computed "))
      let lines = ending.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.contains(["steps", "30", "tiny.yaml:11:16"]))
      #expect(lines.contains(["loss.kind", "'focal'", "default"]))
      #expect(lines.contains { $0.first == "seed" && $0.last == "\(Workplace.recipe):4:7" })
    }

    @Test(arguments: [
      ("trian", "error: no task of 'tiny.yaml' matches 'trian'; did you mean 'train'?\n"),
      ("train[marker=pv]", "error: no task of 'tiny.yaml' matches 'train[marker=pv]'; there is 'train[marker=neun]'\n"),
    ])
    func `a selector that matches nothing is an error with what there is`(text: String, message: String) async throws {
      let ending = try await Shared.finished.expect(4, "explain", "tiny.yaml", text)
      #expect(ending.errors == message)
    }

    @Test func `plan counts what runs and what may, and names the line`() async throws {
      let place = try await Shared.finished
      let ending = try await place.start(["plan", "tiny.yaml", "--exit-code"] + Self.longer).ending()
      #expect(ending.code == 10)
      let lines = ending.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first == ["stage", "tasks", "cached", "run", "maybe", "time", "memory", "reason"])
      #expect(lines.contains(["regions", "2", "2", "0", "0", "-", "-"]))
      #expect(
        lines.contains {
          $0.starts(with: ["train", "2", "1", "1", "0"]) && $0.last == "-S:1:26" && $0.contains("train[marker=neun]")
        })
      #expect(lines.contains { $0.suffix(4) == ["input", "model", "<-", "train[marker=neun]"] })
      #expect(
        ending.output.hasSuffix("\n1 task runs; 5 run only if their inputs change. Nothing was run.\n"),
        "\(ending.output)")
      let tasks = try await place.start(["plan", "tiny.yaml", "-v"] + Self.longer).ending()
      #expect(tasks.output.contains("\ntrain[marker=cfos] ") && tasks.output.contains(" resumes at 24  -S:1:26\n"))
    }

    @Test func `graph needs no store and draws stages or tasks in four formats`() async throws {
      let place = try Workplace()
      let text = try await place.expect(0, "graph", "tiny.yaml")
      #expect(text.output.contains("train.detector, 2 tasks       train <- prepare.train, validation <- prepare."))
      let mermaid = try await place.expect(0, "graph", "tiny.yaml", "--format", "mermaid", "--tasks")
      #expect(mermaid.output.hasPrefix("flowchart TD\n  n0[\"regions[marker=neun]<br/>phantom.regions\"]\n"))
      let recipe = try await place.expect(0, "graph", Workplace.recipe.string, "--format", "dot")
      #expect(recipe.output.contains("  n0 [label=\"regions\\ninput, annotated-regions\"];\n"))
      #expect(try place.names(in: ".").contains("store") == false)
    }

    @Test(.enabled(if: EndToEnd.isFull && FileManager.default.isExecutableFile(atPath: "/usr/bin/dot")))
    func `Graphviz draws the graph`() async throws {
      let place = try Workplace()
      for arguments in [["graph", "tiny.yaml"], ["graph", "tiny.yaml", "--tasks"]] {
        let ending = try await place.start(arguments + ["--format", "dot"]).ending()
        try place.write(ending.output, to: "graph.dot")
        let dot = Process()
        dot.executableURL = URL(filePath: "/usr/bin/dot")
        dot.arguments = ["-Tsvg", "-o", "graph.svg", "graph.dot"]
        dot.currentDirectoryURL = URL(filePath: place.folder.string)
        try dot.run()
        dot.waitUntilExit()
        #expect(dot.terminationStatus == 0)
        #expect(try place.read("graph.svg").contains("evaluate"))
      }
    }
  }
}
