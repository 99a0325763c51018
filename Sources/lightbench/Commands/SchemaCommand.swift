import ArgumentParser
import Fingerprints
import Pipeline
import Recipes
import Stages

/// `lightbench schema`: the language for editors and validators.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of recipes, experiments and profiles.",
    discussion: """
      For an editor with a YAML language server:

        lightbench schema > lightbench.schema.json

      and, as the first line of a file, '# yaml-language-server: $schema=../lightbench.schema.json'.
      """)

  func run() { print(StageRegistry.lightbench.languageSchema.json) }
}
