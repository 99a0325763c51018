/// A row of the report: one case at one number of threads, on both sides.
struct Comparison: Encodable {
  let measured: BenchmarkCase
  let work: Work
  let threads: Int
  let ours: Measurement
  let torch: Torch.Measurement?
  let compiled: Torch.Measurement?
  /// Billions of operations a second that the machine can do, measured just before.
  let peak: Double

  /// How many times faster than PyTorch in its best memory format.
  var ratio: Double? { torch.map { $0.ms / ours.milliseconds } }
  var compiledRatio: Double? { compiled.map { $0.ms / ours.milliseconds } }
  var shareOfPeak: Double { measured.operations(work) / (ours.milliseconds / 1e3) / peak }

  /// What the specification asks for and this row does not give.
  var missed: [String] {
    var missed: [String] = []
    let floors = measured.floors(work)
    let place = "\(measured.name) \(work.rawValue), \(threads) \(threads == 1 ? "thread" : "threads")"
    if let ratio, let floor = floors?.torch, ratio < floor {
      missed.append("\(place): \(ratio.text(2)) times PyTorch, floor \(floor)")
    }
    if let compiledRatio, let floor = floors?.compiled, compiledRatio < floor {
      missed.append("\(place): \(compiledRatio.text(2)) times compiled PyTorch, floor \(floor)")
    }
    if work == .train, let own = ours.peakMebibytes, let torch, own > torch.peakMebibytes {
      missed.append("\(place): peak memory \(own.text(0)) MiB, PyTorch's \(torch.peakMebibytes.text(0)) MiB")
    }
    return missed
  }

  private enum CodingKeys: String, CodingKey {
    case name = "case"
    case what, threads
    case ours = "ours_ms"
    case torch = "torch_ms"
    case compiled = "torch_compiled_ms"
    case oursPeak = "ours_peak_mib"
    case torchPeak = "torch_peak_mib"
  }

  func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(measured.name, forKey: .name)
    try row.encode(work, forKey: .what)
    try row.encode(threads, forKey: .threads)
    // What was not measured is null, so that every row has every key.
    try row.encode(ours.milliseconds.rounded(to: 3), forKey: .ours)
    try row.encode(torch?.ms.rounded(to: 3), forKey: .torch)
    try row.encode(compiled?.ms.rounded(to: 3), forKey: .compiled)
    try row.encode(ours.peakMebibytes?.rounded(to: 1), forKey: .oursPeak)
    try row.encode(torch?.peakMebibytes.rounded(to: 1), forKey: .torchPeak)
  }
}

extension Double {
  func rounded(to digits: Int) -> Double {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    return (self * scale).rounded() / scale
  }

  /// With a fixed number of digits after the point.
  func text(_ digits: Int) -> String {
    guard digits > 0 else { return "\(Int(rounded()))" }
    let parts = "\(rounded(to: digits))".split(separator: ".")
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    return "\(parts[0])." + fraction + String(repeating: "0", count: max(0, digits - fraction.count))
  }
}
