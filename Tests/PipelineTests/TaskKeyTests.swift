import Fingerprints
import Testing

@testable import Pipeline

/// What is in a fingerprint, field by field: `design/IDENTITY.md`.
@Suite struct TaskKeyTests {
  private static let key = TaskKey(
    kind: "k", revision: 1, parameters: ["a": 1, "b": "x"],
    inputs: [
      .init(port: "p", place: 0, digest: .of("0"), labels: ["row": "r"]),
      .init(port: "p", place: 1, digest: .of("1")),
    ], seed: 7, numerics: 1)

  static let changes: [(what: String, change: @Sendable (inout TaskKey) -> Void)] = [
    ("the kind", { $0.kind = "l" }),
    ("the revision", { $0.revision = 2 }),
    ("the name of a parameter", { $0.parameters = ["c": 1, "b": "x"] }),
    ("the value of a parameter", { $0.parameters["a"] = 2 }),
    ("the type of a parameter", { $0.parameters["a"] = 1.0 }),
    ("a further parameter", { $0.parameters["c"] = .null }),
    ("an empty list in the place of null", { $0.parameters["c"] = [] }),
    ("an empty text in the place of null", { $0.parameters["c"] = "" }),
    ("the content of an input", { $0.inputs[0] = .init(port: "p", place: 0, digest: .of("2"), labels: ["row": "r"]) }),
    ("the port of an input", { $0.inputs[1] = .init(port: "q", place: 1, digest: .of("1")) }),
    ("the place of an input", { $0.inputs[1] = .init(port: "p", place: 2, digest: .of("1")) }),
    ("the label of an input", { $0.inputs[0] = .init(port: "p", place: 0, digest: .of("0"), labels: ["row": "s"]) }),
    ("the axis of a label", { $0.inputs[0] = .init(port: "p", place: 0, digest: .of("0"), labels: ["column": "r"]) }),
    ("the order of inputs", { $0.inputs.reverse() }),
    ("an input left out", { $0.inputs.removeLast() }),
    ("the seed", { $0.seed = 8 }),
    ("the engine's arithmetic", { $0.numerics = 2 }),
  ]

  @Test func `each field moves the fingerprint, and no two alike`() throws {
    var digests = [try Self.key.digest()]
    for (what, change) in Self.changes {
      var key = Self.key
      change(&key)
      let digest = try key.digest()
      #expect(!digests.contains(digest), "\(what)")
      digests.append(digest)
    }
  }

  @Test func `the fingerprint of a key is one forever`() throws {
    // By `Fixtures/task_key.py`.
    #expect(try Self.key.digest().hex == "be6f33d314f66076d86f2a8daabb3a8c590c0829be68b01f742e71d35dcfc506")
    let empty = TaskKey(kind: "", revision: 0, parameters: [:], inputs: [], seed: 0, numerics: 0)
    #expect(try empty.digest().hex == "25bd54fada0f0bac6cb64a53ab02574e210a1ac5804772bd039f96413e0388cd")
  }

  @Test func `a trajectory is the key without the number of steps, and nothing else`() throws {
    var longer = Self.key
    longer.parameters["a"] = 9
    #expect(try longer.trajectory(without: ["a"]).digest() == Self.key.trajectory(without: ["a"]).digest())
    longer.parameters["b"] = "y"
    #expect(try longer.trajectory(without: ["a"]).digest() != Self.key.trajectory(without: ["a"]).digest())
    #expect(try Self.key.trajectory(without: []).digest() == Self.key.digest())
  }
}
