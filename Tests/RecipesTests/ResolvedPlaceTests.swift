import SystemPackage
import Testing

@testable import Recipes

/// Resolved recipes that lie elsewhere than what they were made from.
@Suite struct ResolvedPlaceTests {
  private static let files = MemoryFiles(texts: [
    "recipes/r.yaml": """
    lightbench: 1
    inputs: {data: {type: t}}
    stages: {s: {use: k, in: {p: data}}}

    """,
    "experiments/e.yaml": """
    lightbench: 1
    recipe: ../recipes/r.yaml
    bind: {data: {use: files, with: {manifest: m.yaml}}}

    """,
    "experiments/plain.yaml": """
    lightbench: 1
    recipe: ../recipes/r.yaml
    bind: {data: {use: k}}

    """,
    "other/taker.yaml": """
    lightbench: 1
    recipe: ../recipes/r.yaml
    bind: {data: {from: ../experiments/e.yaml, select: data}}

    """,
  ])

  /// Loads a file of `/lab`, writes it resolved to a folder, and reads that from there.
  private func move(
    _ file: String, to folder: FilePath?, overrides: [String] = []
  ) throws -> (text: String, old: Recipe, new: Recipe) {
    let old = try Self.files.load(file, overrides: overrides)
    let text = old.resolvedYAML(in: ResolvedPlace(folder, workingFolder: "/lab", kinds: ["files"]))
    let path = (folder ?? "/anywhere").appending("recipe.yaml").string
    return (text, old, try MemoryFiles(texts: [path: text]).load(path))
  }

  @Test(
    arguments: [
      ("results/e", "../../experiments"), ("experiments", nil), (".", "experiments"),
      ("/elsewhere", "../lab/experiments"),
      (nil, "/lab/experiments"),
    ] as [(String?, String?)])
  func `a recipe that names files says where they lie`(folder: String?, stated: String?) throws {
    let (text, old, new) = try move("experiments/e.yaml", to: folder.map { FilePath($0) })
    #expect(text.replacing("\"", with: "").firstMatch(of: /folder: (.*)\n/).map { String($0.1) } == stated)
    #expect(new.taskTexts == old.taskTexts)
    #expect(FilePath("/lab").pushing(new.folder).lexicallyNormalized() == "/lab/experiments")
    #expect(new.resolvedYAML() == text)
  }

  @Test func `a recipe that names none is silent about it`() throws {
    let (text, _, _) = try move("experiments/plain.yaml", to: "results/plain")
    #expect(!text.contains("folder"))
  }

  @Test(arguments: [("data", "../data"), ("/data", "/data"), ("experiments", ".")])
  func `a data root of the command line is found from elsewhere`(typed: String, stated: String) throws {
    let (text, _, new) = try move("experiments/plain.yaml", to: "results/plain", overrides: ["data.root=\(typed)"])
    #expect(text.contains("folder: \"../../experiments\"\n") == FilePath(typed).isRelative)
    #expect(new.dataRoot == .path(stated, isFromCommandLine: false))
  }

  @Test func `each experiment that tasks are taken from has its own folder`() throws {
    let (text, _, new) = try move("other/taker.yaml", to: "results/taker")
    let taken = try #require(new.experiments.first?.recipe)
    #expect(taken.folder == "experiments")
    #expect(new.folder == "results/taker")
    #expect(new.resolvedYAML() == text)
  }
}
