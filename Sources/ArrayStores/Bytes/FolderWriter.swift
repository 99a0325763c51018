import Foundation
import SystemPackage

/// The bytes of a file that is about to be written.
enum FileContent {
  case pieces([[UInt8]])
  /// The content of a buffer, as long as nobody else uses that.
  case buffer(ByteBuffer)

  /// Copies, which stay.
  var pieces: [[UInt8]] {
    switch self {
    case .pieces(let pieces): pieces
    case .buffer(let buffer): [buffer.array]
    }
  }

  func write(to file: FileDescriptor) throws {
    switch self {
    case .pieces(let pieces): for piece in pieces { try file.writeAll(piece) }
    case .buffer(let buffer): _ = try unsafe buffer.withBytes { try unsafe file.writeAll($0) }
    }
  }
}

/// Where a store is written: a folder that the writer owns until it is done.
struct FolderWriter: Sendable {
  let root: FilePath
  /// Waits until a file or folder is on the disk; nil where what is written may be lost in a power cut.
  private let flush: Flush?

  typealias Flush = @Sendable (FilePath) throws -> Void

  /// Creates the folder and those above it.
  ///
  /// - Parameter flush: Called with each file before it gets its name, and then with the folders above it up to the
  ///   root; nil for speed.
  init(creating root: FilePath, mustBeEmpty: Bool = false, flush: Flush? = nil) throws {
    self.root = root
    self.flush = flush
    try Self.makeFolder(root)
    guard mustBeEmpty else { return }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: root.string) } catch {
      throw ArrayStoreError(.inputOutput, "cannot list '\(root)': \(error.localizedDescription)")
    }
    guard names.isEmpty else { throw ArrayStoreError(.alreadyExists, "'\(root)' holds '\(names[0])' already") }
  }

  /// Writes a new file; folders in its key are made as needed.
  func write(_ bytes: [UInt8], to key: String) throws {
    let path = root.appending(key)
    try Self.makeFolder(path.removingLastComponent())
    do {
      try Self.write(.pieces([bytes]), to: path)
    } catch let errno as Errno where errno == .fileExists {
      throw ArrayStoreError(.alreadyExists, "'\(path)' exists already")
    } catch let errno as Errno {
      throw ArrayStoreError(.inputOutput, "cannot write '\(path)': \(errno.description.lowercased())")
    }
  }

  /// Writes a file beside its place and renames it, so that nobody sees half of it.
  func replace(_ bytes: [UInt8], at key: String) throws { try replace(.pieces([bytes]), at: key) }

  /// Writes a file beside its place and renames it, so that nobody sees half of it.
  func replace(_ content: FileContent, at key: String) throws {
    let path = root.appending(key)
    // A name that no key of a chunk has; one writer at a time has each key.
    let draft = FilePath(path.string + ".partial-\(ProcessInfo.processInfo.processIdentifier)")
    do {
      do {
        try Self.write(content, to: draft)
      } catch let errno as Errno where errno == .noSuchFileOrDirectory {
        try Self.makeFolder(path.removingLastComponent())
        try Self.write(content, to: draft)
      } catch let errno as Errno where errno == .fileExists {
        // Left by a process of the same number that was killed.
        try FileManager.default.removeItem(atPath: draft.string)
        try Self.write(content, to: draft)
      }
      try flush?(draft)
      try Self.rename(draft, path)
      if let flush { try flushFolders(above: path, flush) }
    } catch let errno as Errno {
      throw ArrayStoreError(.inputOutput, "cannot write '\(path)': \(errno.description.lowercased())")
    }
  }

  /// Moves the folder to its place, where nothing may stand.
  func rename(to target: FilePath) throws {
    do { try Self.rename(root, target) } catch {
      throw ArrayStoreError(.inputOutput, "cannot move '\(root)' to '\(target)': \(error)")
    }
  }

  /// Removes a file, if it is there.
  func remove(_ key: String) throws {
    let path = root.appending(key).string
    guard FileManager.default.fileExists(atPath: path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw ArrayStoreError(.inputOutput, "cannot remove '\(path)': \(error.localizedDescription)")
    }
  }

  /// Waits until what a process wrote to a file, or a folder's entries, are on the disk.
  static func flush(_ path: FilePath) throws {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
      try file.closeAfter {
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
    } catch let errno as Errno {
      throw ArrayStoreError(.inputOutput, "cannot write '\(path)' to the disk: \(errno.description.lowercased())")
    }
  }

  // MARK: -

  private func flushFolders(above path: FilePath, _ flush: Flush) throws {
    var folder = path.removingLastComponent()
    while folder != root, folder.starts(with: root) {
      try flush(folder)
      folder.removeLastComponent()
    }
    try flush(root)
  }

  private static func write(_ content: FileContent, to path: FilePath) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    try file.closeAfter { try content.write(to: file) }
  }

  private static func rename(_ from: FilePath, _ to: FilePath) throws {
    let status = unsafe from.withPlatformString { source in
      unsafe to.withPlatformString { target in unsafe Foundation.rename(source, target) }
    }
    guard status == 0 else { throw Errno(rawValue: errno) }
  }

  private static func makeFolder(_ path: FilePath) throws {
    do {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot make folder '\(path)': \(error.localizedDescription)")
    }
  }
}
