import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// What a run does when it is told how far, how long and what anew, and what it says of the store.
  @Suite struct RunOptionTests {
    @Test func `until runs a stage and all that does not come after it`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      let ending = try await place.expect(0, "run", "tiny.yaml", "--until", "prepare", "-j", "2")
      #expect(ending.output.contains("tiny: 4 tasks, 2 at once\n"), "\(ending.all)")
      #expect(ending.output.contains("4 tasks: 2 computed, 2 cached; "), "\(ending.all)")
      let missing = try await place.expect(4, "run", "tiny.yaml", "--until", "prepares")
      #expect(missing.errors.contains("no task of 'tiny.yaml' matches 'prepares'"))
    }

    @Test func `status tells which tasks were asked for, and misses no others`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      try await place.expect(0, "run", "tiny.yaml", "--until", "prepare", "--only", "prepare[marker=neun]")
      let status = try await place.expect(0, "status", "tiny.yaml")
      let lines = status.output.split(separator: "\n").map(String.init)
      #expect(lines.first?.hasSuffix("  tiny  done") == true, "\(status.all)")
      #expect(
        lines.dropFirst() == [
          "2 of 23 tasks were asked for: --only 'prepare[marker=neun]' --until prepare",
          "stage    tasks  cached  computed  running  failed  missing",
          "regions      1       1         0        0       0        0",
          "prepare      1       0         1        0       0        0",
        ], "\(status.all)")
      let all = try await place.expect(0, "status")
      #expect(all.output.contains("  2 of 23         1       0  done\n"), "\(all.all)")
      let json = try await place.expect(0, "status", "tiny.yaml", "--json")
      #expect(
        json.output.contains(
          #""chosen":{"experiment_tasks":23, "only":["prepare[marker=neun]"], "until":["prepare"]}"#), "\(json.all)")
    }

    @Test func `a run with nothing to do says so where nothing can be recorded`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let runs = place.store.root.appending("runs").string
      try FileManager.default.removeItem(atPath: runs)
      try Data().write(to: URL(filePath: runs))
      let ending = try await place.expect(0, "run", "tiny.yaml", "--only", "prepare")
      #expect(ending.output == "tiny: 4 tasks, everything is up to date.\n")
      #expect(
        ending.errors.hasPrefix("note: 'cache gc' will not know that these results are in use, for lack of a record: "))
    }

    @Test func `a dry run says what the chosen tasks need, and where nothing is chosen`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      let ending = try await place.expect(0, "run", "tiny.yaml", "-n", "--until", "prepare")
      #expect(ending.output.hasSuffix("\n2 tasks run. Nothing was run.\n"), "\(ending.all)")
      // Below the table stands what '~' means, where a time is an estimate.
      let table = ending.output.split(separator: "\n").dropLast().prefix { !$0.hasPrefix("~: ") }
      #expect(table.compactMap { $0.split(separator: " ").first } == ["stage", "regions", "prepare"])
      let missing = try await place.expect(4, "run", "tiny.yaml", "-n", "--only", "prepares")
      #expect(missing.errors.contains("no task of 'tiny.yaml' matches 'prepares'"), "\(missing.all)")
    }

    @Test func `a run with nothing to do is recorded once a day`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.removeItem(atPath: place.store.root.appending("runs").string)
      try FileManager.default.createDirectory(
        atPath: place.store.root.appending("runs").string, withIntermediateDirectories: true)
      for _ in 0..<2 {
        let ending = try await place.expect(0, "run", "tiny.yaml")
        #expect(ending.output == "tiny: 23 tasks, everything is up to date.\n")
      }
      try #require(place.store.records().count == 1)
      let lines = try place.store.record(place.store.records()[0])
      #expect(lines.count == 23 && lines.allSatisfy { $0.state == "cached" && $0.fingerprint != nil })
      let status = try await place.expect(0, "status", "tiny.yaml")
      #expect(status.output.contains("  tiny  done\n"), "\(status.all)")
    }

    @Test func `a part that is up to date does not stand for the whole`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      for name in place.store.records() {
        try FileManager.default.removeItem(atPath: place.store.root.appending("runs").appending(name).string)
      }
      try await place.expect(0, "run", "tiny.yaml", "--only", "prepare")
      try await place.expect(0, "run", "tiny.yaml", "--only", "prepare")
      #expect(place.store.records().count == 1)
      try await place.expect(0, "run", "tiny.yaml")
      try await place.expect(0, "run", "tiny.yaml", "--only", "regions")
      try #require(place.store.records().count == 2)
      #expect(try place.store.record(place.store.records()[1]).count == 23)
    }

    @Test func `a record that finds no room ends with a whole line`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      let name = try #require(place.store.records().last)
      let header = try place.read("store/runs/" + name).split(separator: "\n")[0].utf8.count
      // Room for the first line and a part of those of 23 tasks; blocks of 512 bytes.
      let line = "trap '' XFSZ; ulimit -f \(header / 512 + 2); exec \(Program.path) run tiny.yaml"
      let variables = ["LIGHTBENCH_STORE": place.store.root.string]
      let ending = try await Program("/bin/sh", ["-c", line], in: place.folder, variables).ending()
      #expect(ending.code == 6, "\(ending.all)")
      #expect(ending.errors.contains(": file too large"), "\(ending.all)")
      let record = try place.bytes("store/runs/" + (try #require(place.store.records().last)))
      #expect(place.store.records().last != name && record.last == UInt8(ascii: "\n"))
      try await place.expect(0, "plan", "tiny.yaml")
    }

    @Test func `a forced training begins at its first step and ends with the same bytes`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      #expect(!place.store.checkpoints().isEmpty)
      let before = try place.store.outputs()
      let ending = try await place.expect(0, "run", "tiny.yaml", "--force", "train[marker=neun]")
      #expect(!ending.output.contains("resumes at step"), "\(ending.all)")
      #expect(ending.output.contains("1 computed, "), "\(ending.all)")
      #expect(!ending.output.contains("conflict"), "\(ending.all)")
      #expect(try place.store.outputs() == before)
    }

    @Test func `at its deadline a run stops after checkpoints`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let ending = try await place.expect(
        75, "run", "tiny.yaml", "-S", "train.steps=100000", "--only", "train[marker=neun]", "--deadline", "2 s")
      #expect(ending.output.contains("1 not finished; "), "\(ending.all)")
      #expect((place.store.checkpoints().max() ?? 0) > 24)
    }

    @Test(arguments: ["25:00", "7:30", "soon", "0 s", "8"])
    func `a deadline is a time of day or a span`(text: String) async throws {
      let ending = try await Workplace().expect(2, "run", "tiny.yaml", "--deadline", text)
      #expect(ending.errors.contains("The value '\(text)' is invalid for '--deadline <deadline>'"), "\(ending.all)")
    }

    @Test func `a run says how much it added, and how much room is left`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      let ending = try await place.expect(0, "run", "tiny.yaml", "--only", "prepare[marker=neun]")
      let line = try #require(ending.output.split(separator: "\n").first { $0.hasPrefix("store: ") }, "\(ending.all)")
      #expect(line.firstMatch(of: /^store: [0-9.]+ (KiB|MiB) new, [0-9.]+ (MiB|GiB|TiB) free on its disk$/) != nil)
    }

    @Test func `an input found damaged is quarantined, computed again and reported, in one run`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let sound = try place.store.contents(of: "objects")
      // Every volume of the store: the training that needs one finds it.
      for (path, bytes) in sound where path.contains("volumes.zarr") && bytes.count > 2000 {
        try place.store.flip(path)
      }
      let ending = try await place.expect(
        0, "run", "tiny.yaml", "-S", "train.steps=31", "--only", "train[marker=neun]")
      #expect(
        ending.output.contains(
          "prepare[marker=neun]: computed again: train[marker=neun] found an output damaged or lost\n"),
        "\(ending.all)")
      #expect(ending.output.contains("\ndamaged, now in quarantine: "), "\(ending.all)")
      #expect(ending.output.contains("has another checksum\n"), "\(ending.all)")
      let status = try await place.expect(0, "status", "tiny.yaml")
      #expect(status.output.contains("  tiny  done\n"), "\(status.all)")
      let record = try #require(place.store.records().last)
      let text = String(decoding: try place.bytes("store/runs/\(record)"), as: UTF8.self)
      #expect(text.contains("\"quarantined\":[\""))
      #expect(text.contains("an output was damaged or lost when train[marker=neun] wanted to read it"))
    }
  }
}
