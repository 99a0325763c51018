import ArgumentParser
import Artifacts
import Pipeline
import Recipes
import SystemPackage

/// `lightbench get`: takes an artifact out of the store.
struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Take an artifact out: weights as safetensors, detections and tables as CSV, volumes as OME-Zarr.")

  @OptionGroup var options: ExperimentOptions

  @Argument(help: "A task and a port: 'train[marker=cfos].model', or train.model@marker=cfos.")
  var selector: String

  @Option(name: .shortAndLong, help: "The file or folder to write.")
  var output: String

  func run() throws {
    let experiment = try options.open()
    let selector = try Selector(selector)
    let text = self.selector
    let port = selector.path.isEmpty ? nil : selector.path.joined(separator: ".")
    let tasks = experiment.graph.tasks(matching: selector)
    guard let task = tasks.first else { throw SelectorError("no task matches '\(text)'") }
    guard tasks.count == 1 else {
      throw SelectorError("'\(text)' matches \(tasks.count) tasks, such as '\(task.address)'; name one")
    }
    let entry = try experiment.plan().entries[task.index]
    guard let manifest = entry.manifest else {
      throw SelectorError("'\(task.address)' has no result yet; run 'lightbench run \(options.arguments)' first")
    }
    let name = try port ?? onlyPort(of: manifest, task: task)
    guard let artifact = manifest.outputs[name] else {
      let names = manifest.outputs.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw SelectorError("'\(task.address)' has no output '\(name)'; it has \(names)")
    }
    let written = try Export(experiment.store.read(artifact.digest)).write(to: FilePath(output))
    print("\(task.address).\(name) -> \(written.joined(separator: ", "))")
  }

  private func onlyPort(of manifest: Manifest, task: Graph.Task) throws -> String {
    let names = manifest.outputs.keys.filter { $0 != "metrics" }.sorted()
    guard names.count == 1 else {
      throw SelectorError("'\(task.address)' has several outputs: \(names.joined(separator: ", ")); name one")
    }
    return names[0]
  }
}
