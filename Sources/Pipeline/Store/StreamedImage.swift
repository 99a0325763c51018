import SystemPackage

/// An image on its way out of a draft: where it goes is noted beside its place, so that it comes back from a
/// publication that did not come to its end.
enum StreamedImage {
  private static let suffix = ".moved"

  /// Notes where an image is about to be moved.
  static func note(_ image: FilePath, movesTo target: FilePath) throws {
    try Posix.write(Array(target.string.utf8), to: FilePath(image.string + suffix))
  }

  /// Moves an image back to its place, if it is still where its note says.
  static func restore(_ image: FilePath) throws {
    let note = FilePath(image.string + suffix)
    guard try Posix.status(of: note) != nil else { return }
    let target = FilePath(String(decoding: try Posix.read(note), as: UTF8.self))
    if try Posix.status(of: image) == nil, try Posix.status(of: target)?.isFolder == true {
      _ = try Posix.moveFolder(target, to: image)
    }
    try Posix.remove(note)
  }

  /// Moves all images back that a killed attempt took out of a draft.
  static func restoreAll(in draft: FilePath) throws {
    for name in try Posix.names(in: draft) where name.hasSuffix(suffix) {
      try restore(draft.appending(String(name.dropLast(suffix.count))))
    }
  }
}
