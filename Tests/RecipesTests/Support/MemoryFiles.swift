import SystemPackage

@testable import Recipes

/// Files that live in a test.
struct MemoryFiles {
  var texts: [String: String]

  func load(
    _ path: String, variant: String? = nil, overrides: [String] = [], kinds: [String] = []
  ) throws(RecipeError) -> Recipe {
    let texts = texts
    return try Recipe.load(FilePath(path), variant: variant, overrides: overrides, kinds: kinds) { path in
      texts[path.string].map { .success(Array($0.utf8)) } ?? .failure(.init(reason: "no such file"))
    }
  }

  /// One recipe file and nothing else.
  static func recipe(_ text: String, overrides: [String] = [], kinds: [String] = []) throws(RecipeError) -> Recipe {
    try MemoryFiles(texts: ["r.yaml": text]).load("r.yaml", overrides: overrides, kinds: kinds)
  }

  /// A recipe with an experiment on it.
  static func experiment(
    _ experiment: String, on recipe: String, variant: String? = nil, overrides: [String] = []
  ) throws(RecipeError) -> Recipe {
    try MemoryFiles(texts: ["recipes/r.yaml": recipe, "experiments/e.yaml": experiment])
      .load("experiments/e.yaml", variant: variant, overrides: overrides)
  }
}
