import Foundation

/// Another runner on the same graph: how its folder is laid out, and what is typed.
struct PeerRunner: Sendable {
  let name: String
  /// What is typed, for people.
  let command: String
  let version: String
  private let python: String
  private let words: [String]
  private let environment: [String: String]
  /// The file with the graph, in `Runner/Peers`.
  private let file: String
  /// Commands of its module that make an empty folder its own.
  private let setup: [[String]]

  private static let sources = "Sources/lightbench-bench/Runner/Peers"
  private static let place = ".build/runners"
  /// What touches files in a folder needs the folder: Snakemake makes it, DVC does not.
  private static let folders = [
    "regions", "prepare", "train", "detect", "evaluate", "dog", "evaluate_dog", "chance", "evaluate_chance",
  ]

  /// The runners of a Python that the user names, or asks to install, or has installed here before; none where there is
  /// none, which is explained.
  static func found(wish: String?) throws -> [PeerRunner] {
    let own = "\(place)/bin/python"
    let python: String
    switch wish {
    case nil, "":
      guard FileManager.default.isExecutableFile(atPath: own) else {
        note(
          """
          Snakemake and DVC are not measured: LIGHTBENCH_RUNNERS is not set to a python that has them. \
          LIGHTBENCH_RUNNERS=install puts them into \(place).
          """)
        return []
      }
      python = own
    case "install":
      if !FileManager.default.isExecutableFile(atPath: own) { try install() }
      python = own
    case let wish?: python = wish
    }
    return [try snakemake(python), try dvc(python)]
  }

  private static func install() throws {
    note("installing Snakemake and DVC into \(place)")
    _ = try ChildProcess("/usr/bin/env", ["python3", "-m", "venv", place]).lastLine()
    _ = try ChildProcess("\(place)/bin/python", ["-m", "pip", "install", "--quiet", "snakemake", "dvc"]).lastLine()
  }

  // MARK: - The runners

  private static func snakemake(_ python: String) throws -> PeerRunner {
    try PeerRunner(
      // Its greedy scheduler is the faster one here: it solves no linear programme a step.
      name: "Snakemake", module: "snakemake", words: ["-j2", "--scheduler", "greedy", "--quiet", "all"], python: python,
      file: "Snakefile")
  }

  private static func dvc(_ python: String) throws -> PeerRunner {
    try PeerRunner(
      name: "DVC", module: "dvc", words: ["repro", "--quiet"], python: python, file: "dvc.yaml",
      environment: ["DVC_NO_ANALYTICS": "1"],
      setup: [["init", "--no-scm", "--quiet"], ["config", "core.check_update", "false"]])
  }

  private init(
    name: String, module: String, words: [String], python: String, file: String, environment: [String: String] = [:],
    setup: [[String]] = []
  ) throws {
    // Runs start in folders of their own.
    self.python = python.contains("/") ? URL(filePath: python).standardizedFileURL.path : python
    self.name = name
    self.file = file
    self.words = ["-m", module] + words
    command = ([module] + words).joined(separator: " ")
    self.setup = setup.map { ["-m", module] + $0 }
    self.environment = ProcessInfo.processInfo.environment.merging(environment) { _, ours in ours }
    guard FileManager.default.fileExists(atPath: "\(Self.sources)/\(file)") else {
      throw BenchmarkError(
        "'\(Self.sources)/\(file)' is not here; run 'make bench-runner' in the folder of the package")
    }
    do {
      let line = try ChildProcess(self.python, ["-m", module, "--version"], isQuiet: true).lastLine()
      version = String(decoding: line, as: UTF8.self)
    } catch {
      throw BenchmarkError("'\(python)' has no \(name); set LIGHTBENCH_RUNNERS to one that has, or to 'install'")
    }
  }

  // MARK: -

  /// An empty folder with the graph in it.
  func prepare(in folder: String) throws {
    let files = FileManager.default
    try? files.removeItem(atPath: folder)  // the first time there is none
    for name in Self.folders {
      try files.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try files.copyItem(atPath: "\(Self.sources)/\(file)", toPath: "\(folder)/\(file)")
    for words in setup { _ = try start(words, in: folder).lastLine() }
  }

  /// Runs it to its end; the table of 6x6 must be there then.
  func run(in folder: String) throws {
    _ = try start(words, in: folder).lastLine()
    guard FileManager.default.fileExists(atPath: "\(folder)/matrix") else {
      throw BenchmarkError("\(name) made no 'matrix' in '\(folder)'")
    }
  }

  private func start(_ words: [String], in folder: String) throws -> ChildProcess {
    try ChildProcess(python, words, environment: environment, folder: folder, isQuiet: true)
  }
}
