public import Fingerprints
import Foundation
public import SystemPackage

/// Where artifacts and fingerprints live: one folder, on this machine or shared by several.
///
/// - `objects/ab/<digest>/`: immutable artifacts, named by the digest of their logical content;
/// - `actions/ab/<fingerprint>.json`: the row of a task that was done, which names its objects;
/// - `claims/`, `trajectories/`, `rungs/`, `runs/`, `memo/`: who is at work, checkpoints, what trainings measured where
///   they paused, run records, digests of outside files;
/// - `conflicts/`, `quarantine/`, `tmp/`: later different results, damaged content, work in progress.
///
/// No function takes a lock: what is published appears whole, by one rename and one link.
public struct Store: Sendable, Hashable {
  /// The version of the layout that this program reads and writes.
  public static let version = 1

  /// The folder.
  public let root: FilePath

  /// Opens a store, and makes it first where there is none and `create` says so.
  ///
  /// - Throws: `StoreError` where the folder holds something else or comes from a newer version, `SystemError` where
  ///   the disk or its permissions say no.
  public init(at root: FilePath, create: Bool = true) throws {
    self.root = root
    let mark = root.appending("store.json")
    if try Posix.target(of: mark) == nil {
      // A store that was cut off while it was made has some of its folders and no mark yet.
      guard try Posix.names(in: root).allSatisfy({ $0 == "tmp" || Self.folders.contains($0) }) else {
        throw StoreError("'\(root)' is not a store: it holds other files; name another folder with --store")
      }
      guard create else {
        throw StoreError("there is no store at '\(root)'; run an experiment first, or name one with --store")
      }
      try Self.make(at: root, mark: mark)
    }
    try Self.check(mark, of: root)
  }

  private static let folders = ["objects", "actions", "claims", "trajectories", "runs", "memo"]

  private static func make(at root: FilePath, mark: FilePath) throws {
    try Posix.makeFolder(root.appending("tmp"))
    for name in folders {
      try Posix.makeFolder(root.appending(name))
    }
    // The mark comes last and whole, so that a store that was cut off while it was made is made again.
    let draft = root.appending("tmp").appending("store.\(UUID().uuidString)")
    try Posix.write(Array("{\"lightbench-store\": \(version)}\n".utf8), to: draft)
    try Posix.synchronise(draft)
    _ = try Posix.link(draft, as: mark)
    try Posix.remove(draft)
  }

  private static func check(_ mark: FilePath, of root: FilePath) throws {
    let document = try? JSON(parsing: try Posix.read(mark))  // anything unreadable is reported below
    guard case .number(let lexeme)? = document?["lightbench-store"], let found = Int(lexeme) else {
      throw StoreError("'\(root)' is not a store: '\(mark)' has no version; name another folder with --store")
    }
    guard found <= version else {
      throw StoreError(
        "the store '\(root)' has version \(found), this program reads up to \(version); use a newer lightbench")
    }
  }

  // MARK: - Places

  /// The folder of an object.
  public func objectFolder(_ digest: Digest) -> FilePath { place("objects", digest.hex) }

  /// The row of a task.
  public func actionFile(_ fingerprint: Digest) -> FilePath { place("actions", fingerprint.hex + ".json") }

  /// Where an attempt at a task leaves what the next one goes on with; `cache gc` removes old ones.
  ///
  /// `takeDraft` says whose it is.
  public func draftFolder(of key: TaskKey) throws -> FilePath {
    folder("trajectories").appending("\(try key.digest().hex).draft")
  }

  func folder(_ name: String) -> FilePath { root.appending(name) }

  private func place(_ kind: String, _ name: String) -> FilePath {
    FilePath("\(root.string)/\(kind)/\(name.prefix(2))/\(name)")
  }

  /// A new folder for work in progress, named after host and process so that litter is recognised.
  func makeWorkFolder() throws -> FilePath {
    let name = "\(Posix.hostName).\(Posix.processIdentifier).\(UUID().uuidString.lowercased())"
    let path = folder("tmp").appending(name)
    try Posix.makeFolder(path)
    return path
  }

  /// What lies in quarantine, by its name there: where it was, and why it was moved.
  public func quarantined() throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try Posix.names(in: folder("quarantine")) where name.hasSuffix(".txt") {
      let text = String(decoding: try Posix.read(folder("quarantine").appending(name)), as: UTF8.self)
      found[name] = text.split(separator: "\n").first.map(String.init) ?? "no reason was kept"
    }
    return found
  }

  /// Moves what is damaged out of the way, with the reason beside it.
  ///
  /// - Returns: Where it is now; nil where another process has moved it already.
  @discardableResult
  func quarantine(_ path: FilePath, because reason: String) throws -> FilePath? {
    guard let name = path.lastComponent?.string, try Posix.status(of: path) != nil else { return nil }
    try Posix.makeFolder(folder("quarantine"))
    let newName = "\(name).\(UUID().uuidString.lowercased().prefix(8))"
    let target = folder("quarantine").appending(newName)
    do {
      try Posix.rename(path, to: target)
    } catch let error as SystemError where error.isMissing {
      return nil
    }
    try Posix.write(Array("\(path): \(reason)\n".utf8), to: folder("quarantine").appending(newName + ".txt"))
    return target
  }
}
