import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Two runners share a store and are killed at any moment: no row is ever invalid, nothing is computed twice that
  /// was not killed in the act, and the end is that of an undisturbed run.
  @Suite struct TortureTests {
    @Test func `two runners on one store compute each task once`() async throws {
      let runs = try SmallRuns()
      let both = try [runs.start("shared"), runs.start("shared")]
      for program in both {
        let ending = await program.ending()
        #expect(ending.code == 0, "\(ending.all)")
      }
      let store = runs.store("shared")
      let lines = try store.records().flatMap(store.record)
      let computed = lines.filter { $0.state == "published" }.map(\.address)
      #expect(computed.count == 24)
      #expect(Set(computed).count == 24)
      #expect(try await runs.verify("shared") == nil)
    }

    @Test(arguments: [EndToEnd.isFull ? 300 : 20])
    func `killed again and again, two runners end with the bytes of an undisturbed run`(kills: Int) async throws {
      let runs = try SmallRuns()
      let undisturbed = await (try runs.start("undisturbed")).ending()
      #expect(undisturbed.code == 0, "\(undisturbed.all)")
      var torture = Torture(runs, seed: 20_261_126)
      while torture.kills < kills { try await torture.round() }
      #expect(torture.faults * 3 >= kills - 6, "\(torture.faults) of \(torture.kills) kills came at fault points")
      print("killed \(torture.kills) times, \(torture.faults) of them while publishing, in \(torture.rounds) rounds")
    }

    @Test func `flipped bytes are found, quarantined, computed again and reported`() async throws {
      let runs = try SmallRuns()
      let first = await (try runs.start("flipped")).ending()
      #expect(first.code == 0, "\(first.all)")
      let store = runs.store("flipped")
      let (sound, outputs) = (try store.contents(of: "objects"), try store.outputs())
      let victims = sound.keys.filter { $0.hasSuffix("tables.h5") }
      for victim in victims { try store.flip(victim) }
      let ending = try await runs.place.expect(5, "cache", "verify", "--store", store.root.string)
      #expect(
        ending.output.components(separatedBy: "damaged, now in quarantine: ").count == victims.count + 1,
        "\(ending.all)")
      let again = await (try runs.start("flipped")).ending()
      #expect(again.code == 0, "\(again.all)")
      #expect(try store.outputs() == outputs)
      try expectSameObjects(store, sound)
      #expect(try await runs.verify("flipped") == nil)
    }

    private func expectSameObjects(_ store: StoreFiles, _ wanted: [String: Data]) throws {
      let found = try store.contents(of: "objects")
      let different = Set(found.keys).union(wanted.keys).filter { found[$0] != wanted[$0] }
      #expect(different.isEmpty, "\(different.sorted())")
    }
  }
}

/// Rounds of two runs on a new store, disturbed until the store holds everything.
private struct Torture {
  private static let faults = [
    "before-write", "before-validate", "before-fsync", "before-rename", "between-objects", "before-link", "after-link",
  ]

  private let runs: SmallRuns
  private var random: SplitMix
  private(set) var kills = 0
  private(set) var faults = 0
  private(set) var rounds = 0

  init(_ runs: SmallRuns, seed: UInt64) {
    self.runs = runs
    random = SplitMix(state: seed)
  }

  /// One store from nothing to the end.
  mutating func round() async throws {
    rounds += 1
    let name = "round-\(rounds)"
    let store = runs.store(name)
    let wanted = runs.store("undisturbed")
    var isDone = false
    while !isDone {
      let before = try store.published()
      let earlier = Set(store.records())
      isDone = try await disturbedPair(name)
      for record in store.records() where !earlier.contains(record) {
        let again = try store.record(record).filter { $0.state == "started" && before.contains($0.fingerprint ?? "") }
        #expect(again.isEmpty, "round \(rounds): computed again: \(again.map(\.address))")
      }
      // Both may have died before there was a store.
      let complaint = store.isThere ? try await runs.verify(name) : nil
      #expect(complaint == nil, "round \(rounds): \(complaint ?? "")")
    }
    let published = try store.records().flatMap(store.record).filter { $0.state == "published" }.map(\.address)
    #expect(Set(published).count == published.count, "round \(rounds): published twice: \(published)")
    #expect(try store.outputs() == wanted.outputs(), "round \(rounds)")
    let (found, undisturbed) = (try store.contents(of: "objects"), try wanted.contents(of: "objects"))
    #expect(found == undisturbed, "round \(rounds): objects differ")
    try FileManager.default.removeItem(atPath: store.root.string)
  }

  /// Two runs at once, most of which are killed; true when one of them ended with everything done.
  private mutating func disturbedPair(_ name: String) async throws -> Bool {
    // A third of the kills come at fault points.
    let fault = faults * 3 <= kills ? Self.faults.randomElement(using: &random) : nil
    let first = try runs.start(name, fault: fault)
    let second = try runs.start(name)
    if fault != nil {
      // Its workers die by themselves, until the task that they try fails.
      faults += 1
      kills += 1
    } else {
      try await disturb(first)
    }
    if Int.random(in: 0..<4, using: &random) > 0 { try await disturb(second) }
    let endings = [await first.ending(), await second.ending()]
    for ending in endings { #expect([0, 1, 128 + SIGKILL].contains(ending.code), "\(ending.all)") }
    return endings.contains { $0.code == 0 }
  }

  private mutating func disturb(_ program: Program) async throws {
    try await Task.sleep(for: .milliseconds(Int.random(in: 0..<500, using: &random)))
    guard Program.isAlive(program.identifier) else { return }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: kills += try await runs.killAll(program)
    case 1:
      program.send(SIGKILL)
      kills += 1
    default:
      for worker in program.children.prefix(1) {
        kill(worker, SIGKILL)
        kills += 1
      }
    }
  }
}

/// Numbers that are the same every time; Steele, Lea and Flood 2014.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
