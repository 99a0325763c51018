public import Fingerprints
import Foundation
public import SystemPackage

/// The digests of files outside the store, remembered by what the operating system says of them.
///
/// A file counts as unchanged while device, inode, size and both times are the same. Times are coarse on some file
/// systems: a file that changed within two seconds before it was hashed is not remembered, as it might change again
/// under the same times.
public struct DigestMemo: Sendable {
  private struct Entry: Codable {
    let status: String
    let digest: Digest
  }

  static let racyNanoseconds: Int64 = 2_000_000_000

  private let folder: FilePath
  private let isTrusted: Bool

  /// - Parameter rehash: Whether to read every file again, whatever is remembered.
  public init(in store: Store, rehash: Bool = false) {
    folder = store.folder("memo")
    isTrusted = !rehash
  }

  /// The digest of a file's bytes.
  ///
  /// - Throws: `TaskFailure` of code `bad-data` where there is no such file, or it changes while it is read.
  public func digest(of path: FilePath) throws -> Digest {
    let before = try status(of: path)
    let memo = folder.appending(String(Digest.of("\(Posix.hostName) \(path)").hex.prefix(32)))
    if isTrusted, let entry = try remembered(memo), entry.status == Self.text(before) { return entry.digest }
    let started = Int64(Date().timeIntervalSince1970 * 1e9)
    let digest = try Posix.digest(of: path)
    guard try status(of: path) == before else {
      throw TaskFailure(code: .badData, message: "'\(path)' changed while it was read; run again", phase: "read")
    }
    if max(before.modified, before.changed) < started - Self.racyNanoseconds {
      try remember(Entry(status: Self.text(before), digest: digest), in: memo)
    }
    return digest
  }

  // MARK: -

  private func status(of path: FilePath) throws -> FileStatus {
    guard let status = try Posix.target(of: path), !status.isFolder else {
      throw TaskFailure(code: .badData, message: "there is no file '\(path)'", phase: "read")
    }
    return status
  }

  private static func text(_ status: FileStatus) -> String {
    "\(status.device) \(status.inode) \(status.size) \(status.modified) \(status.changed)"
  }

  private func remembered(_ memo: FilePath) throws -> Entry? {
    do {
      return try JSONLine.decode(from: try Posix.read(memo))
    } catch is DecodingError {
      return nil
    } catch let error as SystemError where error.isMissing {
      return nil
    }
  }

  private func remember(_ entry: Entry, in memo: FilePath) throws {
    let draft = folder.appending("draft.\(UUID().uuidString)")
    try Posix.write(try JSONLine.encode(entry), to: draft)
    try Posix.rename(draft, to: memo)
  }
}
