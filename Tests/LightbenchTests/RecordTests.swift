import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// What `status`, `logs` and `diff` tell of runs.
  @Suite struct RecordTests {
    @Test func `a run that was killed is said to be so, with what it was at and how to go on`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let runs = DisturbedRuns(place, ["tiny.yaml", "-S", "train.steps=100000", "-j", "2"])
      try await runs.run { program in
        _ = try await runs.waitForTask(of: program)
        let running = try await place.expect(0, "status", "tiny.yaml")
        #expect(running.output.contains("  tiny  running\n"), "\(running.output)")
        program.send(SIGKILL)
        return "a run, while it trained"
      }
      let status = try await place.expect(0, "status", "tiny.yaml")
      #expect(status.output.contains("  tiny  killed: its process is gone\n"), "\(status.output)")
      #expect(status.output.contains("\ninterrupted: train[marker="))
      #expect(status.output.hasSuffix("\ngo on with: lightbench run tiny.yaml -S train.steps=100000\n"))
      let all = try await place.expect(0, "status")
      #expect(all.output.contains("  killed: its process is gone  -S train.steps=100000\n"), "\(all.all)")
      #expect(status.output.contains("\nwith -S train.steps=100000\n"))
    }

    @Test func `the resolved recipe of a run runs by itself, and finds everything done`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let recipe = try await place.expect(0, "status", "tiny.yaml", "--recipe")
      try place.write(recipe.output, to: "resolved.yaml")
      try FileManager.default.removeItem(atPath: place.folder.appending("tiny.yaml").string)
      let plan = try await place.expect(0, "plan", "resolved.yaml", "--exit-code")
      #expect(plan.output.hasSuffix("\nEverything is up to date.\n"), "\(plan.all)")
      try await place.expect(0, "table", "resolved.yaml")
      let none = try await place.expect(2, "status", "--recipe")
      #expect(none.errors.hasPrefix("Error: --recipe needs a run or an experiment\n"))
    }

    @Test func `logs prints one log as it is, and several with headings`() async throws {
      let place = try await Shared.finished
      let one = try await place.expect(0, "logs", "tiny.yaml:regions[marker=neun]")
      #expect(!one.output.contains("==>"))
      let isEmpty = one.errors.hasPrefix("nothing is in the log of 'regions[marker=neun]' yet: '")
      #expect(one.output.isEmpty == isEmpty, "\(one.all)")
      let runs = DisturbedRuns(try Workplace(copying: place), ["tiny.yaml", "-S", "train.steps=40"])
      try await runs.run { _ in "" }
      let many = try await runs.place.expect(0, "logs", "train")
      #expect(many.output.hasPrefix("==> train[marker=neun], \(runs.place.store.root)/logs/"), "\(many.output)")
      let logs = many.output.components(separatedBy: "\n\n==> train[marker=cfos], ")
      #expect(logs.count == 2 && logs[0].contains(" <==\nresumes at step 24\nstep 30 of 40, loss "), "\(many.output)")
      let followed = try await runs.place.expect(0, "logs", "train@marker=cfos", "-f")
      #expect(followed.output.hasPrefix("resumes at step 24\nstep 30 of 40, loss "))
      #expect(logs.last?.hasSuffix(" <==\n" + followed.output) == true, "\(many.output)")
    }

    @Test(arguments: [
      (
        ["logs", "trian"], "no run in the store 'STORE' has a task that matches 'trian'; 'lightbench status' lists runs"
      ),
      (["logs", "other.yaml:train"], "'other.yaml' never ran against the store 'STORE'"),
      (
        ["diff", "foo", "tiny"],
        "'foo' is neither a run nor a task in the store 'STORE'; 'lightbench status' lists runs"
      ),
      (
        ["diff", "tiny:train", "tiny:train"],
        "'tiny:train' matches 2 tasks, such as 'train[marker=neun]'; name one"
      ),
    ])
    func `what names no task is an error that says where to look`(arguments: [String], message: String) async throws {
      let place = try await Shared.finished
      let ending = try await place.start(arguments).ending()
      #expect(ending.code == 4)
      #expect(ending.errors == "error: \(message.replacing("STORE", with: place.store.root.string))\n")
    }

    @Test func `diff tells what two tasks and two runs differ in, with the direction of metrics`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try await place.expect(0, "run", "tiny.yaml", "-S", "train.steps=40")
      let names = try place.names(in: "store/runs").map { $0.replacing(".jsonl", with: "") }
      let runs = try await place.expect(0, "diff", names[1], "tiny")
      #expect(runs.output.contains("\n\n12 tasks equal, 11 differ\n\nstage  field  -   +   tasks\n"), "\(runs.output)")
      let lines = runs.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.contains(["train", "steps", "30", "40", "train[marker=neun],", "train[marker=cfos]"]))
      #expect(lines.contains { $0.starts(with: ["evaluate[model=neun,test=neun]", "f1.pooled"]) && $0.count == 6 })
      let few = try await place.expect(0, "diff", names[1], "tiny", "--metric", "f1.best")
      #expect(few.output.contains(" f1.best ") && !few.output.contains(" f1.pooled "))
      let tasks = try await place.expect(0, "diff", names[1] + ":train@marker=neun", "train[marker=neun]")
      #expect(tasks.output.contains("\n\nfield  -   +\nsteps  30  40\n\nmetric "), "\(tasks.output)")
      let same = try await place.expect(0, "diff", "dog[test=neun]", "tiny:dog@test=neun")
      #expect(same.output.hasSuffix("\nnothing differs\n"))
      let mixed = try await place.expect(2, "diff", "tiny", "dog[test=neun]")
      #expect(mixed.errors.contains("'tiny' and 'dog[test=neun]' are not of one sort: compare two tasks, or two runs"))
    }
  }
}
