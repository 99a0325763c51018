public import Tensors

/// Tensors with names, in order: the state of a model or a training.
public struct NamedTensors: Sendable {
  /// The names and tensors in the order in which they were added.
  public private(set) var entries: [(name: String, tensor: Tensor)] = []
  private var places: [String: Int] = [:]

  /// No tensors.
  public init() {}

  /// Tensors in the order given; a later one replaces an earlier one of its name.
  public init(_ entries: some Sequence<(name: String, tensor: Tensor)>) {
    for entry in entries { self[entry.name] = entry.tensor }
  }

  /// How many tensors there are.
  public var count: Int { entries.count }

  /// The names in order.
  public var names: [String] { entries.map(\.name) }

  /// Whether every number in them is finite.
  public var isFinite: Bool { entries.allSatisfy { $0.tensor.values.allSatisfy(\.isFinite) } }

  /// The tensor of a name, if there is one; setting nil removes it.
  public subscript(_ name: String) -> Tensor? {
    get { places[name].map { entries[$0].tensor } }
    set {
      switch (places[name], newValue) {
      case (let place?, let tensor?): entries[place].tensor = tensor
      case (nil, let tensor?):
        places[name] = entries.count
        entries.append((name, tensor))
      case (let place?, nil):
        entries.remove(at: place)
        places = [:]
        for (index, entry) in entries.enumerated() { places[entry.name] = index }
      case (nil, nil): break
      }
    }
  }

  /// The tensors whose names begin with `prefix`, under what follows it.
  public func under(_ prefix: String) -> NamedTensors {
    NamedTensors(
      entries.filter { $0.name.hasPrefix(prefix) }.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) })
  }

  /// The tensor of a name.
  ///
  /// - Throws: `ModelStateError` if it is missing or has another shape.
  func required(_ name: String, shape: [Int]) throws(ModelStateError) -> Tensor {
    guard let tensor = self[name] else {
      throw ModelStateError(
        "no tensor '\(name)' of shape \(shape); the state belongs to another model or was cut short")
    }
    guard tensor.shape == shape else {
      throw ModelStateError("tensor '\(name)' has shape \(tensor.shape), expected \(shape); check the configuration")
    }
    return tensor
  }

  /// The whole number that a tensor of shape `[]` holds.
  ///
  /// - Throws: `ModelStateError` if it is missing or no count.
  func requiredCount(_ name: String) throws(ModelStateError) -> Int {
    let value = try required(name, shape: []).values[0]
    guard let count = Int(exactly: value), count >= 0 else {
      throw ModelStateError("'\(name)' is \(value), expected a count; the state is damaged")
    }
    return count
  }
}

/// A saved state does not fit the model that is to take it.
public struct ModelStateError: Error, Hashable, CustomStringConvertible {
  /// What does not fit, where, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
