import Foundation
public import SystemPackage

extension Recipe {
  /// Reads an experiment with its recipe, or a recipe alone (whose inputs may stay unbound), and checks all of it.
  ///
  /// - Parameters:
  ///   - path: The file as it was typed.
  ///   - variant: The variant of the experiment.
  ///   - overrides: The texts after each `-S`.
  ///   - kinds: The stage kinds that exist; none for no check of them.
  /// - Throws: Every mistake of all the files and options at once.
  public static func load(
    _ path: FilePath, variant: String? = nil, overrides: [String] = [], kinds: [String] = []
  ) throws(RecipeError) -> Recipe {
    try load(path, variant: variant, overrides: overrides, kinds: kinds, reading: SourceFile.read)
  }

  /// Reads a recipe through `reading`, which gives the bytes of a file or says why it has none.
  package static func load(
    _ path: FilePath, variant: String? = nil, overrides: [String] = [], kinds: [String] = [],
    reading: (FilePath) -> Result<[UInt8], SourceFile.Unreadable>
  ) throws(RecipeError) -> Recipe {
    var collector = DiagnosticCollector()
    let recipe = RecipeAssembly(path, variant: variant, overrides: overrides, reading: reading, into: &collector)?
      .recipe(kinds: kinds, into: &collector)
    guard let recipe, !collector.hasErrors else { throw collector.error }
    return recipe
  }
}

/// Reads the bytes of files.
package enum SourceFile {
  /// Why a file cannot be read, in words.
  package struct Unreadable: Error {
    package let reason: String

    package init(reason: String) { self.reason = reason }
  }

  static func read(_ path: FilePath) -> Result<[UInt8], Unreadable> {
    do {
      return .success(Array(try Data(contentsOf: URL(filePath: path.string))))
    } catch let error as CocoaError {
      switch error.code {
      case .fileReadNoSuchFile, .fileNoSuchFile: return .failure(Unreadable(reason: "no such file"))
      case .fileReadNoPermission: return .failure(Unreadable(reason: "no permission"))
      default: return .failure(Unreadable(reason: "it is not a readable file"))
      }
    } catch {
      return .failure(Unreadable(reason: "it is not a readable file"))
    }
  }
}
