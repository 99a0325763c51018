import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct CollectionTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func publish(_ name: String, _ value: Float) throws -> Manifest {
    try Sample.publish(Sample.key(name), value, in: store).manifest
  }

  private func header(started: Double) -> RunRecord.Header {
    RunRecord.Header(
      experiment: "e.yaml", name: "e", variant: nil, overrides: [], recipe: "", version: "1", started: started,
      host: "h",
      process: 1)
  }

  @Test func `rows that nothing reaches go with their objects, and shared objects stay`() throws {
    let kept = try publish("a", 1)
    let gone = try publish("b", 2)
    let result = try store.collect(.init(roots: [kept.fingerprint]))
    #expect(result.rows.map(\.fingerprint) == [gone.fingerprint])
    #expect(result.objects == 1)  // its metrics are those of the other
    #expect(result.bytes == gone.outputs["value"]?.size)
    #expect(result.seconds == 2)
    #expect(try store.lookup(kept.fingerprint) != nil)
    #expect(try store.row(gone.fingerprint) == nil)
    #expect(try store.verifyAll().objects == 2)
  }

  @Test func `a dry run tells the same and removes nothing`() throws {
    let row = try publish("a", 1)
    let told = try store.collect(.init(roots: [], isDryRun: true))
    #expect(try store.lookup(row.fingerprint) != nil)
    let done = try store.collect(.init(roots: []))
    #expect(done.bytes == told.bytes && done.objects == told.objects && done.rows.count == told.rows.count)
    #expect(try store.rows().isEmpty)
  }

  @Test(arguments: [(10.0, true), (31, false)])
  func `what a run of the last thirty days used is kept`(days: Double, isKept: Bool) throws {
    let row = try publish("a", 1)
    let writer = try RunWriter(in: store, header(started: Date().timeIntervalSince1970 - days * 86_400))
    var task = RunRecord.Task("a", .published, time: 0)
    task.fingerprint = row.fingerprint
    try writer.write(task)
    try writer.finish(exitCode: 0)
    _ = try store.collect(.init(roots: []))
    #expect(try (store.lookup(row.fingerprint) != nil) == isKept)
  }

  @Test(arguments: [(0.0, false, true), (29, false, true), (31, false, false), (31, true, true)])
  func `what was measured at a rung goes when it is old and nothing reaches it`(
    days: Double, isReached: Bool, isKept: Bool
  ) throws {
    let key = Sample.key("train")
    let rung = Rung(trajectory: .of("steps"), key: key, step: 5, metrics: [Metric("loss", 1, better: .lower)])
    #expect(try store.keep(rung).rung == rung)
    let roots: [Digest] = try isReached ? [key.digest()] : []
    let now = Date().timeIntervalSince1970 + days * 86_400
    let result = try store.collect(.init(roots: Set(roots)), at: now)
    #expect(result.litter == (isKept ? 0 : 1))
    #expect(try store.rung(rung.trajectory, at: 5) == (isKept ? rung : nil))
    // By its own name, as an experiment at hand knows it.
    _ = try store.keep(rung)
    _ = try store.collect(.init(roots: [rung.trajectory]), at: now)
    #expect(try store.rung(rung.trajectory, at: 5) == rung)
  }

  @Test func `the first to measure a rung wins, and one that cannot be read is measured again`() throws {
    func rung(_ loss: Double) -> Rung {
      Rung(trajectory: .of("steps"), key: Sample.key(), step: 5, metrics: [Metric("loss", loss, better: .lower)])
    }
    #expect(try store.keep(rung(1)).rung == rung(1))
    #expect(try store.keep(rung(2)).rung == rung(1))
    let path = store.root.appending("rungs").appending("\(Digest.of("steps").hex).5.json")
    try temporary.damage(path) { $0[0] = 0 }
    #expect(try store.rung(.of("steps"), at: 5) == nil)
    #expect(try store.quarantined().values.contains { $0.contains("the rung cannot be read") })
    #expect(try store.keep(rung(2)).rung == rung(2))
  }

  @Test func `a rung that is renewed, or lacks a metric, is replaced`() throws {
    func rung(_ metrics: [Metric]) -> Rung {
      Rung(trajectory: .of("steps"), key: Sample.key(), step: 5, metrics: metrics)
    }
    let first = rung([Metric("loss", 1, better: .lower)])
    let second = rung([Metric("loss", 2, better: .lower)])
    let third = rung([Metric("loss", 3, better: .lower), Metric("f1", nil, better: .higher)])
    _ = try store.keep(first)
    let renewed = try store.keep(second, renewing: true)
    #expect(renewed.rung == second && renewed.replaced == first)
    #expect(try store.rung(.of("steps"), at: 5) == second)
    #expect(try store.keep(third).rung == third)
    #expect(try store.rung(.of("steps"), at: 5) == third)
    // It has more than is asked for.
    #expect(try store.keep(first).rung == third)
  }

  @Test func `the checkpoint of a task that waits at a rung stays while its run is under way`() throws {
    var header = header(started: Date().timeIntervalSince1970 - 40 * 86_400)
    (header.host, header.process) = (Posix.hostName, Posix.processIdentifier)
    header.began = Posix.startTime(of: Posix.processIdentifier)
    let writer = try RunWriter(in: store, header)
    var task = RunRecord.Task("train", .paused, time: 0)
    (task.fingerprint, task.trajectory) = (.of("whole"), .of("steps"))
    try writer.write(task)
    let folders = [("steps", "shared"), ("whole", "own"), ("other", "shared")].map { name, kind in
      store.folder("trajectories").appending("\(Digest.of(name).hex).\(kind)")
    }
    for folder in folders { try Posix.makeFolder(folder.appending("5")) }
    let later = Date().timeIntervalSince1970 + 7200
    #expect(try store.collect(.init(roots: [], days: 0), at: later).litter == 1)
    #expect(try folders.map { try Posix.status(of: $0) != nil } == [true, true, false])
    try writer.finish(exitCode: 75)
    #expect(try store.collect(.init(roots: [], days: 0), at: later).litter == 2)
  }

  @Test func `with a maximum size only as much goes as must`() throws {
    let rows = try [1, 2, 3].map { try publish("\($0)", Float($0)) }
    let all = try store.collect(.init(roots: [], isDryRun: true)).bytes
    let result = try store.collect(.init(roots: [rows[0].fingerprint], maximumSize: all - 1))
    #expect(result.rows.count == 1)
    #expect(try store.lookup(rows[0].fingerprint) != nil)
    #expect(result.keptBytes < all)
  }

  @Test func `work of living processes and young objects without a row stay`() throws {
    let work = try store.makeWorkFolder()
    let dead = store.root.appending("tmp").appending("\(Posix.hostName).999999999.x")
    try Posix.makeFolder(dead)
    let row = try publish("a", 1)
    try Posix.remove(store.actionFile(row.fingerprint))
    let result = try store.collect(.init(roots: []))
    #expect(result.litter == 1)
    #expect(result.objects == 0)
    #expect(try Posix.status(of: work) != nil)
    #expect(try Posix.status(of: dead) == nil)
  }

  @Test func `what no row names does not count against a maximum size, for it goes anyway`() throws {
    let row = try publish("a", 1)
    try Posix.remove(store.actionFile(row.fingerprint))
    let kept = try publish("b", 2)
    let size = kept.outputs.values.reduce(0) { $0 + $1.size }
    let later = Date().timeIntervalSince1970 + 2 * 86_400
    let result = try store.collect(.init(roots: [], days: 0, maximumSize: size), at: later)
    #expect(result.rows.isEmpty)
    #expect(result.objects == 1 && result.keptBytes == size)
    #expect(try store.lookup(kept.fingerprint) != nil)
  }

  @Test func `objects that a new row names stay, though the rows that named them are gone`() throws {
    let gone = try publish("a", 1)
    let output = try #require(gone.outputs["value"])
    var new: Manifest?
    let result = try store.collect(.init(roots: []), at: Date().timeIntervalSince1970) {
      #expect(try store.row(gone.fingerprint) == nil)
      new = try publish("b", 1)
    }
    #expect(result.rows.count == 1 && result.objects == 0)
    #expect(new?.outputs["value"]?.digest == output.digest)
    #expect(try store.lookup(#require(new).fingerprint) != nil)
  }

  @Test func `while somebody publishes, young objects stay though their rows go`() throws {
    let row = try publish("a", 1)
    let work = try store.makeWorkFolder()
    let told = try store.collect(.init(roots: [], isDryRun: true))
    let first = try store.collect(.init(roots: []))
    #expect(first.rows.count == 1 && first.objects == 0 && first.keptBytes > 0)
    #expect(told.objects == 0 && told.keptBytes == first.keptBytes)
    #expect(try Posix.status(of: store.objectFolder(#require(row.outputs["value"]).digest)) != nil)
    try Posix.remove(work)
    _ = try publish("b", 2)
    #expect(try store.collect(.init(roots: [])).objects == 2)  // the value of the first is litter of a day to come
  }

  @Test func `work on another machine stays while its claims beat or anything in it is young`() throws {
    let now = Date().timeIntervalSince1970
    let later = now + 2 * 86_400
    func touch(_ path: FilePath, _ time: Double) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: time)], ofItemAtPath: path.string)
    }
    let (work, other) = (store.folder("tmp").appending("elsewhere.7.x"), store.folder("tmp").appending("else.7.x"))
    let file = work.appending("value").appending("file")
    for path in [file.removingLastComponent(), other] { try Posix.makeFolder(path) }
    try Posix.write([1], to: file)
    let claim = store.folder("claims").appending(String(repeating: "0", count: 64))
    try Posix.write(Array(#"{"host":"elsewhere","process":7,"began":"1","token":"x"}"#.utf8), to: claim)

    try touch(claim, later - 30)
    #expect(try store.collect(.init(roots: []), at: later).litter == 1)
    #expect(try Posix.names(in: store.folder("tmp")) == ["elsewhere.7.x"])
    try touch(claim, now)
    try touch(file, later - 3600)
    #expect(try store.collect(.init(roots: []), at: later).litter == 0)
    try touch(file, now)
    #expect(try store.collect(.init(roots: []), at: later).litter == 1)
    #expect(try Posix.names(in: store.folder("tmp")).isEmpty)
  }

  @Test func `claims and checkpoints of tasks that run stay, whatever the days`() throws {
    guard case .claimed(let claim) = try store.claim(Sample.key("a").digest()) else {
      Issue.record("the claim is free")
      return
    }
    let draft = try store.draftFolder(of: Sample.key("a"))
    let old = try store.draftFolder(of: Sample.key("b"))
    for folder in [draft, old] { try Posix.makeFolder(folder) }
    let dead = store.folder("claims").appending(String(repeating: "0", count: 64))
    try Posix.write(
      Array(#"{"host":"\#(Posix.hostName)","process":999999999,"began":"1","token":"x"}"#.utf8), to: dead)
    let now = Date().timeIntervalSince1970
    let first = try store.collect(.init(roots: [], days: 0), at: now + 60)
    #expect(first.litter == 1)
    #expect(try Posix.status(of: dead) == nil)
    #expect(try Posix.status(of: old) != nil)
    #expect(try store.collect(.init(roots: [], days: 0), at: now + 7200).litter == 1)
    #expect(try Posix.status(of: old) == nil && Posix.status(of: draft) != nil)
    #expect(try claim.beat())
  }

  /// The record of a run that has not ended, in which one task has begun.
  private func openRun(
    of row: Manifest, host: String = Posix.hostName, process: Int32 = Posix.processIdentifier, began: String?
  ) throws {
    var header = header(started: Date().timeIntervalSince1970 - 40 * 86_400)
    (header.host, header.process, header.began) = (host, process, began)
    let writer = try RunWriter(in: store, header)
    var task = RunRecord.Task("a", .started, time: 0)
    task.fingerprint = row.fingerprint
    try writer.write(task)
  }

  @Test(arguments: [0.0, 30])
  func `what a run under way has computed or found stays, whatever the days`(days: Double) throws {
    let (mine, gone) = (try publish("a", 1), try publish("b", 2))
    try openRun(of: mine, began: Posix.startTime(of: Posix.processIdentifier))
    try openRun(of: gone, process: 999_999_999, began: "1")
    let result = try store.collect(.init(roots: [], days: days))
    #expect(result.rows.map(\.fingerprint) == [gone.fingerprint])
  }

  @Test(arguments: [(0.5, false, true), (2, false, false), (2, true, true)])
  func `a run on another machine counts as under way while it writes or its claims are young`(
    days: Double, hasClaim: Bool, isKept: Bool
  ) throws {
    let row = try publish("a", 1)
    try openRun(of: row, host: "elsewhere", process: 7, began: "1")
    let later = Date().timeIntervalSince1970 + days * 86_400
    let claim = store.folder("claims").appending(String(repeating: "0", count: 64))
    if hasClaim {
      try Posix.write(Array(#"{"host":"elsewhere","process":7,"began":"1","token":"x"}"#.utf8), to: claim)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: later - 30)], ofItemAtPath: claim.string)
    }
    _ = try store.collect(.init(roots: [], days: 0), at: later)
    #expect(try (store.lookup(row.fingerprint) != nil) == isKept)
  }

  @Test func `the contents are listed, the newest first`() throws {
    _ = try publish("a", 1)
    let entry = try #require(try store.contents().first)
    #expect(entry.kind == "a" && entry.seconds == 2 && entry.isWhole && entry.size > 0)
  }
}
