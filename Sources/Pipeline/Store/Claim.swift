public import Fingerprints
import Foundation
import SystemPackage

/// The word of a process that it is computing a task, so that another need not.
///
/// A claim saves work; correctness never depends on it. It is stale when its process is gone (on this machine) or
/// when its heart has not beaten for `Claim.patience` (anywhere).
public struct Claim: Sendable {
  /// Who holds a claim.
  public struct Owner: Sendable, Hashable, Codable {
    /// The name of its machine, without a domain.
    public let host: String
    /// The number of its process on that machine.
    public let process: Int32
    /// When the process began: a process of the same number that came later is another.
    let began: String?
    let token: String

    /// This process, under a new token.
    static func this() -> Owner {
      let process = Posix.processIdentifier
      return Owner(
        host: Posix.hostName, process: process, began: Posix.startTime(of: process), token: UUID().uuidString)
    }
  }

  /// Seconds without a heartbeat after which a claim of another machine is stale.
  public static let patience = 60.0

  /// The task.
  public let fingerprint: Digest
  private let path: FilePath
  private let owner: Owner

  fileprivate init(fingerprint: Digest, path: FilePath, owner: Owner) {
    self.fingerprint = fingerprint
    self.path = path
    self.owner = owner
  }

  /// Says that the owner still works; to be called every few seconds.
  ///
  /// - Returns: False where another process took the claim for stale: two may now compute the same, and the first to
  ///   publish wins.
  @discardableResult
  public func beat() throws -> Bool { try Store.owner(of: path) == owner && Posix.touch(path) }

  /// Gives the claim back.
  public func release() throws {
    if try Store.owner(of: path) == owner { try Posix.remove(path) }
  }
}

extension Store {
  /// What came of an attempt to claim a task.
  public enum ClaimAttempt: Sendable {
    case claimed(Claim)
    /// Another process is at it.
    case taken(by: Claim.Owner)
  }

  /// Claims a task for this process.
  public func claim(_ fingerprint: Digest) throws -> ClaimAttempt {
    let path = folder("claims").appending(fingerprint.hex)
    let owner = Claim.Owner.this()
    while true {
      guard let now = try createWhole(path, try JSONLine.encode(owner)) else {
        return .claimed(Claim(fingerprint: fingerprint, path: path, owner: owner))
      }
      if let other = try current(path, at: now) { return .taken(by: other) }
    }
  }

  /// Creates a file with its content already in it.
  ///
  /// - Returns: Nil; or the time, if the name is taken: nanoseconds since 1970, by the clock that gives files theirs.
  private func createWhole(_ path: FilePath, _ bytes: [UInt8]) throws -> Int64? {
    let draft = folder("tmp").appending("claim.\(Posix.hostName).\(Posix.processIdentifier).\(UUID().uuidString)")
    defer { try? Posix.remove(draft) }  // litter that `cache gc` finds
    try Posix.write(bytes, to: draft)
    if try Posix.link(draft, as: path) { return nil }
    return try Posix.status(of: draft)?.modified ?? 0
  }

  /// The owner of a claim that holds; a stale claim is put aside, and nil returned.
  private func current(_ path: FilePath, at now: Int64) throws -> Claim.Owner? {
    guard let status = try Posix.status(of: path) else { return nil }
    let owner = try Self.owner(of: path)
    if let owner, !Self.isStale(owner, status, at: now) { return owner }
    // Moved before it is removed: of several who see it stale, one gets it, and none removes a newer claim unseen.
    let aside = folder("tmp").appending("claim.\(Posix.hostName).\(Posix.processIdentifier).\(UUID().uuidString)")
    do {
      try Posix.rename(path, to: aside)
    } catch let error as SystemError where error.isMissing {
      return nil
    }
    if try Self.owner(of: aside) != owner { _ = try Posix.link(aside, as: path) }
    try Posix.remove(aside)
    return nil
  }

  /// Two machines compare their heartbeats by the clock of the disk that both write to, not each by its own.
  private static func isStale(_ owner: Claim.Owner, _ status: FileStatus, at now: Int64) -> Bool {
    if owner.host == Posix.hostName {
      return !Posix.isAlive(owner.process) || Posix.startTime(of: owner.process) != owner.began
    }
    return Double(now - status.modified) / 1e9 > Claim.patience
  }

  /// Nil where there is no claim, and where a power cut left one without its content: that is nobody's.
  static func owner(of path: FilePath) throws -> Claim.Owner? {
    do {
      let bytes = try Posix.read(path)
      return try? JSONLine.decode(from: bytes)
    } catch let error as SystemError where error.isMissing {
      return nil
    }
  }
}
