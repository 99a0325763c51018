import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// A stage that a user brings along, from the recipe to the table.
  @Suite struct ExecCommandRunTests {
    private static let recipe = """
      lightbench: 1
      name: own
      seed: 1
      stages:
        regions: {use: phantom.regions, with: {marker: neun, train: 0, validation: 0, test: 1, size: [8, 32, 32]}}
        find:
          use: exec.command
          in: {volume: regions.regions}
          with:
            argv: [python3, find.py, centres]
            tools: [find.py]
            inputs: {volume: zarr}
            outputs: {cells: detections-csv, same: zarr}
        score: {use: evaluate.detections, in: {detections: find.cells, regions: find.same}}
        matrix: {use: table.pivot, gather: {from: score}, with: {metric: f1.pooled}}

      """

    private static let tool = """
      import os, shutil, sys
      print('looks for', sys.argv[1])
      shutil.copytree('in/volume.zarr', 'out/same.zarr')
      with open('out/cells.csv', 'w') as out:
          out.write('region,z,y,x,score\\n')
          for line in open('in/volume.zarr/test-1.csv').readlines()[1:]:
              out.write('test-1,' + line.strip() + ',1\\n')

      """

    private func place() throws -> Workplace {
      let place = try Workplace()
      try place.write(Self.recipe, to: "own.yaml")
      try place.write(Self.tool, to: "find.py")
      return place
    }

    @Test func `a program of one's own runs as a stage, and again when it or its arguments change`() async throws {
      let place = try place()
      try await place.expect(0, "run", "own.yaml")
      #expect(try await place.expect(0, "table", "own.yaml", "--format", "csv").output == "row,kind,\n,model,1.0\n")
      try await place.expect(0, "plan", "own.yaml", "--exit-code")
      // Elsewhere, with the same store: paths are in no key.
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("moved").string, withIntermediateDirectories: true)
      try place.write(Self.recipe, to: "moved/own.yaml")
      try place.write(Self.tool, to: "moved/find.py")
      try await place.expect(0, "plan", "moved/own.yaml", "--exit-code")
      try place.write(Self.recipe.replacing("centres]", with: "cells]"), to: "moved/own.yaml")
      #expect(try await place.expect(10, "plan", "moved/own.yaml", "--exit-code").output.contains("1 task runs"))
      try await place.expect(10, "plan", "own.yaml", "--exit-code", "-S", "find.argv=[python3, find.py]")
      try place.write(Self.tool + "# another one\n", to: "find.py")
      try await place.expect(10, "plan", "own.yaml", "--exit-code")
    }

    @Test func `resolved recipes find the program from where they were written`() async throws {
      let place = try place()
      try await place.expect(0, "run", "own.yaml")
      for name in ["elsewhere", "results/own"] {
        try FileManager.default.createDirectory(
          atPath: place.folder.appending(name).string, withIntermediateDirectories: true)
      }
      let record = try await place.expect(0, "status", "own.yaml", "--recipe")
      try place.write(record.output, to: "elsewhere/copy.yaml")
      try await place.expect(0, "results", "own.yaml")
      let resolved = try place.read("results/own/recipe.yaml")
      #expect(resolved.contains("\nfolder: \"../..\"\n"))
      for file in ["elsewhere/copy.yaml", "results/own/recipe.yaml"] {
        try await place.expect(0, "plan", file, "--exit-code")
      }
      try place.write(Self.tool + "# another one\n", to: "find.py")
      try await place.expect(10, "plan", "results/own/recipe.yaml", "--exit-code")
    }

    @Test func `what the program says before it fails is in the log, and its failure is told`() async throws {
      let place = try place()
      try place.write("import sys\nsys.exit('no cells here')\n", to: "find.py")
      let ending = try await place.expect(1, "run", "own.yaml")
      #expect(ending.all.contains("'python3' exited with status 1"))
      #expect(ending.all.contains("no cells here"))
    }

    /// A command that starts another one, one with a process group of its own and a daemon in a session of its own, and
    /// waits; their numbers go to files.
    private static let slow = """
      lightbench: 1
      name: slow
      seed: 1
      stages:
        wait:
          use: exec.command
          with: {argv: [sh, -c, "LIMITED BACKGROUND echo $$ > $0/shell; wait", FOLDER], outputs: {t: table-csv}}
          needs: {time: LIMIT}

      """.replacing("BACKGROUND", with: background).replacing("LIMITED", with: limited)

    private static let limited = "timeout 300 sh -c 'echo $$ > $0/limited; exec sleep 300' $0 &"
    private static let background = "sleep 300 & echo $! > $0/child; (setsid sleep 300 & echo $! > $0/daemon);"

    private func numbers(
      _ place: Workplace, _ names: [String] = ["child", "daemon", "limited", "shell"]
    ) async throws -> [Int32] {
      let deadline = ContinuousClock.now + .seconds(60)
      while ContinuousClock.now < deadline {
        let found = names.compactMap { name in
          (try? place.read(name)).flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        if found.count == names.count { return found }
        try await Task.sleep(for: .milliseconds(20))
      }
      Issue.record("the command did not start")
      return []
    }

    private func expectGone(_ processes: [Int32]) async throws {
      let deadline = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < deadline, processes.contains(where: Program.isAlive) {
        try await Task.sleep(for: .milliseconds(20))
      }
      for process in processes { #expect(!Program.isAlive(process)) }
    }

    @Test(arguments: [0, 3])
    func `what a program leaves in the background ends with its task`(status: Int) async throws {
      let place = try Workplace()
      try place.write(
        """
        lightbench: 1
        name: left
        seed: 1
        stages:
          leave:
            use: exec.command
            with: {argv: [sh, -c, "\(Self.background) echo $$ > $0/shell; echo row,x > out/t.csv; exit \(status)", FOLDER], outputs: {t: table-csv}}
          look:
            use: exec.command
            in: {t: leave.t}
            with: {argv: [sh, -c, "echo row,x > out/u.csv; ! kill -0 $(cat $0/child) && ! kill -0 $(cat $0/daemon)", FOLDER], inputs: {t: table-csv}, outputs: {u: table-csv}}

        """.replacing("FOLDER", with: place.folder.string), to: "left.yaml")
      let ending = try await place.expect(status == 0 ? 0 : 1, "run", "left.yaml")
      let log = try await place.expect(0, "logs", "leave")
      #expect(log.output.hasPrefix("'sh' left 2 processes behind, now killed\n"), "\(ending.all)\(log.all)")
      for process in try await numbers(place, ["child", "daemon", "shell"]) {
        #expect(!Program.isAlive(process))
      }
    }

    @Test func `a time limit kills the program and all that it started`() async throws {
      let place = try Workplace()
      try place.write(
        Self.slow.replacing("FOLDER", with: place.folder.string).replacing("LIMIT", with: "2s"), to: "slow.yaml")
      let ending = try await place.expect(1, "run", "slow.yaml")
      #expect(ending.all.contains("ran past its time limit of 2"))
      try await expectGone(numbers(place))
    }

    @Test func `a worker killed from outside leaves no program behind`() async throws {
      let place = try Workplace()
      try place.write(
        Self.slow.replacing("FOLDER", with: place.folder.string).replacing("LIMIT", with: "5m, retry: 0"),
        to: "slow.yaml")
      let run = try place.start(["run", "slow.yaml"])
      let processes = try await numbers(place)
      for worker in run.children { kill(worker, SIGKILL) }
      let ending = await run.ending()
      #expect(ending.code == 1 && ending.all.contains("the worker was killed by signal 9 (SIGKILL)"), "\(ending.all)")
      try await expectGone(processes)
    }

    @Test func `what the shell had started before it became the runner goes on`() async throws {
      let place = try Workplace()
      try place.write(
        Self.slow.replacing("FOLDER", with: place.folder.string).replacing("LIMIT", with: "5m, retry: 0"),
        to: "slow.yaml")
      let script =
        "setsid sleep 300 & echo $! > server; sleep 300 & echo $! > beside; exec '\(Program.path)' run slow.yaml"
      let run = try Program(
        "/bin/sh", ["-c", script], in: place.folder, ["LIGHTBENCH_STORE": place.store.root.string])
      let processes = try await numbers(place)
      let servers = try await numbers(place, ["server", "beside"])
      for worker in run.children where !servers.contains(worker) { kill(worker, SIGKILL) }
      try await expectGone(processes + [run.identifier])
      for server in servers {
        #expect(Program.isAlive(server))
        kill(server, SIGKILL)
      }
      let ending = await run.ending()
      #expect(ending.code == 1 && ending.all.contains("the worker was killed by signal 9 (SIGKILL)"), "\(ending.all)")
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `a stopped or killed run leaves no program behind`(signal: Int32) async throws {
      let place = try Workplace()
      try place.write(
        Self.slow.replacing("FOLDER", with: place.folder.string).replacing("LIMIT", with: "5m"), to: "slow.yaml")
      let run = try place.start(["run", "slow.yaml"])
      let processes = try await numbers(place)
      run.send(signal)
      let ending = await run.ending()
      #expect(ending.code == (signal == SIGTERM ? 75 : 128 + SIGKILL))
      try await expectGone(processes)
    }

    @Test func `a test region that was learned from is refused before anything runs`() async throws {
      let place = try Workplace()
      try place.write(
        """
        lightbench: 1
        name: leak
        seed: 1
        stages:
          regions: {use: phantom.regions, with: {marker: neun, train: 0, validation: 1, test: 1, size: [8, 32, 32]}}
          prepare: {use: prepare.normalize, in: {regions: regions.regions}}
          dog: {use: detect.dog, in: {validation: prepare.test, regions: prepare.test}}
          score: {use: evaluate.detections, in: {detections: dog.detections, regions: prepare.test}}

        """, to: "leak.yaml")
      for command in ["run", "plan", "check"] {
        let ending = try await place.expect(3, command, "leak.yaml")
        #expect(
          ending.errors.contains(
            "leak.yaml:8:79: error[E221]: score tests on region 'test-1', and dog learned from the same voxels"))
      }
      #expect(try await place.expect(0, "stages", "exec.command").output.contains("out/PORT.EXT"))
    }
  }
}
