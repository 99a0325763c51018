import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Tables that are asked for, and what comes out of recorded runs.
  @Suite struct TableTests {
    private func lines(_ text: String) -> [[String]] {
      text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    @Test func `any metric of any stage is set out over its axes, the best marked`() async throws {
      let place = try await Shared.finished
      let ending = try await place.expect(0, "table", "tiny.yaml", "--metric", "recall.pooled")
      #expect(ending.output.hasPrefix("tiny, evaluate: recall.pooled\n\nmodel \\ test "), "\(ending.output)")
      let rows = lines(ending.output)
      for model in ["neun", "cfos"] { #expect(rows.contains { $0.first == model && $0.count == 3 }) }
      #expect(ending.output.contains("*: the best of its column; higher is better\n"))
      let mean = try await place.expect(
        0, "table", "tiny.yaml", "--metric", "f1.pooled", "--rows", "model", "--mean", "test", "--format", "csv")
      #expect(mean.output.split(separator: "\n").first == "model,f1.pooled")
      #expect(mean.output.split(separator: "\n").count == 3)
    }

    @Test func `the tasks of a stage are listed with what they differ in`() async throws {
      let place = try await Shared.finished
      let all = try await place.expect(0, "table", "tiny.yaml", "--stage", "train")
      #expect(lines(all.output).contains { $0.starts(with: ["marker", "batch", "crop"]) }, "\(all.output)")
      let changed = try await place.expect(0, "table", "tiny.yaml", "--stage", "train", "--changed")
      #expect(!changed.output.contains("batch") && changed.output.contains(" loss "), "\(changed.output)")
    }

    @Test(arguments: [
      ("latex", "\\begin{tabular}{lrr}\n\\toprule\ntrained on \\textbackslash{} tested on & NeuN & cFos \\\\\n"),
      ("json", "\"listing\":\"table\", \"schema\":1, \"tables\":[{\"best\":[[false, true, false], "),
    ])
    func `the recipe's tables come as LaTeX and JSON too`(format: String, words: String) async throws {
      let ending = try await Shared.finished.expect(0, "table", "tiny.yaml", "--format", format)
      #expect(ending.output.contains(words), "\(ending.output)")
    }

    @Test func `tables and artifacts of a run come out though its experiment is no more`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let usual = try await place.expect(0, "table", "tiny.yaml")
      let model = try await place.expect(0, "get", "tiny.yaml", "train[marker=cfos].model", "-o", "now.safetensors")
      #expect(model.output == "train[marker=cfos].model -> now.safetensors\n")
      try FileManager.default.removeItem(atPath: place.folder.appending("tiny.yaml").string)
      let name = try #require(try place.names(in: "store/runs").last?.replacing(".jsonl", with: ""))
      let table = try await place.expect(0, "table", "tiny.yaml", "--run", name)
      let cells = lines(usual.output).filter { $0.count == 3 && ["NeuN", "cFos", "dog", "chance"].contains($0[0]) }
      #expect(cells.count == 4)
      #expect(lines(table.output).filter { cells.contains($0) } == cells, "\(table.output)")
      #expect(table.output.hasPrefix("tiny, run \(name)\n"))
      let metric = try await place.expect(0, "table", "tiny.yaml", "--run", "tiny", "--metric", "f1.pooled")
      #expect(metric.output.hasPrefix("tiny, run \(name), evaluate: f1.pooled\n"))
      try await place.expect(
        0, "get", "tiny.yaml", "train[marker=cfos]", "--run", String(name.suffix(6)), "-o", "then.safetensors")
      #expect(try place.bytes("now.safetensors") == place.bytes("then.safetensors"))
      let other = try await place.expect(4, "table", "other.yaml", "--run", name)
      #expect(other.errors == "error: the run '\(name)' is one of 'tiny', not of 'other'\n")
    }

    @Test(arguments: [
      (["--changed"], 2, "name what to show: --metric METRIC for a table, --stage STAGE for a line a task"),
      (["--metric", "f1.poled"], 4, "error: no task measured 'f1.poled'; did you mean 'f1.pooled'?\n"),
      (
        ["--metric", "f1.pooled", "--rows", "marker"], 4,
        "error: 'evaluate' has no axis 'marker'; its axes are 'model', 'test'\n"
      ),
    ])
    func `a table that cannot be made says why`(options: [String], code: Int32, message: String) async throws {
      let ending = try await Shared.finished.start(["table", "tiny.yaml"] + options).ending()
      #expect(ending.code == code)
      #expect(ending.errors.contains(message), "\(ending.all)")
    }
  }
}
