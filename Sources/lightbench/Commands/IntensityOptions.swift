import ArgumentParser
import Artifacts
import Imaging

/// How intensities are normalised before a network sees them, in the words of `prepare.normalize`.
struct IntensityOptions: ParsableArguments {
  /// The methods, and none of them.
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case percentile
    case logRatio = "log-ratio"
    case none
  }

  @Option(help: "How the network wants intensities normalised.")
  var normalisation: Method?

  @Option(help: "With percentile: which percentiles become 0 and 1 (default: 0.5,99.8).")
  var percentiles: String?

  @Flag(help: "With percentile: cut values below 0 and above 1.")
  var clip = false

  @Option(help: "With log-ratio: the box of the local mean, odd voxels z,y,x (default: 9,61,61).")
  var window: ThreeNumbers?

  /// What was chosen; nil for nothing.
  func choice() throws -> ModelImport.Intensities? {
    guard percentiles == nil && !clip || normalisation == .percentile else {
      throw ValidationError("--percentiles and --clip belong to '--normalisation percentile'")
    }
    guard window == nil || normalisation == .logRatio else {
      throw ValidationError("--window belongs to '--normalisation log-ratio'")
    }
    switch normalisation {
    case nil: return nil
    case .some(.none): return .raw
    case .percentile:
      let limits = (percentiles ?? "0.5,99.8").split(separator: ",").compactMap { Double($0) }
      guard limits.count == 2 else {
        throw ValidationError("--percentiles takes two numbers, as in 0.5,99.8, not '\(percentiles ?? "")'")
      }
      return .normalised(.percentile(low: limits[0], high: limits[1], clips: clip))
    case .logRatio:
      let sizes = window?.values.compactMap { Int(exactly: $0) } ?? [9, 61, 61]
      guard sizes.count == 3 else { throw ValidationError("--window takes three whole odd numbers, as in 9,61,61") }
      return .normalised(.logRatio(window: Extent(sizes[0], sizes[1], sizes[2])))
    }
  }
}
