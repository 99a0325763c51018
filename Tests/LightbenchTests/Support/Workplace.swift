import Foundation
import SystemPackage
import Testing

/// A folder with an experiment and a store in it, which goes with the test.
final class Workplace: Sendable {
  let folder: FilePath

  /// Where all of them are; it goes when the tests end.
  private static let home: FilePath = {
    atexit { try? FileManager.default.removeItem(atPath: Workplace.home.string) }
    return FilePath(FileManager.default.temporaryDirectory.path)
      .appending("lightbench-tests-\(ProcessInfo.processInfo.processIdentifier)")
  }()

  /// The root of the package, where the recipes are.
  static let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The recipe of the repository that all these tests run.
  static let recipe = package.appending("recipes").appending("generalization.yaml")

  /// A new folder with `tiny.yaml`, and a copy of another one's store in it.
  init(copying other: Workplace? = nil) throws {
    folder = Self.home.appending(UUID().uuidString)
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    let template = try #require(
      Foundation.Bundle.module.path(forResource: "tiny", ofType: "yaml", inDirectory: "Fixtures"))
    let text = try String(contentsOfFile: template, encoding: .utf8)
    try write(text.replacing("RECIPE", with: Self.recipe.string), to: "tiny.yaml")
    if let other {
      try FileManager.default.copyItem(atPath: other.store.root.string, toPath: store.root.string)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  var store: StoreFiles { StoreFiles(root: folder.appending("store")) }

  // MARK: - Files

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: folder.appending(name).string))
  }

  func read(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: folder.appending(name).string)) }

  /// The names in a folder, sorted.
  func names(in name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appending(name).string).sorted()
  }

  // MARK: - Processes

  /// Starts `lightbench` here, with the store of this workplace.
  func start(_ arguments: [String], _ variables: [String: String] = [:]) throws -> Program {
    try Program(Program.path, arguments, in: folder, ["LIGHTBENCH_STORE": store.root.string].merging(variables) { $1 })
  }

  /// Runs `lightbench` here to its end.
  @discardableResult
  func lightbench(_ arguments: String..., with variables: [String: String] = [:]) async throws -> Program.Ending {
    try await start(arguments, variables).ending()
  }

  /// Runs `lightbench` and expects an exit code.
  @discardableResult
  func expect(
    _ code: Int32, _ arguments: String..., with variables: [String: String] = [:],
    at location: SourceLocation = #_sourceLocation
  ) async throws -> Program.Ending {
    let ending = try await start(arguments, variables).ending()
    #expect(
      ending.code == code, "lightbench \(arguments.joined(separator: " "))\n\(ending.all)", sourceLocation: location)
    return ending
  }
}
