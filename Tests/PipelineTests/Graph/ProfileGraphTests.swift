import Recipes
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct ProfileGraphTests {
  @Test func `a profile gives tasks other needs and leaves every key and the resolved recipe as they are`() throws {
    let text = FakeRecipe.changed("with: {steps: 20, rate: 0.5}", "with: {steps: 20}\n    needs: {cores: 1, retry: 1}")
    let profile = try Profile.load("p.yaml", kinds: Fake.registry.kinds.map(\.kind)) { _ in
      .success(Array("lightbench: 1\nneeds: {fake.train: {cores: 3}, split: {memory: 1 GiB}}\n".utf8))
    }
    let recipe = try Recipe.load("r.yaml") { _ in .success(Array(text.utf8)) }
    let plain = try Graph(recipe, registry: Fake.registry)
    let placed = try Graph(recipe, registry: Fake.registry, profile: profile)
    #expect(placed["train[marker=a]"]?.needs.cores == 3)
    #expect(placed["train[marker=a]"]?.needs.retry == 1)
    #expect(placed["split[marker=b]"]?.memory == 1 << 30)
    #expect(plain["train[marker=a]"]?.needs.cores == 1)
    #expect(try placed.planKeys() == plain.planKeys())
    #expect(!recipe.resolvedYAML().contains("cores: 3"))
  }
}
