import Fingerprints
import Pipeline
import Testing

@testable import Reports

/// The board as text, made from events.
@Suite struct RunProgressTests {
  private static let addresses = ["make[m=a]", "make[m=b]", "train[m=a]", "train[m=b]", "score"]

  private func progress(cached: Set<Int> = [], seconds: Double = 10) -> RunProgress {
    let tasks = Self.addresses.enumerated().map { index, address in
      ScheduledTask(index: index, address: address, dependencies: [], cost: Cost(seconds: seconds)) { _, _ in
        throw TaskFailure(code: .internalError, message: "a test decides nothing")
      }
    }
    return RunProgress("demo", tasks: tasks, cached: cached, jobs: 2, start: 1000)
  }

  private var manifest: Manifest {
    let key = TaskKey(kind: "k", revision: 1, parameters: [:], inputs: [], seed: 1, numerics: 1)
    return Manifest(
      fingerprint: Digest.of("f"), key: key, outputs: [:], metrics: [],
      provenance: .init(address: "a", host: "h", process: 1, build: "b", started: 0, seconds: 0, log: ""))
  }

  private var order: TaskOrder {
    TaskOrder(
      address: "a", kind: "k", parameters: "{}", key: manifest.key, inputs: [:], folder: "/", dataRoot: nil, store: "/",
      threads: 1, timeLimit: nil, checkpointInterval: 60, log: "/dev/null")
  }

  private func plain(_ columns: Int = 80, _ rows: Int = 24) -> BoardStyle {
    BoardStyle(columns: columns, rows: rows, isColoured: false, isUnicode: false)
  }

  /// Ten seconds into a run: phantoms cached, one training at step 120 of 400, one failed.
  private var middle: RunProgress {
    var progress = progress(cached: [0, 1])
    for place in [0, 1] { _ = progress.take(.cached(place, manifest, isCopy: false), at: 1000) }
    for place in [2, 3] { _ = progress.take(.ordered(place, order), at: 1000) }
    _ = progress.take(.event(2, .progress(share: 0.1, words: "step 40 of 400, loss 0.5")), at: 1002)
    _ = progress.take(.event(2, .progress(share: 0.3, words: "step 120 of 400, loss 0.25")), at: 1010)
    _ = progress.take(.failed(3, TaskFailure(code: .died, message: "killed"), log: nil), at: 1010)
    _ = progress.take(.skipped(4, because: 3), at: 1010)
    return progress
  }

  private func text(_ lines: [BoardLine]) -> String { lines.map(\.text).joined(separator: "\n") }

  @Test func `one line a stage with a bar and counts, then what runs with its rate and the time left`() {
    #expect(
      text(middle.board(plain(), at: 1010)) == """
        demo  4/5 tasks  10s, about 28s left
        make   ########################  2/2  2 cached
        train  ###############---------  1/2  1 running  1 failed
        score  ########################  1/1  1 skipped
          train[m=a]  step 120 of 400, loss 0.25, 10.0 steps/s, 28s left
        """)
  }

  @Test func `a terminal of UTF-8 gets blocks, one with colours gets them beside the same text`() {
    var style = plain()
    style.isUnicode = true
    #expect(middle.board(style, at: 1010)[2].text == "train  ███████████████░░░░░░░░░  1/2  1 running  1 failed")
    #expect(middle.board(style, at: 1010).allSatisfy { $0.coded == $0.text })
    style.isColoured = true
    let line = middle.board(style, at: 1010)[2]
    #expect(line.text == middle.board(plain(), at: 1010)[2].text.replacing("#", with: "█").replacing("-", with: "░"))
    #expect(line.coded.contains("\u{1B}[31m███████████████\u{1B}[0m"))
  }

  @Test(arguments: [1, 12, 30, 42, 60, 200])
  func `no line is wider than the terminal, and a narrow one has no bar`(columns: Int) {
    let lines = middle.board(plain(columns), at: 1010)
    #expect(lines.allSatisfy { $0.text.count <= columns - 1 })
    if columns == 30 { #expect(text(lines).contains("train  1/2  1 running  1 fail")) }
    if columns >= 60 { #expect(lines[2].text.contains("#")) } else { #expect(!text(lines).contains("#")) }
  }

  @Test func `in a low terminal stages where nothing happens make room, then tasks`() {
    #expect(
      text(middle.board(plain(80, 5), at: 1010)) == """
        demo  4/5 tasks  10s, about 28s left
        train  ###############---------  1/2  1 running  1 failed
        score  ########################  1/1  1 skipped
          train[m=a]  step 120 of 400, loss 0.25, 10.0 steps/s, 28s left
        """)
    #expect(
      text(middle.board(plain(80, 4), at: 1010)) == """
        demo  4/5 tasks  10s, about 28s left
        train  ###############---------  1/2  1 running  1 failed
          and 2 more
        """)
    #expect(middle.board(plain(80, 1), at: 1010).count == 1)
  }

  @Test func `the time left is that of the work left, as tasks of its stage took or are guessed`() {
    var run = progress(seconds: 10)
    #expect(run.secondsLeft(at: 1000) == 25)
    _ = run.take(.ordered(0, order), at: 1000)
    _ = run.take(.published(0, manifest, seconds: 4), at: 1004)
    #expect(run.secondsLeft(at: 1004) == 17)
    _ = run.take(.ordered(1, order), at: 1004)
    #expect(run.secondsLeft(at: 1006) == 16)
    for place in 1..<5 { _ = run.take(.published(place, manifest, seconds: 1), at: 1010) }
    #expect(run.secondsLeft(at: 1010) == nil)
    #expect(progress(cached: [0, 1, 2]).secondsLeft(at: 1000) == 10)
  }

  @Test func `a training that is taken up in the middle is timed from there`() {
    var run = progress()
    _ = run.take(.ordered(2, order), at: 1000)
    _ = run.take(.event(2, .progress(share: 0.8, words: "step 320 of 400, loss 1")), at: 1001)
    #expect(run.sentence(2, at: 1001) == "step 320 of 400, loss 1")
    _ = run.take(.event(2, .progress(share: 0.9, words: "step 360 of 400, loss 1")), at: 1401)
    #expect(run.sentence(2, at: 1401) == "step 360 of 400, loss 1, 10s a step, 6m 40s left")
  }

  @Test func `elsewhere each change of state is one line, and a training tells of itself every ten seconds`() {
    var run = progress(cached: [0])
    var lines: [String] = []
    func take(_ event: SchedulerEvent, at time: Double) {
      if let line = run.take(event, at: time) { lines.append((line.isUrgent ? "! " : "") + line.text) }
    }
    take(.cached(0, manifest, isCopy: false), at: 1000)
    take(.cached(1, manifest, isCopy: true), at: 1000)
    take(.waiting(2, process: 7, host: "h"), at: 1000)
    take(.ordered(2, order), at: 1001)
    take(.event(2, .started(process: 9)), at: 1001)
    take(.event(2, .resumed(step: 12)), at: 1001)
    take(.event(2, .progress(share: 0.1, words: "step 40 of 400")), at: 1002)
    take(.event(2, .warning("dim")), at: 1003)
    take(.event(2, .progress(share: 0.2, words: "step 80 of 400")), at: 1011)
    take(.published(2, manifest, seconds: 61), at: 1062)
    take(.ordered(3, order), at: 1062)
    take(.failed(3, TaskFailure(code: .badData, message: "no such file"), log: nil), at: 1063)
    take(.skipped(4, because: 3), at: 1063)
    #expect(
      lines == [
        "make[m=b]: the same work as another task",
        "! train[m=a]: waits for process 7 on h, which computes the same", "train[m=a]: started",
        "train[m=a]: resumes at step 12", "! train[m=a]: warning: dim",
        "train[m=a]: step 80 of 400, 4.4 steps/s, 1m 12s left", "train[m=a]: done in 1m 01s", "train[m=b]: started",
        "! train[m=b]: failed: no such file", "score: skipped, because train[m=b] failed",
      ])
  }
}
