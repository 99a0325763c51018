import Fingerprints
import Recipes
import Testing

@testable import Pipeline

/// What changes a seed or a key, and what does not: `design/IDENTITY.md`.
@Suite struct KeyTests {
  private func seeds(_ text: String) throws -> [String: UInt64] {
    let tasks = try Graph.fake(text).tasks
    return Dictionary(uniqueKeysWithValues: tasks.map { ($0.address, $0.seed) })
  }

  /// Changes of the text that ask for the same work.
  static let harmless: [(name: String, text: String)] = [
    ("a comment", FakeRecipe.changed("  train:\n", "  train:  # the slow one\n")),
    ("keys in another order", FakeRecipe.changed("{steps: 20, rate: 0.5}", "{rate: 0.5, steps: 20}")),
    ("a number written otherwise", FakeRecipe.changed("rate: 0.5", "rate: 5e-1")),
    ("the recipe's name", FakeRecipe.changed("name: fake\n", "name: other\n")),
    ("a neutral value set", FakeRecipe.changed("{size: 3}", "{size: 3, contrast: 1.0}")),
    ("a default left out", FakeRecipe.changed("{name: $marker, size: 8}", "{name: $marker}")),
    (
      "memory and cores",
      FakeRecipe.changed("{steps: 20, rate: 0.5}", "{steps: 20, rate: 0.5}\n    needs: {cores: 2, memory: 1 GiB}")
    ),
    ("a further label", FakeRecipe.changed("marker: [a, b]", "marker: [a, b, c]")),
    ("a further axis", FakeRecipe.changed("axes:\n", "axes:\n  unused: [1, 2]\n")),
  ]

  @Test(arguments: harmless.map(\.text))
  func `what asks for the same work changes no seed and no key`(_ text: String) throws {
    let (before, after) = (try Plan.planKeys(FakeRecipe.text), try Plan.planKeys(text))
    let gathering = text.contains("[a, b, c]") ? ["matrix"] : []
    for (address, key) in before where !gathering.contains(address) { #expect(after[address] == key, "\(address)") }
    let (old, new) = (try seeds(FakeRecipe.text), try seeds(text))
    for (address, seed) in old { #expect(new[address] == seed, "\(address)") }
  }

  @Test func `renaming a stage or an axis changes no key but that of what prints the labels`() throws {
    let renamed = FakeRecipe.text.replacing("split", with: "halves").replacing("fake.halves", with: "fake.split")
      .replacing("marker", with: "stain")
    let before = Set(try Plan.planKeys(FakeRecipe.text).values)
    #expect(Set(try Plan.planKeys(renamed).values) == before)
    let stand = FakeRecipe.changed("{model: blind}", "{model: none}")
    let (old, new) = (try Plan.planKeys(FakeRecipe.text), try Plan.planKeys(stand))
    #expect(Set(old.keys.filter { old[$0] != new[$0] }) == ["matrix"])
  }

  @Test(arguments: [
    ("rate: 0.5", "rate: 0.25", ["train", "score", "matrix"]),
    ("size: 3", "size: 4", ["blind", "matrix"]),
    ("{size: 3}", "{size: 3, contrast: 0.5}", ["blind", "matrix"]),
    ("name: $marker, size: 8", "name: $marker, size: 9", ["make", "split", "train", "score", "matrix"]),
  ])
  func `a parameter changes the tasks that read it and those behind them`(
    _ old: String, _ new: String, _ stages: [String]
  ) throws {
    let (before, after) = (try Plan.planKeys(FakeRecipe.text), try Plan.planKeys(FakeRecipe.changed(old, new)))
    let changed = Set(before.keys.filter { before[$0] != after[$0] }.map { String($0.prefix { $0 != "[" }) })
    #expect(changed == Set(stages))
  }

  @Test func `two inputs that swap their roles make another key`() throws {
    let swapped = FakeRecipe.changed(
      "train: split.low, validation: split.high", "train: split.high, validation: split.low")
    let (before, after) = (try Plan.planKeys(FakeRecipe.text), try Plan.planKeys(swapped))
    #expect(before["train[marker=a]"] != after["train[marker=a]"])
    #expect(before["split[marker=a]"] == after["split[marker=a]"])
  }

  @Test func `the revision of the engine's arithmetic is in every key`() throws {
    let (before, after) = (
      try Plan.planKeys(FakeRecipe.text), try Plan.planKeys(FakeRecipe.text, registry: Fake.registry(numerics: 2))
    )
    #expect(Set(before.values).isDisjoint(with: after.values))
  }

  @Test func `two stages that ask for the same work have one key`() throws {
    let twin = FakeRecipe.changed(
      "  split:\n", "  twin: {use: fake.make, over: [marker], with: {size: 8, name: $marker}}\n  split:\n")
    let keys = try Plan.planKeys(twin)
    #expect(keys["twin[marker=b]"] == keys["make[marker=b]"])
  }

  // MARK: - Seeds

  @Test func `the seed follows the recipe's seed, the kind and the values read, not parameters`() throws {
    let plain = try seeds(FakeRecipe.text)
    #expect(plain["make[marker=a]"] != plain["make[marker=b]"])
    // Read nothing by name, so that all markers train from one start.
    #expect(plain["train[marker=a]"] == plain["train[marker=b]"])
    #expect(plain["train[marker=a]"] != plain["split[marker=a]"])
    let other = try seeds(FakeRecipe.changed("seed: 7", "seed: 8"))
    for (address, seed) in plain { #expect(other[address] != seed) }
    let steps = try seeds(FakeRecipe.changed("steps: 20", "steps: 40"))
    #expect(steps == plain)
    let fixed = try seeds(FakeRecipe.changed("name: $marker", "name: a"))
    #expect(fixed["make[marker=a]"] == fixed["make[marker=b]"])
    #expect(fixed["make[marker=a]"] == plain["train[marker=a]"].map { _ in fixed["blind[test=a]"] ?? 0 })
  }

  @Test func `the labels of records are not in the seed, the fields read are`() throws {
    func text(_ label: String, _ field: String) -> String {
      """
      lightbench: 1
      name: fake
      seed: 7
      axes: {set: {\(label): {file: \(field), other: 1}}}
      stages: {make: {use: fake.make, over: [set], with: {name: $set.file}}}
      """
    }
    let plain = try seeds(text("one", "x"))["make[set=one]"]
    #expect(try seeds(text("two", "x"))["make[set=two]"] == plain)
    #expect(try seeds(text("one", "y"))["make[set=one]"] != plain)
  }
}
