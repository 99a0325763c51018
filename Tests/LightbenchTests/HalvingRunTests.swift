import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Trainings of which the best go on: `halved.yaml`, in any order, killed, and beside the same without `stop`.
  @Suite struct HalvingRunTests {
    /// With the regions in its store, and nothing else.
    private static let prepared = Task {
      let place = try Workplace()
      try write("halved.yaml", to: place)
      try await place.expect(0, "run", "halved.yaml", "--only", "prepare")
      return place
    }

    private static let finished = Task {
      let place = try await workplace()
      let ending = try await place.expect(0, "run", "halved.yaml", "-j", "2")
      return (place: place, ending: ending)
    }

    private static func workplace() async throws -> Workplace {
      let place = try Workplace(copying: try await prepared.value)
      try write("halved.yaml", to: place)
      return place
    }

    /// - Parameter change: Of the text of the recipe.
    private static func write(_ name: String, to place: Workplace, _ change: (String) -> String = { $0 }) throws {
      let file = try #require(
        Foundation.Bundle.module.path(forResource: "halved", ofType: "yaml", inDirectory: "Fixtures"))
      try place.write(change(try String(contentsOfFile: file, encoding: .utf8)), to: name)
    }

    private static func withoutStop(_ text: String) -> String {
      text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("stop:") }
        .joined(separator: "\n")
    }

    /// What is on record of the rungs, which holds neither times nor paths.
    private func rungs(_ place: Workplace) throws -> [String: Data] { try place.store.contents(of: "rungs") }

    // MARK: - The same, whatever the order

    @Test func `another order of cells and tasks chooses the same, and gives the same bytes`() async throws {
      let wanted = try await Self.finished.value.place
      let place = try await Self.workplace()
      try Self.write("halved.yaml", to: place) {
        $0.replacing("[1e-5, 1e-2, 1e-3, 1e-4]", with: "[1e-4, 1e-3, 1e-2, 1e-5]")
      }
      try await place.expect(0, "run", "halved.yaml", "-j", "1")
      #expect(try rungs(place) == rungs(wanted))
      #expect(try rungs(place).count == 10)
      // The tables have another order of rows; all else is the same.
      let (found, first) = (try place.store.outputs(), try wanted.store.outputs())
      #expect(found.count == 12)
      #expect(found.filter { first[$0.key] != $0.value }.count == 1)
    }

    @Test func `who goes on to the end is the same as without stop, which was found or is found later`() async throws {
      let halved = try await Self.finished.value.place
      let place = try await Self.workplace()
      try Self.write("whole.yaml", to: place, Self.withoutStop)
      try await place.expect(0, "run", "whole.yaml", "-j", "2")
      let (whole, found) = (try place.store.outputs(), try halved.store.outputs())
      // Tables, and the best of those that were left, have other inputs.
      #expect(found.filter { whole[$0.key] == nil }.count == 3)
      #expect(found.allSatisfy { whole[$0.key] == nil || whole[$0.key] == $0.value })
      // What has ended comes to its rungs all the same.
      let plan = try await place.expect(10, "plan", "halved.yaml", "--exit-code", "-v")
      #expect(plan.output.contains("not measured at step 4, where its stage is halved"))
      try await place.expect(0, "run", "halved.yaml", "-j", "2")
      #expect(try rungs(place) == rungs(halved))
      let after = try place.store.outputs()
      #expect(found.allSatisfy { after[$0.key] == $0.value })
      #expect(after.count == whole.count + 3)
    }

    @Test func `killed at a rung and run again, it computes exactly what is missing`() async throws {
      let wanted = try await Self.finished.value.place
      let place = try await Self.workplace()
      for count in [1, 3, 7] {
        let program = try place.start(["run", "halved.yaml", "-j", "1"])
        while try rungs(place).count < count, Program.isAlive(program.identifier) {
          try await Task.sleep(for: .milliseconds(2))
        }
        let workers = program.children
        program.send(SIGKILL)
        for worker in workers { kill(worker, SIGKILL) }
        _ = await program.ending()
      }
      // Ten pieces of trainings end at rungs, three at the end of a training.
      let (before, done) = (try rungs(place), try place.store.published())
      let ending = try await place.expect(0, "run", "halved.yaml", "-j", "2")
      let lines = try place.store.record(try #require(place.store.records().last))
        .filter { $0.state == "started" && $0.address.contains("train[") }
      let trained = try wanted.store.outputs().filter { done.contains($0.key) && $0.value["model"] != nil }.count
      #expect(lines.count == 13 - before.count - trained, "\(ending.output)")
      #expect(try rungs(place) == rungs(wanted))
      #expect(try place.store.outputs() == wanted.store.outputs())
    }

    @Test func `stopped by its user between rungs, it goes on from there`() async throws {
      let wanted = try await Self.finished.value.place
      let place = try await Self.workplace()
      let program = try place.start(["run", "halved.yaml", "-j", "1"])
      while try rungs(place).isEmpty, Program.isAlive(program.identifier) {
        try await Task.sleep(for: .milliseconds(2))
      }
      program.send(SIGINT)
      let ending = await program.ending()
      #expect(ending.code == 75, "\(ending.all)")
      try await place.expect(0, "run", "halved.yaml", "-j", "2")
      #expect(try rungs(place) == rungs(wanted))
      #expect(try place.store.outputs() == wanted.store.outputs())
    }

    @Test func `two runs on one store come to the same`() async throws {
      let wanted = try await Self.finished.value.place
      let place = try await Self.workplace()
      let programs = try (0..<2).map { _ in try place.start(["run", "halved.yaml", "-j", "1"]) }
      for program in programs {
        let ending = await program.ending()
        #expect(ending.code == 0, "\(ending.all)")
      }
      #expect(try rungs(place) == rungs(wanted))
      #expect(try place.store.outputs() == wanted.store.outputs())
    }

    @Test func `a part of it that is forced is recorded and shown as what it is`() async throws {
      let place = try Workplace(copying: try await Self.finished.value.place)
      try Self.write("halved.yaml", to: place)
      let ending = try await place.expect(0, "run", "halved.yaml", "--only", "scores", "--force", "scores")
      #expect(ending.output.contains("] scores: started\n"), "\(ending.output)")
      let lines = try place.store.record(try #require(place.store.records().last))
      #expect(lines.filter { ["started", "published"].contains($0.state) }.map(\.address) == ["scores", "scores"])
    }

    @Test func `what was stopped is left out where results are computed again`() async throws {
      let place = try Workplace(copying: try await Self.finished.value.place)
      try Self.write("halved.yaml", to: place)
      let ending = try await place.expect(0, "cache", "verify", "--rerun", "halved.yaml:train")
      #expect(ending.output == "2 tasks computed again, 2 with the same result\n")
      #expect(ending.errors.contains("note: left out, because they were stopped: train[rate=1e-5], "), "\(ending.all)")
      let none = try await place.expect(4, "cache", "verify", "--rerun", "halved.yaml:train[rate=1e-5]")
      #expect(
        none.errors.contains("all tasks that are selected were stopped, and have no result to compare with"),
        "\(none.all)")
    }

    @Test func `a plan tells the least and the most that is left of a stage that is halved`() async throws {
      let place = try await Self.workplace()
      let plan = try await place.expect(0, "plan", "halved.yaml")
      let line = try #require(plan.output.split(separator: "\n").first { $0.hasPrefix("pretrain") })
      let words = try #require(plan.output.split(separator: "\n").first { $0.hasPrefix("'pretrain' is halved") })
      let span = try #require(words.split(separator: "; ").last).replacing(" to run.", with: "")
      #expect(line.contains("~" + span), "\(plan.output)")
    }

    // MARK: - What is said

    @Test func `a run says who paused, who was stopped, and what is left out`() async throws {
      let ending = try await Self.finished.value.ending
      for words in [
        "pretrain[rate=1e-5]: paused at step 4\n", "pretrain[rate=1e-5]: stopped at 4: validation.loss ",
        "is place 3 of 4, 2 go on\n", "is place 2 of 2, 1 goes on\n",
        "detect[rate=1e-5]: left out, because train[rate=1e-5] was stopped\n", " 9 stopped; ",
      ] { #expect(ending.output.contains(words), "\(words): \(ending.output)") }
    }

    @Test func `nothing is left to do, and plan, status and explain tell why`() async throws {
      let place = try await Self.finished.value.place
      let again = try await place.expect(0, "run", "halved.yaml")
      #expect(again.output == "halved: 21 tasks (9 of them stopped), everything is up to date.\n")
      let plan = try await place.expect(0, "plan", "halved.yaml", "--exit-code")
      #expect(
        plan.output.hasSuffix(
          """
          'pretrain' is halved by validation.loss: 4 tasks to step 4, 2 to 8, 1 to its end; nothing is left to run.
          'train' is halved by validation.f1: 4 tasks to step 5, 2 to their end; nothing is left to run.
          Everything is up to date.

          """), "\(plan.output)")
      let json = try await place.expect(0, "plan", "halved.yaml", "--json")
      #expect(json.output.contains(#""rungs":[4, 8]"#) && json.output.contains(#""state":"stopped""#))
      let status = try await place.expect(0, "status", "halved")
      #expect(status.output.contains("stopped: train[rate=1e-5] at step 5, where others did better\n"))
      let run = try await place.expect(0, "status", "halved", "--json")
      #expect(run.output.contains(#""stopped_at":8"#) && run.output.contains(#""because":"train[rate=1e-5]""#))
      let explained = try await place.expect(0, "explain", "halved.yaml", "pretrain[rate=1e-5]")
      #expect(explained.output.hasPrefix("pretrain[rate=1e-5] was stopped at 4: validation.loss "))
      let left = try await place.expect(0, "explain", "halved.yaml", "detect[rate=1e-5]")
      #expect(left.output.hasPrefix("detect[rate=1e-5] is left out, because train[rate=1e-5] was stopped at 5\n"))
      let got = try await place.expect(4, "get", "halved.yaml", "pretrain[rate=1e-5]", "-o", "model.safetensors")
      #expect(
        got.errors.contains(
          "'pretrain[rate=1e-5]' has no result: 'pretrain[rate=1e-5]' was stopped at step 4, where others did better"))
    }

    @Test func `tables and results show the cells that were stopped`() async throws {
      let place = try await Self.finished.value.place
      let tables = try await place.expect(0, "table", "halved.yaml", "--format", "md")
      #expect(tables.output.contains("| 1e-5        |     n/a (stopped at 4) |\n"), "\(tables.output)")
      // The same from what the run recorded, which knows the rows that the table lost with all of their trainings.
      let recorded = try await place.expect(0, "table", "halved.yaml", "--run", "halved", "--format", "csv")
      let planned = try await place.expect(0, "table", "halved.yaml", "--format", "csv")
      #expect(
        recorded.output.split(separator: "\n").map { $0.prefix { $0 != "," } }
          == planned.output.split(separator: "\n").map { $0.prefix { $0 != "," } })
      let marked = try await place.expect(0, "table", "halved.yaml", "--run", "halved", "--format", "md")
      #expect(
        marked.output.contains("n/a (stopped at 4)") && marked.output.contains("n/a (stopped at 8)"), "\(marked.output)"
      )
      let metric = try await place.expect(0, "table", "halved.yaml", "--metric", "validation.loss")
      #expect(metric.output.contains("\n1e-5     stopped at 4\n"), "\(metric.output)")
      try await place.expect(0, "results", "halved.yaml", "-o", "results")
      let table = try place.read("results/halved/table.md")
      #expect(table.contains("stopped at 4") && table.contains("stopped at 8"))
      #expect(try place.read("results/halved/provenance.json").contains(#""stopped": "stopped at 5"}"#))
      try await place.expect(0, "results", "halved.yaml", "-o", "results", "--check")
    }

    @Test func `what is on record of rungs outlives the cleaning of the store`() async throws {
      let place = try Workplace(copying: try await Self.finished.value.place)
      try Self.write("halved.yaml", to: place)
      try await place.expect(0, "cache", "gc", "--keep", "halved.yaml", "--days", "0")
      #expect(try rungs(place).count == 10)
      let plan = try await place.expect(0, "plan", "halved.yaml", "--exit-code")
      #expect(plan.output.hasSuffix("Everything is up to date.\n"))
    }

    @Test func `what is on record of rungs goes along to another store, where nothing is left to run`() async throws {
      let place = try Workplace(copying: try await Self.finished.value.place)
      try Self.write("halved.yaml", to: place)
      let out = try await place.expect(0, "cache", "export", "halved.yaml", "-o", "parcel")
      #expect(out.output == "12 results and 10 rungs in 'parcel'; 'lightbench cache import parcel' takes them in\n")
      let there = place.folder.appending("there").string
      let taken = try await place.expect(0, "cache", "import", "parcel", "--store", there)
      #expect(taken.output.hasSuffix("; new as well: 10 rungs of trainings that compete\n"), "\(taken.all)")
      let plan = try await place.expect(0, "plan", "halved.yaml", "--exit-code", "--store", there)
      #expect(plan.output.hasSuffix("Everything is up to date.\n"), "\(plan.all)")
    }

    @Test func `a rule that cannot be followed is refused with its place`() async throws {
      let place = try Workplace()
      try Self.write("halved.yaml", to: place) { $0.replacing("metric: validation.f1", with: "metric: loss") }
      let ending = try await place.expect(3, "check", "halved.yaml")
      #expect(
        ending.all.contains(
          "halved.yaml:36:35: error[E116]: 'metric' of 'stop' of stage 'train': 'loss' is not one of validation.f1, "
            + "which train.detector measures on its way"), "\(ending.all)")
    }
  }
}
