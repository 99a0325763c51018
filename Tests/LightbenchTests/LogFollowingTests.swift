import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// `logs -f` of tasks that run.
  @Suite struct LogFollowingTests {
    /// A task whose worker is killed at its first attempt, and one that waits after it; both wait for files.
    private static let recipe = """
      lightbench: 1
      name: slow
      seed: 1
      stages:
        say:
          use: exec.command
          with: {argv: [sh, say.sh, FOLDER], tools: [say.sh], outputs: {t: table-csv}}
        hold:
          use: exec.command
          in: {t: say.t}
          with: {argv: [sh, hold.sh, FOLDER], tools: [hold.sh], inputs: {t: table-csv}, outputs: {u: table-csv}}

      """

    private static let say = """
      wait_for() { while ! test -e $1; do sleep 0.05; done; }
      echo first
      if ! test -e $1/tried; then
        touch $1/tried
        wait_for $1/kill
        kill -9 $PPID
        sleep 100
      fi
      echo second
      wait_for $1/go
      echo last
      echo row,x > out/t.csv

      """

    private static let hold = """
      echo held
      while ! test -e $1/release; do sleep 0.05; done
      echo row,x > out/u.csv

      """

    private func wait(for text: String, of program: Program) async throws {
      let deadline = ContinuousClock.now + .seconds(60)
      while !program.output.contains(text) {
        guard Program.isAlive(program.identifier), ContinuousClock.now < deadline else {
          Issue.record("'\(text)' was not printed: \(program.output)")
          return
        }
        try await Task.sleep(for: .milliseconds(20))
      }
    }

    /// Starts to follow as soon as a run knows the task.
    private func follow(_ task: String, in place: Workplace) async throws -> Program {
      while try await !place.lightbench("status", "slow.yaml").output.contains("\n\(task) ") {
        try await Task.sleep(for: .milliseconds(20))
      }
      return try place.start(["logs", "slow.yaml:\(task)", "-f"])
    }

    @Test func `following goes on over a second attempt, and ends with the task or by Ctrl-C`() async throws {
      let place = try Workplace()
      try place.write(Self.recipe.replacing("FOLDER", with: place.folder.string), to: "slow.yaml")
      try place.write(Self.say, to: "say.sh")
      try place.write(Self.hold, to: "hold.sh")
      let run = try place.start(["run", "slow.yaml"])
      let following = try await follow("say", in: place)
      try await wait(for: "first\n", of: following)
      try place.write("", to: "kill")
      try await wait(for: "first\nfirst\nsecond\n", of: following)
      #expect(Program.isAlive(following.identifier))
      try place.write("", to: "go")
      let ending = await following.ending()
      #expect(ending.code == 0 && ending.output == "first\nfirst\nsecond\nlast\n", "\(ending.all)")

      // The run goes on: a task that waits is followed until somebody has seen enough.
      #expect(Program.isAlive(run.identifier))
      let interrupted = try await follow("hold", in: place)
      try await wait(for: "held\n", of: interrupted)
      interrupted.send(SIGINT)
      let seen = await interrupted.ending()
      #expect(seen.code == 130 && seen.output == "held\n" && seen.errors.isEmpty, "\(seen.all)")
      try place.write("", to: "release")
      let whole = await run.ending()
      #expect(whole.code == 0 && whole.output.contains("say: tried again: the worker was killed"), "\(whole.all)")
    }
  }
}
