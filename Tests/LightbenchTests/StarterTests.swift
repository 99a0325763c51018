import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// What `init`, `schema` and `completions` give.
  @Suite struct StarterTests {
    @Test func `init writes an experiment that checks, runs in seconds and makes a table`() async throws {
      let place = try Workplace()
      let written = try await place.expect(0, "init", "first")
      #expect(written.output.hasPrefix("wrote first/recipes/starter.yaml\nwrote first/experiments/starter.yaml\n"))
      let checked = try await place.expect(0, "check", "first/experiments/starter.yaml", "first/recipes/starter.yaml")
      #expect(
        checked.output == """
          first/experiments/starter.yaml: 15 tasks in 6 stages
          first/recipes/starter.yaml: 13 tasks in 5 stages; input 'regions' is not bound

          """)
      #expect(checked.errors.isEmpty)
      let run = try await place.expect(0, "run", "first/experiments/starter.yaml", "--variant", "smoke")
      #expect(run.output.contains("15 tasks: 15 computed"))
      let table = try await place.expect(0, "table", "first/experiments/starter.yaml", "--variant", "smoke")
      #expect(table.output.contains("NeuN"))
      let repeated = try await place.expect(0, "plan", "first/experiments/starter.yaml", "--variant", "repeated", "-v")
      #expect(repeated.output.contains("train[marker=cfos,replicate=2]"))
    }

    @Test func `init replaces nothing`() async throws {
      let place = try Workplace()
      try await place.expect(0, "init")
      try place.write("mine", to: "experiments/starter.yaml")
      let again = try await place.expect(2, "init")
      #expect(again.errors.contains("'recipes/starter.yaml' is there already; 'init' replaces nothing"))
      #expect(try place.read("experiments/starter.yaml") == "mine")
    }

    @Test(arguments: [("bash", "complete"), ("zsh", "#compdef lightbench"), ("fish", "complete -c")])
    func `completions come for each shell`(shell: String, words: String) async throws {
      let ending = try await Workplace().expect(0, "completions", shell)
      #expect(ending.output.contains(words))
      #expect(ending.output.contains("explain"))
    }

    @Test func `a profile says what tasks need and where the store is, and changes no key`() async throws {
      let place = try Workplace()
      try place.write(
        "lightbench: 1\nstore: elsewhere\nneeds: {train.detector: {memory: 3 GiB}}\n", to: "profile.yaml")
      let plain = try await place.expect(0, "plan", "tiny.yaml", "--json")
      let placed = try await place.expect(0, "plan", "tiny.yaml", "--json", "--profile", "profile.yaml")
      #expect(try planKeys(plain.output) == planKeys(placed.output))
      #expect(try place.names(in: ".").contains("elsewhere"))
      let wrong = try await place.expect(2, "plan", "tiny.yaml", "--profile", "none")
      #expect(wrong.errors.hasPrefix("error[E144]: cannot read the profile 'experiments/profiles/none.yaml'"))
    }

    @Test func `check holds what tasks need by a profile against the machine`() async throws {
      let place = try Workplace()
      try place.write("lightbench: 1\nneeds: {train: {memory: 900 TiB}, prepare: {memory: 1 MiB}}\n", to: "huge.yaml")
      let huge = try await place.expect(3, "check", "tiny.yaml", "--profile", "huge.yaml")
      #expect(
        huge.errors.contains("error[E222]: train[marker=neun] needs 921600.0 GiB of memory, this machine has "),
        "\(huge.all)")
      #expect(
        huge.errors.contains(
          "lower 'needs.memory' of the stage in the profile 'huge.yaml', or run it on a larger machine"),
        "\(huge.all)")
      try place.write(
        "lightbench: 1\nneeds:\n  train.detectr: {memory: 1 GiB}\n  train: {memry: 1 GiB}\n", to: "bad.yaml")
      let bad = try await place.expect(3, "check", "tiny.yaml", "--profile", "bad.yaml")
      #expect(bad.errors.contains("bad.yaml:3:3: error[E120]: unknown stage kind 'train.detectr'"), "\(bad.all)")
      #expect(bad.errors.contains("bad.yaml:4:11: error[E101]: unknown key 'memry'"), "\(bad.all)")
      try place.write("lightbench: 1\nneeds: {train: {memory: 1 MiB}}\n", to: "good.yaml")
      let good = try await place.expect(0, "check", "tiny.yaml", "--profile", "good.yaml")
      #expect(good.output == "tiny.yaml: 23 tasks in 10 stages\n")
      #expect(try !place.names(in: ".").contains("store"))
      let none = try await place.expect(2, "check", "tiny.yaml", "--profile", "none")
      #expect(none.errors.hasPrefix("error[E144]: cannot read the profile 'experiments/profiles/none.yaml'"))
    }

    private func planKeys(_ text: String) throws -> [String] {
      let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      let tasks = try #require(document?["tasks"] as? [[String: Any]])
      return tasks.compactMap { $0["plan_key"] as? String }
    }

    /// The interpreter of an environment with check-jsonschema, which reads YAML 1.2.
    static let validator = ProcessInfo.processInfo.environment["LIGHTBENCH_CHECK_JSONSCHEMA"]

    @Test(
      .enabled(
        if: EndToEnd.isFull && validator != nil,
        "runs with LIGHTBENCH_TEST_FULL=1 and LIGHTBENCH_CHECK_JSONSCHEMA=PYTHON, a Python with check-jsonschema"))
    func `check-jsonschema accepts every file of the project, and refuses a mistyped one`() async throws {
      let place = try Workplace()
      let python = try #require(Self.validator)
      try place.write(try await place.expect(0, "schema").output, to: "schema.json")
      try await place.expect(0, "init")
      try place.write("lightbench: 1\nrecipe: r.yaml\nsett: {}\n", to: "wrong.yaml")
      let project = Workplace.package
      let files =
        [
          "recipes/generalization.yaml", "recipes/mae-sweep.yaml", "experiments/phantom-matrix.yaml",
          "experiments/light-sheet-matrix.yaml", "experiments/canvas-matrix.yaml", "experiments/phantom-mae-sweep.yaml",
          "experiments/light-sheet-mae-sweep.yaml",
          "results/phantom-matrix/recipe.yaml", "results/light-sheet-matrix/recipe.yaml",
        ].map { project.appending($0).string } + ["recipes/starter.yaml", "experiments/starter.yaml", "tiny.yaml"]
      #expect(try check(files, with: python, in: place) == 0)
      #expect(try check(["wrong.yaml"], with: python, in: place) == 1)
    }

    private func check(_ files: [String], with python: String, in place: Workplace) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(filePath: python)
      process.arguments = ["-m", "check_jsonschema", "--schemafile", "schema.json"] + files
      process.currentDirectoryURL = URL(filePath: place.folder.string)
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
  }
}
