import Fingerprints
import Foundation
import SystemPackage

/// The digest of a finished import, in a file beside the image.
struct ImportResult {
  private let root: FilePath
  private let path: FilePath
  private let identity: String
  private let flush: FolderWriter.Flush

  init(of root: FilePath, identity: String, flush: @escaping FolderWriter.Flush) {
    self.root = root
    path = FilePath(root.string + ".digest")
    (self.identity, self.flush) = (identity, flush)
  }

  /// The digest of the image that stands there, if it is of the same import; another image is removed.
  func digest() throws -> Digest? {
    guard FileManager.default.fileExists(atPath: root.string) else { return nil }
    if let bytes = FileManager.default.contents(atPath: path.string) {
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      // The third is empty where the second is whole.
      if lines.count == 3, lines[0] == identity, let digest = Digest(hex: String(lines[1])) { return digest }
    }
    do { try FileManager.default.removeItem(atPath: root.string) } catch {
      throw ArrayStoreError(.inputOutput, "cannot remove '\(root)': \(error.localizedDescription)")
    }
    return nil
  }

  /// Keeps the digest of an image that is whole, in the folder in which it grew; its metadata go to the disk first.
  func keep(_ digest: Digest, of folder: FilePath) throws {
    for name in ["zarr.json", ".zgroup", ".zattrs"] {
      let file = folder.appending(name)
      if FileManager.default.fileExists(atPath: file.string) { try flush(file) }
    }
    try flush(folder)
    let writer = try FolderWriter(creating: root.removingLastComponent())
    try writer.replace(Array("\(identity)\n\(digest.hex)\n".utf8), at: path.lastComponent?.string ?? "digest")
    try flush(path)
  }
}
