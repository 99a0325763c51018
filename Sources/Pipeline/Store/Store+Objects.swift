public import Fingerprints
import SystemPackage

/// Reading objects, and what happens to damaged ones.
extension Store {
  /// An artifact, after all its checksums were compared.
  ///
  /// - Throws: `TaskFailure` of code `store` where the object is missing or damaged. What is damaged goes into
  ///   quarantine, so that its task counts as not done.
  public func read(_ digest: Digest, as type: ArtifactType? = nil) throws -> Bundle {
    let bundle = try checked(digest) { try $0.read(named: digest) }
    try check(bundle.type, of: digest, is: type)
    return bundle
  }

  /// An artifact whose volumes stay on the disk, after all its checksums were compared.
  ///
  /// - Throws: As `read`.
  public func open(_ digest: Digest, as type: ArtifactType? = nil) throws -> OpenBundle {
    let bundle = try checked(digest) { try $0.open(named: digest) }
    try check(bundle.type, of: digest, is: type)
    return bundle
  }

  private func check(_ found: ArtifactType, of digest: Digest, is type: ArtifactType?) throws {
    guard let type, found != type else { return }
    throw TaskFailure(
      code: .store, message: "object \(digest.hex.prefix(12)) is of type '\(found)', not '\(type)'", phase: "read")
  }

  /// What the inputs of a task are read with.
  public func inputs(_ artifacts: [String: [InputArtifact]]) -> StageInputs {
    StageInputs(
      artifacts, stream: { try self.open($0.digest, as: $0.type) }, open: { try self.read($0.digest, as: $0.type) })
  }

  /// Compares an object in full with what was published; quarantines it where they differ.
  public func verify(_ digest: Digest) throws {
    try checked(digest) { try $0.verify(named: digest) }
  }

  private func checked<Result>(_ digest: Digest, _ body: (ObjectFolder) throws -> Result) throws -> Result {
    let path = objectFolder(digest)
    guard try Posix.status(of: path) != nil else {
      throw TaskFailure(
        code: .store, message: "object \(digest.hex.prefix(12)) is not in the store '\(root)'; run again to compute it",
        phase: "read")
    }
    do {
      return try body(ObjectFolder(path: path))
    } catch let damage as Damage {
      // A removal by `cache gc` in this very moment looks like damage, but leaves nothing to quarantine.
      try quarantine(path, because: damage.reason)
      throw TaskFailure(
        code: .store,
        message:
          "object \(digest.hex.prefix(12)) is damaged: \(damage.reason); it was moved to quarantine, run again to compute it",
        phase: "read")
    }
  }

  /// Whether an object is there with all its files, each of its size.
  ///
  /// - Parameter size: What its row says; where that is right, no file is opened.
  func holds(_ digest: Digest, size: Int) throws -> Bool {
    let folder = ObjectFolder(path: objectFolder(digest))
    // Metrics and other small objects are their listing alone: one look instead of six.
    if try Posix.status(of: FilePath("\(folder.path)/\(ObjectListing.fileName)"))?.size == size { return true }
    guard let found = try folder.size() else { return false }
    if found == size { return true }
    do {
      // Another publisher may have stored the same content in other bytes.
      try folder.checkFiles(of: try folder.listing(named: digest), deeply: false)
      return true
    } catch let damage as Damage {
      try quarantine(folder.path, because: damage.reason)
      return false
    }
  }
}
