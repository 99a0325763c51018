import Artifacts
public import Fingerprints
import Foundation
public import Pipeline
public import Recipes
import SystemPackage

/// `exec.command`: a program of the user's own as a stage; files go in, files come out.
public struct ExecCommand: Stage {
  /// What runs, and what goes in and out.
  public struct Parameters: Sendable {
    var argv: [String] = []
    var tools: [String] = []
    var inputs = FilePorts()
    var outputs = FilePorts()

    public init() {}
  }

  public static let kind = "exec.command"
  public static let revision = 1
  public static let namesFiles = true
  public static let summary = "runs a program of your own: declared files go in, declared files come out"
  public static let details = """
    The program runs in an empty folder with the tools in it, and with nothing in its environment but PATH,
    LANG=C.UTF-8, LIGHTBENCH_SEED and LIGHTBENCH_THREADS. What it prints goes to the log of the task; what it leaves
    in the background is killed when it ends.
    Every input lies at in/PORT.EXT, every output is read from out/PORT.EXT:
      zarr            annotated-regions  PORT.zarr, a Zarr group of OME-Zarr images REGION, centres in REGION.csv;
                                         an output keeps the regions of the one zarr input and replaces their images
      detections-csv  detections         PORT.csv with the columns region,z,y,x,score
      table-csv       table              PORT.csv, row labels first, then numbers or n/a
      safetensors     model              PORT.safetensors, as 'lightbench get' writes it
    Numbers may be written to out/metrics.csv, with the columns metric,value,unit,better; the last two may be left
    out, better is higher, lower or neither. Equal inputs, argv, tools and seed must give equal files.
    """
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value("argv", \.argv, required: true, "the program and its arguments; a tool is called as it stands in 'tools'"),
      .value("tools", \.tools, "files beside the experiment that the program needs; their content is in the key"),
      .value("inputs", \.inputs, "input ports and the form in which each lies in the folder 'in'"),
      .value("outputs", \.outputs, "output ports and the form in which each is read from the folder 'out'"),
    ],
    check: { parameters in
      var problems: [ParameterProblem] = []
      if parameters.argv.isEmpty { problems.append(ParameterProblem("argv", "there is no program to run")) }
      if parameters.outputs.entries.isEmpty {
        problems.append(ParameterProblem("outputs", "a command without outputs leaves nothing"))
      }
      let names = parameters.tools.map(Self.toolName)
      if let name = names.first(where: { name in names.count { $0 == name } > 1 || ["in", "out", ""].contains(name) }) {
        problems.append(ParameterProblem("tools", "no tool can be called '\(name)' in the work folder"))
      }
      let volumes = parameters.inputs.entries.count { $0.format == .zarr }
      if volumes != 1, parameters.outputs.entries.contains(where: { $0.format == .zarr }) {
        problems.append(
          ParameterProblem(
            "outputs", "a zarr output keeps the regions of one zarr input, there are \(volumes)",
            hint: "declare one zarr input"))
      }
      return problems
    })

  public static func ports(_ parameters: Parameters) -> Ports {
    // A program that gives a model has learnt from the regions that it got.
    let learns = parameters.outputs.entries.contains { $0.format == .safetensors }
    return Ports(
      inputs: parameters.inputs.entries.map {
        Port($0.name, $0.format.type, exposure: learns && $0.format == .zarr ? .learns : .none)
      },
      outputs: parameters.outputs.entries.map { Port($0.name, $0.format.type) })
  }

  let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outside(_ data: OutsideData) throws -> [String: CanonicalValue] {
    guard !parameters.tools.isEmpty else { return [:] }
    let tools = try parameters.tools.map { tool -> CanonicalValue in
      let path = data.folder.pushing(FilePath(tool))
      guard FileManager.default.fileExists(atPath: path.string) else {
        throw TaskFailure(
          code: .badData, message: "the tool '\(path)' is missing; it should lie beside the experiment file",
          phase: "read")
      }
      return .map(["name": .text(Self.toolName(tool)), "content": .bytes(try data.digest(path).bytes)])
    }
    return ["tools": .list(tools)]
  }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    guard let source = parameters.inputs.entries.first(where: { $0.format == .zarr }),
      let regions = inputs.regions(source.name)
    else { return [:] }
    let kept = parameters.outputs.entries.filter { $0.format == .zarr }
    return Dictionary(kept.map { ($0.name, ArtifactShape(regions: regions)) }, uniquingKeysWith: { first, _ in first })
  }

  public func estimate() -> Cost { Cost(memory: 1 << 30, seconds: 10) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let folder = try context.scratch()
    defer { try? FileManager.default.removeItem(atPath: folder.string) }  // litter that 'cache gc' finds
    for name in ["in", "out"] {
      try FileManager.default.createDirectory(
        atPath: folder.appending(name).string, withIntermediateDirectories: true)
    }
    for tool in parameters.tools {
      // What a link leads to is what the key knows.
      let source = URL(filePath: context.outside.folder.pushing(FilePath(tool)).string).resolvingSymlinksInPath()
      try FileManager.default.copyItem(atPath: source.path, toPath: folder.appending(Self.toolName(tool)).string)
    }
    var files = CommandFiles(folder: folder)
    for entry in parameters.inputs.entries { try files.write(inputs.single(entry.name), as: entry) }
    try execute(in: folder, context)
    for entry in parameters.outputs.entries { try context.write(entry.name, files.read(entry)) }
    return try files.metrics()
  }

  private func execute(in folder: FilePath, _ context: StageContext) throws {
    let words = parameters.argv.map { parameters.tools.contains($0) ? "./" + Self.toolName($0) : $0 }
    let environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
      "LIGHTBENCH_SEED": "\(context.seed)", "LIGHTBENCH_THREADS": "\(context.threads)",
    ]
    let ending: Posix.Ending
    do {
      ending = try Posix.run(words, in: folder, environment: environment)
    } catch let error as SystemError {
      throw TaskFailure(code: .commandFailed, message: error.description)
    }
    switch ending {
    case .exited(0): return
    case .exited(let status):
      throw TaskFailure(code: .commandFailed, message: "'\(words[0])' exited with status \(status)")
    case .signalled(let signal):
      throw TaskFailure(
        code: .commandFailed, message: "'\(words[0])' was ended by \(Posix.name(ofSignal: signal))")
    }
  }

  /// What a tool is called in the work folder.
  private static func toolName(_ tool: String) -> String { FilePath(tool).lastComponent?.string ?? "" }
}
