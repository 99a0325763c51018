import Foundation

/// PyTorch beside us: a Python that has it, and the script with its side of the cases.
struct Torch {
  /// One measurement by the script.
  struct Measurement: Decodable {
    let ms: Double
    let layout: String
    let torch: String
    let peakMebibytes: Double

    private enum CodingKeys: String, CodingKey {
      case ms, layout, torch
      case peakMebibytes = "peak_mib"
    }
  }

  private struct Choice: Decodable {
    let layout: String
  }

  private static let script = "Sources/lightbench-bench/torch_bench.py"
  private let python: String

  /// Where PyTorch is installed for a user who asks for it.
  private static let place = ".build/torch"
  private static let installedGigabytes = 5.6
  /// What an installation needs for a while, the packed files included.
  private static let neededGigabytes = 9.0

  /// The PyTorch that the user names, or asks to install, or has installed here before; nil where there is none, which
  /// is explained.
  static func found(wish: String?) throws -> Torch? {
    let own = "\(place)/bin/python"
    switch wish {
    case nil, "":
      if FileManager.default.isExecutableFile(atPath: own) { return try Torch(python: own) }
      note(
        """
        PyTorch is not measured: LIGHTBENCH_TORCH is not set to a python that has it. \
        LIGHTBENCH_TORCH=install puts one into \(place); it takes \(installedGigabytes) GB, \(freeGigabytes()) GB are free.
        """)
      return nil
    case "install":
      if !FileManager.default.isExecutableFile(atPath: own) { try install() }
      return try Torch(python: own)
    case let wish?: return try Torch(python: wish)
    }
  }

  private init(python: String) throws {
    self.python = python
    guard FileManager.default.fileExists(atPath: Torch.script) else {
      throw BenchmarkError("'\(Torch.script)' is not here; run 'make bench' in the folder of the package")
    }
    let check = try ChildProcess(python, ["-c", "import torch, numpy; print(torch.__version__)"])
    do {
      note("PyTorch \(String(decoding: try check.lastLine(), as: UTF8.self)) of '\(python)'")
    } catch {
      throw BenchmarkError(
        "'\(python)' has no PyTorch with NumPy; set LIGHTBENCH_TORCH to one that has, or to 'install'")
    }
  }

  // MARK: -

  /// The memory format that a case is faster in, by one step of a batch of one.
  func layout(_ measured: BenchmarkCase, _ work: Work, threads: Int) throws -> String {
    let choice: Choice = try run(["--choose"] + arguments(measured, work, threads: threads))
    return choice.layout
  }

  func measure(
    _ measured: BenchmarkCase, _ work: Work, threads: Int, layout: String, isCompiled: Bool, length: StepTimes.Length
  ) throws -> Measurement {
    try run(
      arguments(measured, work, threads: threads) + ["--layout", layout, "--seconds", "\(length.seconds)"]
        + ["--least", "\(length.least)"] + (isCompiled ? ["--compile"] : []))
  }

  /// Starts one process that measures cases one after another, a line each.
  func start(_ cases: [BenchmarkCase], _ work: Work, threads: Int, length: StepTimes.Length) throws -> ChildProcess {
    try ChildProcess(
      python,
      [Torch.script, "--one", "--what", work.rawValue, "--threads", "\(threads)", "--layout", "contiguous"]
        + ["--seconds", "\(length.seconds)", "--least", "\(length.least)", "--case"] + cases.map(\.name))
  }

  private func arguments(_ measured: BenchmarkCase, _ work: Work, threads: Int) -> [String] {
    ["--case", measured.name, "--what", work.rawValue, "--threads", "\(threads)"]
  }

  private func run<Result: Decodable>(_ arguments: [String]) throws -> Result {
    try ChildProcess(python, [Torch.script] + arguments).result()
  }

  // MARK: - Installation

  private static func install() throws {
    let free = freeGigabytes()
    guard free >= neededGigabytes else {
      throw BenchmarkError(
        "installing PyTorch needs \(neededGigabytes) GB while it unpacks, \(free) GB are free; make room or leave it out"
      )
    }
    note("installing PyTorch into \(place): \(installedGigabytes) GB, \(free) GB are free")
    _ = try ChildProcess("/usr/bin/env", ["python3", "-m", "venv", place]).lastLine()
    let pip = ["-m", "pip", "install", "--no-cache-dir", "--quiet", "torch", "numpy"]
    _ = try ChildProcess("\(place)/bin/python", pip).lastLine()
  }

  /// Room on the disk of this folder, rounded to a tenth; 0 where the system does not say.
  private static func freeGigabytes() -> Double {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: ".")
    let bytes = (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue ?? 0
    return (bytes / 1e8).rounded() / 10
  }
}

/// Says something to the person who waits; results go elsewhere.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
