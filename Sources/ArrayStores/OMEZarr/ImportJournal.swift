import Fingerprints
import Foundation
import SystemPackage

/// The boxes that an import has done, a line each, in the order in which they were done.
///
/// The first line says what is imported. Each line ends in a full stop, and is on the disk before the next is written.
final class ImportJournal {
  private let folder: FilePath
  private let path: FilePath
  private let identity: String
  private let blocks: Int
  private let replacesOthers: Bool
  private let flush: FolderWriter.Flush
  private var done: Set<Int> = []
  private var digests: [Int: Digest] = [:]
  private var isBegun = false

  /// - Parameters:
  ///   - folder: Where the image grows.
  ///   - replacesOthers: Whether what an import of something else left there makes way.
  init(
    in folder: FilePath, identity: String, blocks: Int, replacesOthers: Bool, flush: @escaping FolderWriter.Flush
  ) {
    (self.folder, self.replacesOthers) = (folder, replacesOthers)
    path = folder.appending("import.journal")
    (self.identity, self.blocks, self.flush) = (identity, blocks, flush)
  }

  /// Reads what was done before, and cuts off what a power cut left of a line.
  ///
  /// - Returns: False when this is the beginning: then nothing is in the folder.
  func begin() throws -> Bool {
    guard let bytes = FileManager.default.contents(atPath: path.string) else { return false }
    let size = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes.distance(from: bytes.startIndex, to: $0) + 1 } ?? 0
    guard size > 0 else {
      // Not even what is imported is known: nothing in the folder can be trusted.
      try remove(folder)
      return false
    }
    if size < bytes.count { try cut(to: size) }
    let lines = String(decoding: bytes.prefix(size), as: UTF8.self).split(separator: "\n")
    guard lines.first.map(String.init) == identity else {
      if replacesOthers {
        try remove(folder)
        return false
      }
      throw ArrayStoreError(
        .alreadyExists, "an import of something else was begun at '\(folder)': remove that folder")
    }
    for line in lines.dropFirst() { try read(line) }
    isBegun = true
    return true
  }

  /// Whether the folder has a journal of this import.
  var isThere: Bool {
    FileManager.default.contents(atPath: path.string)?.starts(with: Data((identity + "\n").utf8)) ?? false
  }

  func isDone(_ number: Int) -> Bool { done.contains(number) }

  /// Says that a box is done: its files are on the disk.
  func append(_ number: Int, _ leaves: [(number: Int, digest: Digest)]) throws {
    // First of all the name of the image's own folder, in which the files are.
    if !isBegun { try flush(folder) }
    var text = isBegun ? "" : identity + "\n"
    text += "\(number) " + leaves.map { "\($0.number):\($0.digest.hex)" }.joined(separator: " ") + " .\n"
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
      _ = try file.closeAfter { try file.writeAll(text.utf8) }
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot write '\(path)': \(error)")
    }
    try flush(path)
    if !isBegun { try flush(folder) }
    isBegun = true
    done.insert(number)
    for leaf in leaves { digests[leaf.number] = leaf.digest }
  }

  /// The digests of all blocks, in their order.
  func leaves() throws -> [Digest] {
    let all = (0..<blocks).compactMap { digests[$0] }
    guard all.count == blocks else { throw damage("lacks blocks") }
    return all
  }

  /// Removes the journal from an image that is whole, before anybody counts its files.
  func remove() throws {
    guard FileManager.default.fileExists(atPath: path.string) else { return }
    try remove(path)
    try flush(folder)
  }

  // MARK: -

  private func read(_ line: Substring) throws {
    let words = line.split(separator: " ")
    guard words.last == ".", words.count >= 2, let number = Int(words[0]) else { throw damage("is damaged") }
    for word in words.dropFirst().dropLast() {
      let parts = word.split(separator: ":")
      guard parts.count == 2, let leaf = Int(parts[0]), let digest = Digest(hex: String(parts[1])) else {
        throw damage("is damaged")
      }
      digests[leaf] = digest
    }
    done.insert(number)
  }

  private func cut(to size: Int) throws {
    do {
      let file = try FileDescriptor.open(path, .writeOnly, options: [.closeOnExec])
      try file.closeAfter { try file.resize(to: Int64(size)) }
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot write '\(path)': \(error)")
    }
  }

  private func remove(_ path: FilePath) throws {
    do { try FileManager.default.removeItem(atPath: path.string) } catch {
      throw ArrayStoreError(.inputOutput, "cannot remove '\(path)': \(error.localizedDescription)")
    }
  }

  private func damage(_ what: String) -> ArrayStoreError {
    ArrayStoreError(.formatInvalid, "'\(path)' \(what): remove its folder")
  }
}
