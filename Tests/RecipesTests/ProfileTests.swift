import SystemPackage
import Testing

@testable import Recipes

/// Profiles: where tasks run, never what they compute.
@Suite struct ProfileTests {
  private static let text = """
    lightbench: 1
    executor: local
    store: ../scratch
    needs:
      train.detector: {memory: 8 GiB, cores: 4, time: 2h}
      train: {cores: 8, retry: 2}
      elsewhere: {cores: 1}

    """

  private func load(_ name: String, at path: String, _ text: String = Self.text) throws -> Profile {
    try Profile.load(name, kinds: ["train.detector"]) { file in
      file.string == path ? .success(Array(text.utf8)) : .failure(.init(reason: "no such file"))
    }
  }

  @Test(arguments: [
    ("here", "experiments/profiles/here.yaml", "experiments/profiles/../scratch"),
    ("my/own.yaml", "my/own.yaml", "my/../scratch"), ("own.yml", "own.yml", "../scratch"),
  ])
  func `a profile is a file, or one of the folder of profiles`(name: String, path: String, store: String) throws {
    let profile = try load(name, at: path)
    #expect(profile.file == FilePath(path))
    #expect(profile.store == FilePath(store))
    #expect(profile.executor == .local)
  }

  @Test func `what it says of the stage comes over its kind, and that over the recipe`() throws {
    let recipe = try MemoryFiles.recipe(
      "lightbench: 1\nstages:\n  train: {use: train.detector, needs: {memory: 1 GiB, retry: 5}}\n"
        + "  again: {use: train.detector, needs: {cores: 1}}\n  other: {use: k, needs: {cores: 3}}\n")
    let profile = try load("p", at: "experiments/profiles/p.yaml")
    func needs(_ stage: String) throws -> Needs { profile.needs(of: try #require(recipe.stage(stage))) }
    let train = try needs("train")
    #expect(train.cores == 8)
    #expect(train.memory == ByteCount(8 << 30))
    #expect(train.time == Seconds(7200))
    #expect(train.retry == 2)
    #expect(try needs("again").cores == 4)
    #expect(try needs("other") == recipe.stage("other")?.needs)
  }

  @Test func `an empty profile says nothing`() throws {
    let profile = try load("p", at: "experiments/profiles/p.yaml", "lightbench: 1\n")
    #expect(profile.needs.isEmpty)
    #expect(profile.store == nil)
  }
}
