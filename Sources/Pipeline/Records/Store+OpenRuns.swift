import Fingerprints
import SystemPackage

/// Runs that are under way.
extension Store {
  /// Seconds for which a run of another machine counts as under way after it last wrote to its record.
  private static let silence = 24 * 3600.0
  /// Seconds after the last heartbeat for which the claims of another machine show that their run is under way.
  private static let pause = 3600.0

  /// Everything that runs under way have found or computed, and the steps that their tasks paused after, however long
  /// ago they began.
  ///
  /// - Parameter now: Seconds since 1970.
  func fingerprintsOfOpenRuns(at now: Double) throws -> Set<Digest> {
    let claimants = try claimants(at: now)
    var found: Set<Digest> = []
    for id in try runs() {
      guard let header = try header(of: id), try mayGoOn(id, header, at: now, claimants) else { continue }
      let record = try run(id)
      guard record.end == nil else { continue }
      found.formUnion(record.tasks.flatMap { [$0.fingerprint, $0.trajectory] }.compactMap(\.self))
    }
    return found
  }

  struct Claimant: Hashable {
    let host: String
    let process: Int32
  }

  private func mayGoOn(
    _ id: String, _ header: RunRecord.Header, at now: Double, _ claimants: Set<Claimant>
  ) throws -> Bool {
    if header.host == Posix.hostName {
      return Posix.isAlive(header.process)
        && (header.began == nil || Posix.startTime(of: header.process) == header.began)
    }
    if claimants.contains(Claimant(host: header.host, process: header.process)) { return true }
    return try age(of: folder("runs").appending(id + ".jsonl"), now) < Self.silence
  }

  /// Who holds claims whose heart beats, on any machine.
  func claimants(at now: Double) throws -> Set<Claimant> {
    var found: Set<Claimant> = []
    for name in try Posix.names(in: folder("claims")) {
      let path = folder("claims").appending(name)
      guard let owner = try Self.owner(of: path), try age(of: path, now) < Self.pause else { continue }
      found.insert(Claimant(host: owner.host, process: owner.process))
    }
    return found
  }

  /// Seconds since a file was written last; 0 where there is none.
  private func age(of path: FilePath, _ now: Double) throws -> Double {
    guard let status = try Posix.status(of: path) else { return 0 }
    return now - Double(status.modified) / 1e9
  }
}
