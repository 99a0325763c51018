import Tensors

/// What a ConvMixer consists of: its parameters, and its batch norms with their running statistics.
///
/// Names are those of PyTorch's `nn.Sequential` of the same layers.
struct ConvMixerLayers: Sendable {
  /// One line of the saved state.
  enum Entry: Sendable {
    case parameter(ParameterLayout.Parameter)
    /// The batch norm of a name and its place among the norms.
    case norm(String, Int)
  }

  private(set) var entries: [Entry] = []
  private(set) var parameters = ParameterLayout()
  private(set) var norms: [String] = []
  let head: String

  init(_ configuration: ConvMixerConfiguration) {
    let dim = configuration.dim
    head = "\(3 + configuration.depth)"
    convolution("0", [dim, 1] + configuration.patch)
    norm("2", dim)
    for block in 0..<configuration.depth {
      let name = ConvMixerLayers.block(block)
      convolution("\(name).0.f.0", [dim, 1] + configuration.kernel)
      norm("\(name).0.f.2", dim)
      convolution("\(name).1", [dim, dim, 1, 1, 1])
      norm("\(name).3", dim)
    }
    convolution(head, [configuration.patchVoxels, dim, 1, 1, 1], bias: .rareVoxels)
  }

  static func block(_ index: Int) -> String { "\(3 + index)" }

  private mutating func convolution(_ name: String, _ shape: [Int], bias: ParameterLayout.Start? = nil) {
    let fan = shape.dropFirst().reduce(1, *)
    add("\(name).weight", shape, .uniform(fan: fan))
    add("\(name).bias", [shape[0]], bias ?? .uniform(fan: fan))
  }

  private mutating func norm(_ name: String, _ dim: Int) {
    add("\(name).weight", [dim], .constant(1))
    add("\(name).bias", [dim], .constant(0))
    entries.append(.norm(name, norms.count))
    norms.append(name)
  }

  /// Weight decay acts on all parameters, as in PyTorch's default.
  private mutating func add(_ name: String, _ shape: [Int], _ start: ParameterLayout.Start) {
    entries.append(.parameter(parameters.add(name, shape, start, isDecayed: true)))
  }
}

/// Running mean and variance of every batch norm.
struct RunningStatistics: Sendable {
  /// Share of a new batch; PyTorch's momentum.
  static let momentum = 0.1
  var mean: [[Float]]
  var variance: [[Float]]
  /// Batches seen so far.
  var batches = 0

  init(norms: Int, dim: Int) {
    mean = [[Float]](repeating: [Float](repeating: 0, count: dim), count: norms)
    variance = [[Float]](repeating: [Float](repeating: 1, count: dim), count: norms)
  }

  mutating func include(_ batch: BatchStatistics, norm: Int) {
    func mixed(_ old: [Float], _ new: [Double]) -> [Float] {
      zip(old, new).map { Float((1 - RunningStatistics.momentum) * Double($0) + RunningStatistics.momentum * $1) }
    }
    mean[norm] = mixed(mean[norm], batch.mean)
    variance[norm] = mixed(variance[norm], batch.variance)
  }
}
