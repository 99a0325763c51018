import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// The same models in PyTorch.
  @Suite(
    .enabled(
      if: EndToEnd.isFull && Torch.python != nil,
      "runs with LIGHTBENCH_TEST_FULL=1 and LIGHTBENCH_TORCH=PYTHON, a Python with torch, numpy and safetensors"))
  struct TorchTests {
    /// What the script says of a heatmap.
    private struct Comparison: Decodable {
      let largest: Double
      let logits: Double
      let spread: Double
    }

    private func compare(_ place: Workplace, weights: String, model: String) async throws {
      let names = [".", weights, model, "heatmap.zarr"]
      let output = try await Torch.run(["compare"] + names, in: place.folder)
      let comparison = try JSONDecoder().decode(Comparison.self, from: Data(output.utf8))
      print(
        "largest difference from PyTorch, \(weights): \(comparison.largest) of \(comparison.spread), logits \(comparison.logits)"
      )
      #expect(comparison.largest <= 1e-4 && comparison.logits <= 1e-4)
      #expect(comparison.spread > 1e-3, "a heatmap of one value proves nothing")
    }

    @Test func `a model of PyTorch gives the same heatmap here`() async throws {
      let place = try Workplace()
      _ = try await Torch.run(["make", "."], in: place.folder)
      try await place.expect(
        0, "model", "import", "theirs.safetensors", "-o", "ours.safetensors", "--normalisation", "percentile",
        "--percentiles", "1,99", "--clip", "--tau", "0.5", "--minimum-distance", "3")
      try await place.expect(
        0, "predict", "--model", "ours.safetensors", "--input", "volume.zarr", "-o", "heatmap.zarr")
      try await compare(place, weights: "theirs.safetensors", model: "ours.safetensors")
    }

    @Test func `a model trained here gives the same heatmap in PyTorch`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      _ = try await Torch.run(["make", "."], in: place.folder)
      let source = "tiny.yaml:train[marker=cfos]"
      try await place.expect(0, "model", "export", source, "-o", "mine.safetensors")
      try await place.expect(0, "predict", "--model", source, "--input", "volume.zarr", "-o", "heatmap.zarr")
      try await compare(place, weights: "mine.safetensors", model: "mine.safetensors")
    }
  }
}

/// The Python with PyTorch that the environment names.
private enum Torch {
  static let python = ProcessInfo.processInfo.environment["LIGHTBENCH_TORCH"]

  struct Failure: Error {
    let code: Int32
  }

  /// Runs the script beside the tests; its errors go where those of the tests go.
  static func run(_ arguments: [String], in folder: FilePath) async throws -> String {
    let script = try #require(
      Foundation.Bundle.module.path(forResource: "torch_interchange", ofType: "py", inDirectory: "Fixtures"))
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = [script] + arguments
    process.currentDirectoryURL = URL(filePath: folder.string)
    let pipe = Pipe()
    process.standardOutput = pipe
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
    for await _ in ended {}
    guard process.terminationStatus == 0 else { throw Failure(code: process.terminationStatus) }
    return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  }
}
