public import Fingerprints

/// What a task published: the row of the store under its fingerprint.
public struct Manifest: Sendable, Codable {
  /// One output.
  public struct Output: Sendable, Hashable, Codable {
    /// The digest of the artifact's logical content, by which the object is named.
    public let digest: Digest
    /// Bytes on disk.
    public let size: Int
    /// The type of the artifact.
    public let type: ArtifactType

    /// An output that lies in the store; `size` in bytes.
    public init(digest: Digest, size: Int, type: ArtifactType) {
      self.digest = digest
      self.size = size
      self.type = type
    }
  }

  /// Where, when and by what it was computed: never part of any key.
  public struct Provenance: Sendable, Codable {
    /// The task that computed it first, as its user called it.
    public var address: String
    /// The name of the machine, without a domain.
    public var host: String
    /// The number of the worker.
    public var process: Int32
    /// The version of the program.
    public var build: String
    /// Seconds since 1970.
    public var started: Double
    /// How long it took.
    public var seconds: Double
    /// The path of the log, where it was written.
    public var log: String
    /// Bytes that the worker held at most, commands of the user's not counted; nil where nobody looked.
    public var memory: Int?

    /// Provenance; times in seconds, memory in bytes.
    public init(
      address: String, host: String, process: Int32, build: String, started: Double, seconds: Double, log: String,
      memory: Int? = nil
    ) {
      self.address = address
      self.host = host
      self.process = process
      self.build = build
      self.started = started
      self.seconds = seconds
      self.log = log
      self.memory = memory
    }
  }

  /// The fingerprint.
  public let fingerprint: Digest
  /// The key behind it, field by field.
  public let key: TaskKey
  /// Every output port, `metrics` among them.
  public let outputs: [String: Output]
  /// The values of `metrics`, for tables without opening objects.
  public let metrics: [Metric]
  /// Where it came from.
  public let provenance: Provenance
  /// The regions behind each output; nil in rows that know none, and in those of before 2026-11-26.
  public let lineage: [String: Lineage]?

  /// A row; `fingerprint` is the digest of `key`.
  public init(
    fingerprint: Digest, key: TaskKey, outputs: [String: Output], metrics: [Metric], provenance: Provenance,
    lineage: [String: Lineage]? = nil
  ) {
    self.lineage = lineage
    self.fingerprint = fingerprint
    self.key = key
    self.outputs = outputs
    self.metrics = metrics
    self.provenance = provenance
  }
}
