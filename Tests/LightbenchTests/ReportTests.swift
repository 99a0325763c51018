import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// `lightbench report` and `lightbench run --report`.
  @Suite struct ReportTests {
    @Test func `one file has all of an experiment, figures and tables beside it, twice the same`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let ending = try await place.expect(0, "report", "tiny.yaml", "-o", "out/page.html")
      #expect(ending.output.hasPrefix("out/page.html: "), "\(ending.all)")
      #expect(ending.output.hasSuffix(" files in out/page-files\n"), "\(ending.all)")
      let page = try place.read("out/page.html")
      let anchors = ["answer", "gap", "evidence", "pictures", "cost", "repeat", "asked"]
      let found = page.components(separatedBy: "<section id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
      #expect(found.filter { anchors.contains(String($0)) } == anchors.map { Substring($0) }, "\(found)")
      for words in [
        "<figure id=\"figure-matrix\">", "<figure id=\"figure-matrix-sensitivity\">", "lightbench run tiny.yaml",
      ] {
        #expect(page.contains(words), "\(words)")
      }
      for name in ["precision-recall", "calibration", "tolerance", "training-train", "detections-neun", "timeline"] {
        #expect(page.contains("<figure id=\"figure-\(name)\">"), "\(name)")
      }
      #expect(!page.contains("http-equiv=\"refresh\"") && !page.contains("class=\"notice\""))
      #expect(page.utf8.count < 5_000_000)
      #expect(!page.contains(place.folder.string), "a path of this machine")
      let names = try place.names(in: "out/page-files")
      for name in ["matrix.csv", "matrix.svg", "matrix.gap.csv", "matrix.curve.csv", "cost.csv", "fingerprints.csv"] {
        #expect(names.contains(name), "\(names)")
      }
      try await place.expect(0, "report", "tiny.yaml", "-o", "new/page.html")
      #expect(try place.bytes("new/page.html") == place.bytes("out/page.html"))
    }

    @Test func `an experiment that never ran, or in part, gives a report that says what is missing`() async throws {
      let empty = try Workplace()
      let never = try await empty.expect(0, "report", "tiny.yaml", "--json")
      #expect(never.output.contains("\"listing\":\"report\", \"missing\":23, \"note\":null, \"path\":"), "\(never.all)")
      let page = try empty.read("store/reports/tiny.html")
      #expect(page.contains("This experiment has no results yet: none of its 23 tasks has run."))
      let part = try Workplace(copying: try await Shared.regions)
      let ending = try await part.expect(0, "report", "tiny.yaml", "-o", "page.html")
      #expect(
        ending.errors.contains("note: 21 of 23 tasks have no result yet; the report says which\n"), "\(ending.all)")
      #expect(try part.read("page.html").contains("This report is not complete: 21 of 23 tasks have no result yet."))
    }

    @Test func `without a program that draws there are no PNG files, and it says so`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      let ending = try await place.expect(0, "report", "tiny.yaml", "-o", "page.html", with: ["PATH": "/nowhere"])
      #expect(
        ending.errors.contains(
          "note: no PNG files beside the SVG ones: neither rsvg-convert nor chromium is in PATH\n"), "\(ending.all)")
    }

    @Test func `the report of a run comes out though its experiment is no more`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.removeItem(atPath: place.folder.appending("tiny.yaml").string)
      try await place.expect(0, "report", "tiny.yaml", "--run", "tiny")
      let name = try #require(try place.names(in: "store/reports").first { $0.hasSuffix(".html") })
      let run = try #require(try place.names(in: "store/runs").last?.replacing(".jsonl", with: ""))
      #expect(name == "tiny-\(run).html")
      let page = try place.read("store/reports/\(name)")
      #expect(page.contains("<figure id=\"figure-matrix\">") && page.contains("The resolved recipe"))
      #expect(page.contains("\nlightbench report tiny.yaml --run \(run)\n"))
    }

    @Test func `a report that cannot be written ends the command, and never a run`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try place.write("", to: "file")
      let ending = try await place.expect(6, "report", "tiny.yaml", "-o", "file/page.html")
      #expect(ending.errors.hasPrefix("error: cannot write '"), "\(ending.all)")
      try place.write("", to: "store/reports")
      let run = try await place.expect(
        0, "run", "tiny.yaml", "--report", "--only", "train[marker=neun]", "-S", "train.steps=31")
      #expect(run.errors.contains("warning: the report '"), "\(run.all)")
      #expect(run.errors.components(separatedBy: "warning: the report").count == 2, "said once: \(run.all)")
    }

    @Test func `while a run goes on its page reads itself again, and no longer once it was stopped`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let arguments = ["run", "tiny.yaml", "--report", "-S", "train.steps=100000", "--only", "train[marker=neun]"]
      let program = try place.start(arguments)
      let path = place.folder.appending("store/reports/tiny.html").string
      func page() -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
      }
      while !page().contains("train[marker=neun]: step ") { try await Task.sleep(for: .milliseconds(50)) }
      let running = page()
      #expect(running.contains("http-equiv=\"refresh\"") && running.hasSuffix("</html>\n"))
      #expect(running.contains(" tasks, ") && running.contains("<progress "))
      program.send(SIGINT)
      let ending = await program.ending()
      #expect(ending.code == 75, "\(ending.all)")
      #expect(ending.output.contains("\nreport: "), "\(ending.all)")
      #expect(!page().contains("http-equiv=\"refresh\"") && page().contains("This report is not complete: "))
    }

    @Test func `stopped at once, the last page is the one that was open, and no longer reads itself`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      // Steps of seconds, so that the first signal alone ends nothing.
      let program = try place.start([
        "run", "tiny.yaml", "--report", "--only", "train[marker=neun]", "-S",
        "train.model={dim: 32, depth: 2, kernel: 7}", "-S", "train.batch=256",
      ])
      let path = "store/reports/tiny.html"
      while !((try? place.read(path)) ?? "").contains("<li>train[marker=neun]") {
        try await Task.sleep(for: .milliseconds(50))
      }
      program.send(SIGINT)
      try await Task.sleep(for: .milliseconds(100))
      program.send(SIGINT)
      let ending = await program.ending()
      #expect(ending.code == 130, "\(ending.all)")
      #expect(ending.output.contains("\nreport: "), "\(ending.all)")
      let page = try place.read(path)
      #expect(page.hasSuffix("</html>\n") && page.contains("<section id=\"answer\""))
      #expect(!page.contains("http-equiv=\"refresh\"") && !page.contains("role=\"status\""))
    }

    @Test func `a figure that nobody draws as PNG is a note, and the last page has it all the same`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("bin").string, withIntermediateDirectories: false)
      try place.write("#!/bin/sh\nexit 3\n", to: "bin/rsvg-convert")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: place.folder.appending("bin/rsvg-convert").string)
      let ending = try await place.expect(
        0, "run", "tiny.yaml", "--report", "-S", "train.steps=31", with: ["PATH": place.folder.appending("bin").string])
      let tool = "\(place.folder)/bin/rsvg-convert"
      #expect(
        ending.errors.hasPrefix("note: not all figures are there as PNG: '\(tool)' did not draw '"), "\(ending.all)")
      #expect(ending.errors.hasSuffix(".svg': it ended with 3\n"), "\(ending.all)")
      let page = try place.read("store/reports/tiny.html")
      #expect(!page.contains("http-equiv=\"refresh\"") && page.contains("<figure id=\"figure-detections-neun\">"))
      #expect(try place.names(in: "store/reports/tiny-files").contains("matrix.svg"))
    }

    @Test func `a last report that cannot be made leaves the page of the run, which says why`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("store/reports").string, withIntermediateDirectories: true)
      try place.write("", to: "store/reports/tiny-files")
      let ending = try await place.expect(0, "run", "tiny.yaml", "--report", "-S", "train.steps=31")
      #expect(ending.errors.contains("warning: the report '"), "\(ending.all)")
      let page = try place.read("store/reports/tiny.html")
      #expect(page.contains("This is how it was while the run went on; the last report could not be made: "))
      #expect(!page.contains("http-equiv=\"refresh\"") && page.contains("<figure id=\"figure-matrix\">"))
    }

    @Test func `what --rehash read again is what reports show from then on`() async throws {
      let place = try Workplace()
      try place.write(
        """
        lightbench: 1
        name: own
        seed: 1
        stages:
          count: {use: exec.command, with: {argv: [sh, tool.sh], tools: [tool.sh], outputs: {t: table-csv}}}

        """, to: "own.yaml")
      try place.write("printf 'row,x\\na,1\\n' > out/t.csv\n", to: "tool.sh")
      // A file that changed just now is not remembered.
      try await Task.sleep(for: .milliseconds(2_100))
      try await place.expect(0, "run", "own.yaml")
      let memos = try place.store.contents(of: "memo")
      let (name, bytes) = try #require(memos.first)
      let memo = String(decoding: bytes, as: UTF8.self)
      let digest = try #require(memo.firstMatch(of: /[0-9a-f]{64}/)?.output)
      let other = String(digest.reversed())
      #expect(memos.count == 1 && other != digest)
      func forge() throws { try place.write(memo.replacing(digest, with: other), to: "store/memo/\(name)") }
      func isWhole(_ page: String) throws -> Bool { try !place.read(page).contains("class=\"notice\"") }
      try forge()
      try await place.expect(0, "report", "own.yaml", "-o", "trusting.html")
      #expect(try !isWhole("trusting.html"))
      try await place.expect(0, "report", "own.yaml", "--rehash", "-o", "again.html")
      try await place.expect(0, "report", "own.yaml", "-o", "after.html")
      #expect(try isWhole("again.html") && isWhole("after.html"))
      try forge()
      let run = try await place.expect(0, "run", "own.yaml", "--rehash", "--report", "--force", "count")
      #expect(try isWhole("store/reports/own.html"), "\(run.all)")
      #expect(try place.store.contents(of: "memo")[name] == bytes)
    }

    // MARK: - Other people's eyes

    private static func tool(_ names: String...) -> String? {
      let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      return names.lazy.compactMap { name in
        folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
      }.first
    }

    private func run(_ program: String, _ arguments: [String], in place: Workplace) async throws -> Program.Ending {
      try await Program(FilePath(program), arguments, in: place.folder).ending()
    }

    @Test(.enabled(if: tool("tidy") != nil, "needs HTML Tidy, Debian's package tidy"))
    func `a validator has nothing to say against the page`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try await place.expect(0, "report", "tiny.yaml", "-o", "page.html")
      let tidy = try await run(try #require(Self.tool("tidy")), ["-quiet", "-errors", "page.html"], in: place)
      // Tidy does not know the attributes of SVG.
      let found = tidy.errors.split(separator: "\n").filter { !$0.contains(" Warning: <svg> ") }
      #expect(found.isEmpty && tidy.code < 2, "\(tidy.all)")
    }

    private static let canLook = tool("chromium", "google-chrome") != nil && tool("python3") != nil

    /// What is wrong with a page in a browser at the widths of a desk and of a telephone, a line a finding.
    private func look(at page: String, in place: Workplace) async throws -> Program.Ending {
      let script = try #require(
        Foundation.Bundle.module.path(forResource: "look_at_page", ofType: "py", inDirectory: "Fixtures"))
      let chromium = try #require(Self.tool("chromium", "google-chrome"))
      return try await run(
        try #require(Self.tool("python3")), [script, chromium, page, "1280", "390"], in: place)
    }

    @Test(.enabled(if: canLook, "needs Chromium and Python, Debian's packages chromium and python3"))
    func `a browser shows all figures, no text on text, and has nothing to complain of`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try await place.expect(0, "report", "tiny.yaml", "-o", "page.html")
      let found = try await look(at: "page.html", in: place)
      #expect(found.code == 0 && found.output.isEmpty, "\(found.all)")
    }

    @Test(
      .enabled(if: canLook && EndToEnd.isFull, "needs Chromium, Python and LIGHTBENCH_TEST_FULL=1: it takes minutes"))
    func `the smoke variant of the phantoms is a page without fault`() async throws {
      let place = try Workplace()
      let arguments = [
        Workplace.package.appending("experiments/phantom-matrix.yaml").string, "--variant", "smoke", "--store",
        "phantoms",
      ]
      for command in [["run"] + arguments, ["report", "-o", "page.html"] + arguments] {
        let ending = try await place.start(command).ending()
        #expect(ending.code == 0, "\(ending.all)")
      }
      let found = try await look(at: "page.html", in: place)
      #expect(found.code == 0 && found.output.isEmpty, "\(found.all)")
    }

    @Test(.enabled(if: canLook, "needs Chromium and Python, Debian's packages chromium and python3"))
    func `what is wrong with a page is found`() async throws {
      let place = try Workplace()
      try place.write(
        """
        <!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>t</title><body>
        <p>The first line</p><p style="margin-top:-2.2em">The second line</p>
        <div style="width:2000px;height:9px">&nbsp;</div>
        <figure id="f"><img alt="" src="http://127.0.0.1:9/picture.png"></figure>
        <script>console.log("said aloud")</script>
        </body></html>

        """, to: "bad.html")
      let found = try await look(at: "bad.html", in: place)
      #expect(found.code == 0, "\(found.all)")
      for words in [
        "asks for http://127.0.0.1:9/picture.png", "1280: scrolls sideways: ", "390: scrolls sideways: ",
        "1280: text on text: 'The second line' and 'The first line'", "1280: f shows nothing", "said aloud",
      ] { #expect(found.output.contains(words), "\(words): \(found.all)") }
    }
  }
}
