import ArrayStores
import Artifacts
import Fingerprints
import Foundation
import Pipeline
import Recipes
import Stages
import Synchronization
import SystemPackage
import Testing

/// The folders that the tests of the import read.
enum ImportSamples {
  /// The root of the package.
  static let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    .removingLastComponent()
  static let fixtures = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Fixtures")
  static let miniature = fixtures.appending("canvas-miniature")
  static let experiments = package.appending("experiments")

  /// The real volumes: the folder that LIGHTBENCH_DATA names, else the one beside the package.
  static let data: FilePath? = {
    let named = ProcessInfo.processInfo.environment["LIGHTBENCH_DATA"].map { FilePath($0) }
    let folder = named ?? package.removingLastComponent().appending("shared").appending("data")
    return FileManager.default.fileExists(atPath: folder.appending("cfos").string) ? folder : nil
  }()

  /// The text of a file.
  static func text(_ path: FilePath) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path.string)), as: UTF8.self)
  }

  /// Data outside of the store.
  static func outside(_ folder: FilePath, root: FilePath?) -> OutsideData {
    OutsideData(folder: folder, root: root, rootHint: "set LIGHTBENCH_DATA or -S data.root=DIR") { path in
      Digest.of(Array(try Data(contentsOf: URL(fileURLWithPath: path.string))))
    }
  }

  /// The stage with its parameters.
  static func stage(_ manifest: String, marker: String, split: String) -> ImportRegions {
    var diagnostics = DiagnosticCollector()
    let node = YAMLDocument.parse(
      Array("{manifest: \(manifest), marker: \(marker), split: \(split)}".utf8), file: "test", into: &diagnostics)
    let parameters = ImportRegions.schema.decode(node, of: "import.regions", into: &diagnostics)
    #expect(diagnostics.diagnostics.isEmpty)
    return ImportRegions(parameters)
  }

  /// Runs the stage: what it writes, measures and warns of.
  static func run(_ stage: ImportRegions, _ outside: OutsideData) async throws -> ImportResult {
    let written = Mutex<Pipeline.Bundle?>(nil)
    let warnings = Mutex<[String]>([])
    let context = StageContext(
      seed: 1, threads: 1, outside: outside,
      write: { _, bundle in written.withLock { $0 = bundle } },
      log: { line, isWarning in if isWarning { warnings.withLock { $0.append(line) } } })
    let metrics = try await stage.run(
      StageInputs([:]) { _ in throw CancellationError() }, in: context)
    let bundle = try #require(written.withLock { $0 })
    return ImportResult(
      regions: try AnnotatedRegions(bundle), metrics: metrics, warnings: warnings.withLock { $0 })
  }
}

/// What an import gave.
struct ImportResult {
  let regions: AnnotatedRegions
  let metrics: [Metric]
  let warnings: [String]
}

/// A copy of the miniature and its manifest in a folder of its own, removed at the end.
final class MiniatureCopy {
  let folder: FilePath
  var root: FilePath { folder.appending("data") }

  init() throws {
    folder = FilePath(NSTemporaryDirectory()).appending("import-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: ImportSamples.miniature.string, toPath: folder.appending("data").string)
    try write(try ImportSamples.text(ImportSamples.fixtures.appending("canvas-miniature.yaml")), to: "manifest.yaml")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  /// Writes a file of the folder.
  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.appending(name).string))
  }

  /// Replaces a text that stands in a file of the folder.
  func replace(_ old: String, with new: String, in name: String = "manifest.yaml") throws {
    let text = try ImportSamples.text(folder.appending(name))
    #expect(text.contains(old))
    try write(text.replacingOccurrences(of: old, with: new), to: name)
  }

  var outside: OutsideData { ImportSamples.outside(folder, root: root) }

  /// What outside data means to one marker of the miniature.
  func meaning(_ marker: String, split: String = "published") throws -> Digest {
    let stage = ImportSamples.stage("manifest.yaml", marker: marker, split: split)
    let meaning = try stage.outside(outside)
    #expect(Array(meaning.keys) == ["manifest"])
    return try CanonicalValue.map(meaning).digest
  }

  /// A text without the folder, which is another one each time.
  func shortened(_ text: String) -> String { text.replacingOccurrences(of: folder.string + "/", with: "") }
}
