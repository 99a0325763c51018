public import Fingerprints
import SystemPackage

/// What a training had come to at a step where it paused: a row of its own, kept whatever becomes of the training.
public struct Rung: Sendable, Hashable, Codable {
  /// Names the steps up to this one: the key without the number of steps where they do not depend on it, else the
  /// fingerprint.
  public let trajectory: Digest
  /// The key of the task that measured it.
  public let key: TaskKey
  /// Steps done.
  public let step: Int
  /// What was measured there; n/a where the training had diverged.
  public let metrics: [Metric]

  /// A row from its parts.
  public init(trajectory: Digest, key: TaskKey, step: Int, metrics: [Metric]) {
    (self.trajectory, self.key, self.step, self.metrics) = (trajectory, key, step, metrics)
  }

  /// The name of its file.
  var fileName: String { Self.fileName(trajectory, step) }

  fileprivate static func fileName(_ trajectory: Digest, _ step: Int) -> String { "\(trajectory.hex).\(step).json" }

  /// Whether its name is one that its key can have: of all of it, or without the parameters that say how many steps
  /// there are, of which no kind has more than three.
  var isOfKey: Bool {
    get throws {
      var left: [[String]] = [[]]
      for _ in 0...3 {
        for names in left where try key.trajectory(without: names).digest() == trajectory { return true }
        left = left.flatMap { names in
          key.parameters.keys.filter { name in names.last.map { $0 < name } ?? true }.map { names + [$0] }
        }
      }
      return false
    }
  }

  /// The metric of that name.
  public func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }
}

/// A task has paused at the rung that its order names: no failure, and no result yet.
public struct TaskPause: Error, Sendable {
  /// What it came to.
  public let rung: Rung

  /// A pause at a rung.
  public init(rung: Rung) { self.rung = rung }
}

extension Trajectory {
  /// Names the steps that trainings of any length share.
  func sharedDigest(of key: TaskKey) throws -> Digest { try key.trajectory(without: stepParameters).digest() }

  /// Names the steps up to one of them: two tasks of one digest are in the same state there.
  func digest(of key: TaskKey, at step: Int) throws -> Digest {
    step <= sharedSteps ? try sharedDigest(of: key) : try key.digest()
  }
}

extension Store {
  private func rungFile(_ trajectory: Digest, at step: Int) -> FilePath {
    folder("rungs").appending(Rung.fileName(trajectory, step))
  }

  /// The file of a row.
  func rungFile(_ rung: Rung) -> FilePath { folder("rungs").appending(rung.fileName) }

  /// All rows of some trainings, in the order of their names.
  func rungs(of trajectories: Set<Digest>) throws -> [Rung] {
    try Posix.names(in: folder("rungs")).sorted().compactMap { name in
      let parts = name.split(separator: ".")
      guard parts.count == 3, let trajectory = Digest(hex: String(parts[0])), trajectories.contains(trajectory),
        let step = Int(parts[1])
      else { return nil }
      return try rung(trajectory, at: step)
    }
  }

  /// What is on record of a training at a step; a row that cannot be read is moved to quarantine.
  public func rung(_ trajectory: Digest, at step: Int) throws -> Rung? {
    let path = rungFile(trajectory, at: step)
    let bytes: [UInt8]
    do { bytes = try Posix.read(path) } catch let error as SystemError where error.isMissing { return nil }
    do {
      let rung = try JSONLine.decode(Rung.self, from: bytes)
      guard rung.trajectory == trajectory, rung.step == step else { throw Damage(reason: "it is of another training") }
      return rung
    } catch {
      try quarantine(path, because: "the rung cannot be read: \(error)")
      return nil
    }
  }

  /// Keeps a row, whole and on the disk.
  ///
  /// - Parameter isRenewed: Whether it replaces one that is there; one that lacks a metric is replaced always.
  /// - Returns: The row that is kept, else the first publisher's, and the one that it replaced.
  func keep(_ rung: Rung, renewing isRenewed: Bool = false) throws -> (rung: Rung, replaced: Rung?) {
    let path = rungFile(rung.trajectory, at: rung.step)
    let draft = try makeWorkFolder()
    defer { try? Posix.remove(draft) }  // litter that `cache gc` finds
    let written = draft.appending("rung.json")
    try Posix.write(try JSONLine.encode(rung), to: written)
    try Posix.synchronise(written)
    try Posix.makeFolder(path.removingLastComponent())
    var old: Rung?
    if try !Posix.link(written, as: path) {
      old = try self.rung(rung.trajectory, at: rung.step)
      if let old, !isRenewed, rung.metrics.allSatisfy({ old.metric($0.name) != nil }) { return (old, nil) }
      try Posix.rename(written, to: path)
    }
    try Posix.synchronise(path.removingLastComponent())
    return (rung, old)
  }

  /// The rows that nothing reaches: neither themselves nor the task that measured them, as `cache gc` counts.
  func unreachedRungs(_ reached: Set<Digest>) throws -> [FilePath] {
    try Posix.names(in: folder("rungs")).compactMap { name in
      let path = folder("rungs").appending(name)
      guard let trajectory = Digest(hex: String(name.prefix { $0 != "." })), !reached.contains(trajectory) else {
        return nil
      }
      let row = try? JSONLine.decode(Rung.self, from: Posix.read(path))  // unreadable: judged by its age
      return try row.map { reached.contains(try $0.key.digest()) } ?? false ? nil : path
    }
  }
}
