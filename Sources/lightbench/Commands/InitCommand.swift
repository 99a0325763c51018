import ArgumentParser
import Foundation
import Pipeline
import SystemPackage

/// `lightbench init`: a first experiment to change.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented starter experiment, which checks and runs.")

  @Argument(help: "The folder that gets 'recipes' and 'experiments'.")
  var folder = "."

  func run() throws {
    let root = FilePath(folder == "." ? "" : folder)
    let existing = StarterExperiment.files.map(\.path).filter {
      FileManager.default.fileExists(atPath: root.pushing($0).string)
    }
    if let first = existing.first {
      throw ValidationError("'\(root.pushing(first))' is there already; 'init' replaces nothing")
    }
    for (path, text) in StarterExperiment.files {
      let file = root.pushing(path)
      try FileManager.default.createDirectory(
        atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: file.string))
      print("wrote \(file)")
    }
    let experiment = root.pushing(StarterExperiment.experiment).string.quotedForShell
    print(
      """

      lightbench plan \(experiment)                    what would run, and why
      lightbench run \(experiment) --variant smoke     seconds, to see that all is well
      lightbench table \(experiment) --variant smoke   the matrix
      """)
  }
}
