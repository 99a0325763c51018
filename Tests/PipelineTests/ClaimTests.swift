import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct ClaimTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }
  let fingerprint = Digest.of("task")
  var path: FilePath { store.root.appending("claims").appending(fingerprint.hex) }

  init() throws { temporary = try TemporaryStore() }

  @Test func `a task is claimed once, and again when it is given back`() throws {
    guard case .claimed(let claim) = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
    guard case .taken(let owner) = try store.claim(fingerprint) else { return #expect(Bool(false), "claimed twice") }
    #expect(owner.process == Posix.processIdentifier)
    #expect(try claim.beat())
    try claim.release()
    guard case .claimed = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
    #expect(try !claim.beat())
  }

  @Test func `a heart that could not beat beats on when it can`() async throws {
    guard case .claimed(let claim) = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
    let aside = store.root.appending("aside")
    try Posix.rename(path, to: aside)
    try Posix.makeFolder(path)
    #expect(throws: SystemError.self) { try claim.beat() }
    let heart = Task { await Scheduler.keepBeating(claim, every: 0.005) }
    try await Task.sleep(for: .milliseconds(100))
    try FileManager.default.removeItem(atPath: path.string)
    try FileManager.default.setAttributes([.modificationDate: Date() - 1000], ofItemAtPath: aside.string)
    let old = try #require(try Posix.status(of: aside)).modified
    try Posix.rename(aside, to: path)
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline, try Posix.status(of: path)?.modified == old {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(try #require(try Posix.status(of: path)).modified > old)
    heart.cancel()
    await heart.value
  }

  @Test func `the claim of a process that is gone is stale`() throws {
    let text = #"{"host":"\#(Posix.hostName)","process":999999999,"began":"1","token":"t"}"#
    try Posix.write(Array(text.utf8), to: path)
    guard case .claimed = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
    #expect(try Posix.names(in: store.root.appending("tmp")).isEmpty)
  }

  @Test func `the claim of a process whose number was given to another is stale`() throws {
    let text = #"{"host":"\#(Posix.hostName)","process":\#(Posix.processIdentifier),"began":"1","token":"t"}"#
    try Posix.write(Array(text.utf8), to: path)
    guard case .claimed = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
  }

  @Test(arguments: ["", #"{"host":"here","proc"#])
  func `a claim that a power cut left without its content is nobody's`(text: String) throws {
    guard case .claimed(let claim) = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
    try Posix.write(Array(text.utf8), to: path)
    #expect(try !claim.beat())
    try claim.release()
    #expect(try Posix.status(of: path) != nil)
    guard case .claimed = try store.claim(fingerprint) else { return #expect(Bool(false), "not claimed") }
    #expect(try Posix.names(in: store.root.appending("tmp")).isEmpty)
  }

  @Test(arguments: [(30.0, false), (90, true)])
  func `the claim of another machine is stale when its heart stands still`(age: Double, isStale: Bool) throws {
    try Posix.write(Array(#"{"host":"elsewhere","process":1,"token":"t"}"#.utf8), to: path)
    try FileManager.default.setAttributes([.modificationDate: Date() - age], ofItemAtPath: path.string)
    if case .claimed = try store.claim(fingerprint) { #expect(isStale) } else { #expect(!isStale) }
  }
}
