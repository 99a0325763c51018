public import SystemPackage

/// Where a resolved recipe will lie, so that the files its stages name are found from there.
///
/// What stages name (manifests, tools) and a relative data root start at the folder of the experiment. A recipe written
/// elsewhere says where that folder is, in its key `folder`; no parameter changes, and so no fingerprint.
public struct ResolvedPlace: Sendable {
  /// The folder that the recipe is written into; nil where its text may go anywhere, and `folder` is absolute.
  private let folder: FilePath?
  /// The folder that relative paths of the command line start at, absolute.
  private let workingFolder: FilePath
  /// The stage kinds whose parameters name files.
  private let kinds: Set<String>

  /// - Parameters:
  ///   - folder: The folder that the recipe is written into; nil where its text may go anywhere.
  ///   - workingFolder: The folder that relative paths of the command line start at, absolute.
  ///   - kinds: The stage kinds whose parameters name files.
  public init(_ folder: FilePath?, workingFolder: FilePath, kinds: Set<String>) {
    self.workingFolder = workingFolder.lexicallyNormalized()
    self.folder = folder.map { workingFolder.pushing($0).lexicallyNormalized() }
    self.kinds = kinds
  }

  /// The path of a recipe's folder from this place; nil where they are one, or nothing in the recipe needs it.
  func folder(of recipe: Recipe) -> String? {
    guard needsFolder(recipe) else { return nil }
    let there = absolute(recipe.folder)
    guard let folder else { return there.string }
    return there == folder ? nil : there.path(from: folder)
  }

  /// A data root as it reads from the recipe's folder.
  func root(_ path: String, isFromCommandLine: Bool, of recipe: Recipe) -> String {
    guard isFromCommandLine, FilePath(path).isRelative else { return path }
    return absolute(FilePath(path)).path(from: absolute(recipe.folder))
  }

  private func needsFolder(_ recipe: Recipe) -> Bool {
    if case .path(let path, _) = recipe.dataRoot, FilePath(path).isRelative { return true }
    return recipe.stages.contains { kinds.contains($0.kind) }
  }

  private func absolute(_ path: FilePath) -> FilePath { workingFolder.pushing(path).lexicallyNormalized() }
}

extension FilePath {
  /// The way from a folder to this path; both absolute and normalised.
  fileprivate func path(from folder: FilePath) -> String {
    let (own, other) = (components.map(\.string), folder.components.map(\.string))
    let shared = zip(own, other).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: other.count - shared) + own.dropFirst(shared)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }
}
