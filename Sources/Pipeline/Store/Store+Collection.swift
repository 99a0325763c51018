public import Fingerprints
import Foundation
import SystemPackage

/// Removing what nothing reaches any more.
extension Store {
  /// What `cache gc` removed, or would remove.
  public struct Collection: Sendable, Codable {
    /// Rows, with what computing them again would cost.
    public var rows: [Entry] = []
    /// Objects that no remaining row names.
    public var objects = 0
    /// Files and folders of dead processes, and old checkpoints.
    public var litter = 0
    /// Bytes of all of them.
    public var bytes = 0
    /// Rows that stay.
    public var kept = 0
    /// Bytes of objects that stay.
    public var keptBytes = 0

    /// Seconds that computing the removed rows again would take.
    public var seconds: Double { rows.reduce(0) { $0 + $1.seconds } }
  }

  /// What is collected, and how.
  public struct CollectionRule: Sendable {
    /// Fingerprints that the experiments at hand reach.
    public var roots: Set<Digest>
    /// Runs of so many days keep what they used.
    public var days: Double
    /// Remove only as much of what is not reached, the oldest first, as brings the objects below so many bytes.
    public var maximumSize: Int?
    /// Only say what would go.
    public var isDryRun: Bool

    /// A rule; `maximumSize` in bytes, nil to remove all that is not reached.
    public init(roots: Set<Digest>, days: Double = 30, maximumSize: Int? = nil, isDryRun: Bool = false) {
      self.roots = roots
      self.days = days
      self.maximumSize = maximumSize
      self.isDryRun = isDryRun
    }
  }

  /// Objects and drafts younger than this may belong to a publication under way on another machine.
  private static let grace = 24 * 3600.0
  /// Claims and checkpoints younger than this may belong to a task that runs, whatever the rule says.
  private static let workGrace = 3600.0

  /// Removes rows that nothing reaches, then objects that no row names, litter and old checkpoints.
  ///
  /// What a run under way has found or computed stays, whatever the rule says.
  public func collect(_ rule: CollectionRule) throws -> Collection {
    try collect(rule, at: Date().timeIntervalSince1970)
  }

  /// - Parameters:
  ///   - now: Seconds since 1970, from which ages are counted.
  ///   - betweenSteps: Called when the rows are gone and the objects are not; for tests.
  func collect(
    _ rule: CollectionRule, at now: Double, betweenSteps: () throws -> Void = {}
  ) throws -> Collection {
    var result = Collection()
    // Rows before records: what a run publishes meanwhile is either not among them, or on record.
    let rows = try rows()
    let sizes = try objectSizes()
    let underWay = try fingerprintsOfOpenRuns(at: now)
    let reached = rule.roots.union(try pins()).union(try fingerprintsOfRuns(since: now - rule.days * 86_400))
      .union(underWay)
    let named = Self.objects(of: rows)
    let orphans = try Set(
      sizes.keys.filter { try !named.contains($0) && age(of: objectFolder($0), now) >= Self.grace })
    let doomed = choose(
      rows.filter { !reached.contains($0.fingerprint) }, among: rows, sizes.filter { !orphans.contains($0.key) },
      rule.maximumSize)
    let kept = rows.filter { !doomed.contains($0.fingerprint) }
    result.kept = kept.count
    // Rows first: a row without objects is only a miss, and objects without a row are only litter.
    for row in rows where doomed.contains(row.fingerprint) {
      result.rows.append(Self.entry(row))
      try remove(actionFile(row.fingerprint), rule)
      try remove(droppedMark(row.fingerprint), rule)
    }
    try betweenSteps()
    let free = try orphans.union(freed(from: named, doomed, now, rule)).subtracting(namedNow(but: doomed, rule))
    for (digest, size) in sizes {
      guard free.contains(digest) else {
        result.keptBytes += size
        continue
      }
      result.objects += 1
      result.bytes += size
      try remove(objectFolder(digest), rule)
    }
    try collectLitter(now, rule, reached, underWay, &result)
    return result
  }

  /// The objects that rows which are gone named; while somebody publishes, without young ones, which may be theirs.
  private func freed(
    from named: Set<Digest>, _ doomed: Set<Digest>, _ now: Double, _ rule: CollectionRule
  ) throws -> Set<Digest> {
    guard !doomed.isEmpty, try isPublishing(now) else { return named }
    return try named.filter { try age(of: objectFolder($0), now) >= Self.grace }
  }

  /// What rows name now: others may have published since the rows were read, and found their objects there.
  private func namedNow(but doomed: Set<Digest>, _ rule: CollectionRule) throws -> Set<Digest> {
    Self.objects(of: try rows().filter { !rule.isDryRun || !doomed.contains($0.fingerprint) })
  }

  /// Whether a task that may publish is under way.
  private func isPublishing(_ now: Double) throws -> Bool {
    let hosts = Set(try claimants(at: now).map(\.host))
    return try Posix.names(in: folder("tmp")).contains { name in
      try !name.hasPrefix("claim.") && !isLitter(name, folder("tmp").appending(name), now, hosts)
    }
  }

  private static func objects(of rows: [Manifest]) -> Set<Digest> {
    Set(rows.flatMap { $0.outputs.values.map(\.digest) })
  }

  // MARK: - Choosing

  private func choose(
    _ candidates: [Manifest], among rows: [Manifest], _ sizes: [Digest: Int], _ maximumSize: Int?
  ) -> Set<Digest> {
    guard let maximumSize else { return Set(candidates.map(\.fingerprint)) }
    var uses: [Digest: Int] = [:]
    for row in rows { for output in Set(row.outputs.values.map(\.digest)) { uses[output, default: 0] += 1 } }
    var total = sizes.values.reduce(0, +)
    var doomed: Set<Digest> = []
    for row in candidates.sorted(by: { $0.provenance.started < $1.provenance.started }) where total > maximumSize {
      doomed.insert(row.fingerprint)
      for output in Set(row.outputs.values.map(\.digest)) {
        uses[output, default: 0] -= 1
        if uses[output] == 0 { total -= sizes[output] ?? 0 }
      }
    }
    return doomed
  }

  private func objectSizes() throws -> [Digest: Int] {
    var sizes: [Digest: Int] = [:]
    for name in try entries(of: "objects") {
      guard let digest = Digest(hex: name) else { continue }
      sizes[digest] = try ObjectFolder(path: objectFolder(digest)).size() ?? 0
    }
    return sizes
  }

  private static func entry(_ row: Manifest) -> Entry {
    Entry(
      fingerprint: row.fingerprint, address: row.provenance.address, kind: row.key.kind,
      size: row.outputs.values.reduce(0) { $0 + $1.size }, started: row.provenance.started,
      seconds: row.provenance.seconds, isWhole: true)
  }

  // MARK: - Litter

  private func collectLitter(
    _ now: Double, _ rule: CollectionRule, _ reached: Set<Digest>, _ underWay: Set<Digest>, _ result: inout Collection
  ) throws {
    var paths: [FilePath] = []
    let hosts = Set(try claimants(at: now).map(\.host))
    for name in try Posix.names(in: folder("tmp")) {
      let path = folder("tmp").appending(name)
      if try isLitter(name, path, now, hosts) { paths.append(path) }
    }
    // A task that waits at a rung holds no claim, and its run goes on from its checkpoint.
    var living = Set(underWay.map(\.hex))
    for claim in try Posix.names(in: folder("claims")) {
      let path = folder("claims").appending(claim)
      if try isOver(path, now, rule) { paths.append(path) } else { living.insert(claim) }
    }
    for name in ["trajectories", "quarantine", "memo", "conflicts"] {
      for entry in try Posix.names(in: folder(name)) {
        let path = folder(name).appending(entry)
        let isInUse =
          try name == "trajectories" && (living.contains(String(entry.prefix { $0 != "." })) || isHeld(draft: path))
        if try !isInUse && youngest(in: path, now) > Self.patience(rule) { paths.append(path) }
      }
    }
    // Small, and dear to measure again: they go only when neither an experiment nor a run of late knows them.
    for path in try unreachedRungs(reached) where try age(of: path, now) > Self.patience(rule) { paths.append(path) }
    for path in paths {
      result.litter += 1
      result.bytes += try ObjectFolder(path: path).sizeOfAnything()
      try remove(path, rule)
    }
  }

  private static func patience(_ rule: CollectionRule) -> Double { max(rule.days * 86_400, workGrace) }

  /// Whether nobody works under a claim any more: known for a process of this machine, a matter of age for others.
  private func isOver(_ claim: FilePath, _ now: Double, _ rule: CollectionRule) throws -> Bool {
    let isOld = try age(of: claim, now) > Self.patience(rule)
    // One that cannot be read, or is gone by now, is judged by its age.
    guard let bytes = try? Posix.read(claim), let owner = try? JSONLine.decode(Claim.Owner.self, from: bytes),
      owner.host == Posix.hostName
    else { return isOld }
    return !Posix.isAlive(owner.process) || Posix.startTime(of: owner.process) != owner.began
  }

  /// Work in progress is named `host.process.id`, a draft of a claim `claim.host.process.id`.
  ///
  /// - Parameter hosts: Where claims beat: what tasks there have begun may be as old as they are, and empty.
  private func isLitter(_ name: String, _ path: FilePath, _ now: Double, _ hosts: Set<String>) throws -> Bool {
    let parts = name.split(separator: ".").drop { $0 == "claim" }
    if parts.count == 3, let host = parts.first.map(String.init), let process = Int32(parts.dropFirst().first ?? "") {
      if host == Posix.hostName { return !Posix.isAlive(process) }
      if hosts.contains(host) { return false }
    }
    return try youngestBelow(path, now) > Self.grace
  }

  /// Seconds since anything in a folder, however deep, was written or moved; of a file its own.
  private func youngestBelow(_ path: FilePath, _ now: Double) throws -> Double {
    let inside = try Posix.status(of: path)?.isFolder == true ? try Posix.files(below: path).map(\.path) : []
    return try ([path] + inside.map { FilePath("\(path)/\($0)") }).map { file in
      try Posix.status(of: file).map { now - Double(max($0.changed, $0.modified)) / 1e9 } ?? 0
    }.min() ?? 0
  }

  private func age(of path: FilePath, _ now: Double) throws -> Double {
    guard let status = try Posix.status(of: path) else { return 0 }
    return now - Double(status.changed) / 1e9
  }

  private func youngest(in path: FilePath, _ now: Double) throws -> Double {
    let inside =
      try Posix.status(of: path)?.isFolder == true ? try Posix.names(in: path).map { path.appending($0) } : []
    return try ([path] + inside).map { try age(of: $0, now) }.min() ?? 0
  }

  private func remove(_ path: FilePath, _ rule: CollectionRule) throws {
    if !rule.isDryRun { try Posix.remove(path) }
  }
}

extension ObjectFolder {
  /// The bytes of a file, or of all files of a folder.
  func sizeOfAnything() throws -> Int {
    guard let status = try Posix.status(of: path) else { return 0 }
    return status.isFolder ? try size() ?? 0 : status.size
  }
}
