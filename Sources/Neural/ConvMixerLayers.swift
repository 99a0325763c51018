import Tensors

/// What a ConvMixer consists of: each parameter's name, shape, first value and place in the flat buffer.
///
/// Names are those of PyTorch's `nn.Sequential` of the same layers.
struct ConvMixerLayers: Sendable {
  enum Start: Sendable {
    case uniform(fan: Int)
    case constant(Float)
  }

  struct Parameter: Sendable {
    let name: String
    let shape: [Int]
    let start: Start
    let offset: Int
    var count: Int { shape.reduce(1, *) }
  }

  /// One line of the saved state.
  enum Entry: Sendable {
    case parameter(Parameter)
    /// The batch norm of a name and its place among the norms.
    case norm(String, Int)
  }

  private(set) var entries: [Entry] = []
  private(set) var parameterCount = 0
  private(set) var norms: [String] = []
  private var places: [String: Parameter] = [:]
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
    // Rare positives: the model starts by predicting their share, pi = 0.01 (Lin et al. 2017, section 4.1).
    convolution(
      head, [configuration.patchVoxels, dim, 1, 1, 1], bias: .constant(Float(-Elementary.log((1 - 0.01) / 0.01))))
  }

  static func block(_ index: Int) -> String { "\(3 + index)" }

  var parameters: [Parameter] {
    entries.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
  }

  subscript(_ name: String) -> Parameter {
    guard let parameter = places[name] else { preconditionFailure("ConvMixer: there is no parameter '\(name)'") }
    return parameter
  }

  /// PyTorch's default initialisation, U(-1/sqrt(fan), 1/sqrt(fan)), from a stream of the seed and the name.
  func initialised(seed: UInt64) -> Tensor {
    let values = parameters.flatMap { parameter -> [Float] in
      switch parameter.start {
      case .constant(let value): return [Float](repeating: value, count: parameter.count)
      case .uniform(let fan):
        let bound = 1 / Double(fan).squareRoot()
        var random = Philox(seed: seed, purpose: "initial \(parameter.name)")
        return (0..<parameter.count).map { _ in Float(random.uniform(in: -bound...bound)) }
      }
    }
    return Tensor(values, shape: [parameterCount])
  }

  private mutating func convolution(_ name: String, _ shape: [Int], bias: Start? = nil) {
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

  private mutating func add(_ name: String, _ shape: [Int], _ start: Start) {
    let parameter = Parameter(name: name, shape: shape, start: start, offset: parameterCount)
    places[name] = parameter
    parameterCount += parameter.count
    entries.append(.parameter(parameter))
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
