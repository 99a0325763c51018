import Tensors

/// The parameters of a model, one after another in a flat buffer: each one's name, shape, first values and place.
struct ParameterLayout: Sendable {
  /// How a parameter begins.
  enum Start: Sendable {
    /// PyTorch's default, U(-1/sqrt(fan), 1/sqrt(fan)).
    case uniform(fan: Int)
    case constant(Float)
    /// U(-a, a) with a = sqrt(6 / (inputs + outputs)): Glorot and Bengio 2010, AISTATS, equation 16.
    case xavier(inputs: Int, outputs: Int)
    /// The normal distribution around 0, cut off at two deviations.
    case truncatedNormal(deviation: Double)

    /// The bias of logits of which few are positive: the model starts by predicting their share, pi = 0.01 (Lin et al.
    /// 2017, section 4.1).
    static let rareVoxels = Start.constant(Float(-Elementary.log((1 - 0.01) / 0.01)))
  }

  struct Parameter: Sendable {
    let name: String
    let shape: [Int]
    let start: Start
    let offset: Int
    /// Whether weight decay acts on it.
    let isDecayed: Bool
    var count: Int { shape.reduce(1, *) }
    var range: Range<Int> { offset..<offset + count }
  }

  private(set) var parameters: [Parameter] = []
  private(set) var count = 0
  private var places: [String: Int] = [:]

  /// Adds a parameter behind the others.
  @discardableResult
  mutating func add(_ name: String, _ shape: [Int], _ start: Start, isDecayed: Bool) -> Parameter {
    let parameter = Parameter(name: name, shape: shape, start: start, offset: count, isDecayed: isDecayed)
    places[name] = parameters.count
    parameters.append(parameter)
    count += parameter.count
    return parameter
  }

  subscript(_ name: String) -> Parameter {
    guard let place = places[name] else { preconditionFailure("layout: there is no parameter '\(name)'") }
    return parameters[place]
  }

  /// What optimisers change, neighbours with the same treatment joined.
  var ranges: [(range: Range<Int>, isDecayed: Bool)] {
    parameters.reduce(into: []) { ranges, parameter in
      if let last = ranges.last, last.isDecayed == parameter.isDecayed {
        ranges[ranges.count - 1].range = last.range.lowerBound..<parameter.range.upperBound
      } else {
        ranges.append((parameter.range, parameter.isDecayed))
      }
    }
  }

  /// First values, each parameter from a stream of the seed and its name.
  func initialised(seed: UInt64) -> Tensor {
    var flat = Tensor(zeros: [count])
    flat.withMutableSpan { span in
      for parameter in parameters {
        var random = Philox(seed: seed, purpose: "initial \(parameter.name)")
        for place in parameter.range { span[place] = parameter.start.draw(&random) }
      }
    }
    return flat
  }

  // MARK: - Names

  /// One buffer of tensors that are named like the parameters.
  func flat(_ state: NamedTensors) throws -> Tensor {
    // All before there is a buffer: a state that does not fit says nothing of how much memory it takes.
    let tensors = try parameters.map { try state.required($0.name, shape: $0.shape) }
    var flat = Tensor(zeros: [count])
    for (parameter, tensor) in zip(parameters, tensors) {
      tensor.withSpan { source in
        flat.withMutableSpan { span in
          for index in 0..<parameter.count { span[parameter.offset + index] = source[index] }
        }
      }
    }
    return flat
  }

  /// A flat buffer of this layout with what another layout has under the same names.
  func flat(_ own: Tensor, with others: Tensor, of layout: ParameterLayout) -> Tensor {
    var flat = own
    for parameter in parameters {
      guard let place = layout.places[parameter.name] else { continue }
      let other = layout.parameters[place]
      precondition(other.shape == parameter.shape, "layout: '\(parameter.name)' is \(other.shape), \(parameter.shape)")
      others.withSpan { source in
        flat.withMutableSpan { span in
          for index in 0..<parameter.count { span[parameter.offset + index] = source[other.offset + index] }
        }
      }
    }
    return flat
  }

  /// A flat buffer as tensors that are named like the parameters, sharing its memory.
  func named(_ flat: Tensor) -> NamedTensors {
    NamedTensors(parameters.map { ($0.name, flat.part(from: $0.offset, shape: $0.shape)) })
  }
}

extension ParameterLayout.Start {
  fileprivate func draw(_ random: inout Philox) -> Float {
    switch self {
    case .constant(let value): return value
    case .uniform(let fan):
      let bound = 1 / Double(fan).squareRoot()
      return Float(random.uniform(in: -bound...bound))
    case .xavier(let inputs, let outputs):
      let bound = (6 / Double(inputs + outputs)).squareRoot()
      return Float(random.uniform(in: -bound...bound))
    case .truncatedNormal(let deviation):
      while true {
        let value = random.normal()
        if abs(value) <= 2 { return Float(deviation * value) }
      }
    }
  }
}

/// The parameters of a model as variables of one pass.
struct ModelVariables {
  private let layout: ParameterLayout
  private let variables: [String: Variable]
  private let gradients: GradientBuffer?

  /// Variables whose gradients go into a buffer, if there is one.
  init(_ layout: ParameterLayout, flat: Tensor, gradients: GradientBuffer? = nil, tape: Tape) {
    self.layout = layout
    self.gradients = gradients
    variables = Dictionary(
      uniqueKeysWithValues: layout.parameters.map { parameter in
        let value = flat.part(from: parameter.offset, shape: parameter.shape)
        guard let gradients else { return (parameter.name, tape.parameter(value)) }
        return (parameter.name, tape.parameter(value, gradient: gradients, at: parameter.offset))
      })
  }

  subscript(_ name: String) -> Variable {
    guard let variable = variables[name] else { preconditionFailure("model: there is no parameter '\(name)'") }
    return variable
  }

  /// After the derivatives are taken: the gradient of what the output did not depend on is zero.
  func finish() {
    for parameter in layout.parameters where self[parameter.name].gradient == nil { gradients?.clear(parameter.range) }
  }
}
