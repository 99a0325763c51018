public import Fingerprints

/// Everything that decides what a task computes, field by field.
///
/// Its digest is the fingerprint where inputs stand by the digests of their content, and the plan key where they
/// stand by the plan keys of their producers. Never in it: paths, times, hosts, names of stages and axes, threads.
public struct TaskKey: Sendable, Hashable, Codable {
  /// One input: which port, which place in its list, what.
  public struct Input: Sendable, Hashable, Codable {
    /// The port of the consumer.
    public let port: String
    /// The place in the port's list.
    public let place: Int
    /// The digest of the content; in a plan key, that of the producer's plan key and port.
    public let digest: Digest
    /// Row and column labels of gathered artifacts.
    public let labels: [String: String]

    /// An input; `place` counts from 0.
    public init(port: String, place: Int, digest: Digest, labels: [String: String] = [:]) {
      self.port = port
      self.place = place
      self.digest = digest
      self.labels = labels
    }
  }

  /// The stage kind.
  public var kind: String
  /// The revision of the stage kind.
  public var revision: Int
  /// The parameters that differ from their neutral values, decoded.
  public var parameters: [String: CanonicalValue]
  /// The inputs, by port and place.
  public var inputs: [Input]
  /// The seed of the task.
  public var seed: UInt64
  /// The revision of the engine's arithmetic.
  public var numerics: Int

  /// A key; `parameters` without those that equal their neutral values.
  public init(
    kind: String, revision: Int, parameters: [String: CanonicalValue], inputs: [Input], seed: UInt64, numerics: Int
  ) {
    self.kind = kind
    self.revision = revision
    self.parameters = parameters
    self.inputs = inputs
    self.seed = seed
    self.numerics = numerics
  }

  /// The canonical value that is hashed: domain tag, format version and every field.
  public var canonical: CanonicalValue {
    .map([
      "domain": .text("lightbench.task"), "format": .integer(1),
      "kind": .text(kind), "revision": .integer(Int64(revision)), "parameters": .map(parameters),
      "inputs": .list(
        inputs.map {
          .map([
            "port": .text($0.port), "place": .integer(Int64($0.place)), "digest": .bytes($0.digest.bytes),
            "labels": .map($0.labels.mapValues { .text($0) }),
          ])
        }),
      "seed": .bytes(seedBytes), "numerics": .integer(Int64(numerics)),
    ])
  }

  /// The digest of all fields.
  public func digest() throws -> Digest { Digest.of(try canonical.encoded()) }

  /// The key of the same work without the parameters that only say how long it goes on.
  public func trajectory(without stepParameters: [String]) -> TaskKey {
    var key = self
    for name in stepParameters { key.parameters[name] = nil }
    return key
  }

  private var seedBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: seed >> (56 - 8 * $0)) } }
}
