import Foundation
import Imaging
import Neural
import Tensors

/// What `make bench` measures: the cases that decide how long an experiment takes. Names: operation, shape, threads.
func benchmarks() throws -> [Benchmark] {
  var all: [Benchmark] = []
  let configuration = ConvMixerConfiguration(dim: 32, depth: 4)
  for threads in [1, 2] {
    let engine = Engine(threads: threads)
    let training = DetectorTraining(configuration: configuration, steps: 1000, seed: 7, engine: engine)
    let input = noise([4, 16, 64, 64])
    let target = Tensor(input.values.map { $0 > 0.98 ? 1 : 0 }, shape: input.shape)
    all.append(
      Benchmark("convmixer3d-train 4x16x64x64 dim 32 depth 4 k5 t\(threads)") {
        _ = training.advance(input: input, target: target)
      })
    let model = training.model
    let volume = noise([1, 32, 160, 160])
    all.append(
      Benchmark("convmixer3d-infer 1x32x160x160 dim 32 depth 4 k5 t\(threads)") {
        _ = model.probabilities(volume, on: engine)
      })
  }
  all.append(
    Benchmark("phantom-region 32x160x160 neun") {
      _ = Phantom.region(PhantomSettings(marker: .neun), seed: 7, role: .train, index: 0)
    })
  let points = (0..<2).map { side in (0..<100_000).map { point($0, side: side) } }
  all.append(
    Benchmark("matching-greedy 100000x100000 8 px") {
      _ = Matching(points[0], with: points[1], tolerance: .pixels(8))
    })
  return all
}

private func noise(_ shape: [Int]) -> Tensor {
  var random = Philox(seed: 7, purpose: "bench")
  return Tensor((0..<shape.reduce(1, *)).map { _ in Float(random.uniform()) }, shape: shape)
}

private func point(_ index: Int, side: Int) -> Point {
  var random = Philox(seed: UInt64(side), purpose: "bench.points", position: UInt64(index))
  return Point(Float(random.uniform() * 400), Float(random.uniform() * 1000), Float(random.uniform() * 1000))
}

let found = try benchmarks()
for benchmark in found {
  print("\(benchmark.name): median \(Int(benchmark.median.rounded())) ms, p90 \(Int(benchmark.ninth.rounded())) ms")
}
let rows = found.map { "    {\"name\": \"\($0.name)\", \"median_ms\": \($0.median), \"p90_ms\": \($0.ninth)}" }
let document = """
  {
    "cores": \(ProcessInfo.processInfo.activeProcessorCount),
    "rows": [
  \(rows.joined(separator: ",\n"))
    ]
  }

  """
try FileManager.default.createDirectory(atPath: "results/benchmarks", withIntermediateDirectories: true)
try Data(document.utf8).write(to: URL(filePath: "results/benchmarks/first-light.json"))
print("results/benchmarks/first-light.json")
