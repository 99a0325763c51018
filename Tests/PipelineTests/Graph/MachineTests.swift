import Recipes
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct MachineTests {
  private func plan(_ needs: String = "") throws -> Plan {
    let temporary = try TemporaryStore()
    let text = """
      lightbench: 1
      name: r
      seed: 1
      stages:
        a: {use: fake.cut, with: {source: s, to: 1000000}\(needs)}
      """
    let recipe = try Recipe.load("r.yaml") { _ in .success(Array(text.utf8)) }
    let graph = try Graph(recipe, registry: FakeRegions.registry)
    var plan = try Plan(graph, store: temporary.store, outside: .none)
    plan.lineages = LineageBook(
      graph, shapes: try GraphShapes(graph, outside: nil), manifests: plan.entries.map(\.manifest))
    return plan
  }

  @Test func `memory that the recipe asks for and nobody has is an error`() throws {
    let plan = try plan(", needs: {memory: 24 GiB}")
    try plan.refuseTooLarge(memory: 24 << 30)
    let error = try #require(throws: RecipeError.self) { try plan.refuseTooLarge(memory: 16 << 30) }
    #expect(
      error.rendered() == """
        r.yaml:5:3: error[E222]: a needs 24.0 GiB of memory, this machine has 16.0 GiB
            5 |   a: {use: fake.cut, with: {source: s, to: 1000000}, needs: {memory: 24 GiB}}
              |   ^ lower 'needs.memory' of the stage, or run it on a larger machine
        """)
    #expect(plan.warnings(memory: 16 << 30, freeDisk: 1 << 30).isEmpty)
  }

  @Test func `memory that a profile asks for is told with the profile`() throws {
    let text = "lightbench: 1\nname: n\nstages: {a: {use: fake.make}}\n"
    let recipe = try Recipe.load("r.yaml") { _ in .success(Array(text.utf8)) }
    let profile = try Profile.load("p.yaml") { _ in
      .success(Array("lightbench: 1\nneeds: {fake.make: {memory: 24 GiB}}\n".utf8))
    }
    let graph = try Graph(recipe, registry: Fake.registry, profile: profile)
    let error = try #require(throws: RecipeError.self) { try graph.refuseTooLarge(graph.tasks, memory: 16 << 30) }
    #expect(
      error.rendered() == """
        r.yaml:3:10: error[E222]: a needs 24.0 GiB of memory, this machine has 16.0 GiB
            3 | stages: {a: {use: fake.make}}
              |          ^ lower 'needs.memory' of the stage in the profile 'p.yaml', or run it on a larger machine
        """)
    try graph.refuseTooLarge([], memory: 16 << 30)
  }

  @Test func `tasks that were not chosen are not judged`() throws {
    let large = try plan(", needs: {memory: 24 GiB}")
    try large.part([]).refuseTooLarge(memory: 16 << 30)
    #expect(throws: RecipeError.self) { try large.part([0]).refuseTooLarge(memory: 16 << 30) }
    #expect(try plan().part([]).warnings(memory: 256 << 20, freeDisk: 1 << 20).isEmpty)
    #expect(try plan().part([0]).warnings(memory: 256 << 20, freeDisk: 1 << 20).count == 2)
  }

  @Test func `what only an estimate says is a warning`() throws {
    let plan = try plan()
    try plan.refuseTooLarge(memory: 1 << 20)
    #expect(
      plan.warnings(memory: 256 << 20, freeDisk: 1 << 20).map(\.message) == [
        "a may need 512 MiB of memory, this machine has 256 MiB",
        "the outputs of this run may take 3 MiB, the disk of the store has 1 MiB free",
      ])
    #expect(
      plan.warnings(memory: 256 << 20, freeDisk: 1 << 20).map(\.hint) == [
        "lower crop, batch or width, or set 'needs.memory'", "name another folder with --store",
      ])
    #expect(plan.warnings(memory: 1 << 30, freeDisk: 1 << 30).isEmpty)
  }
}
