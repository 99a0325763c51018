/// An array of `Float` with any number of axes, contiguous in C order, with the meaning of a value.
///
/// Volumes are `[batch, z, y, x]` or `[batch, z, y, x, channels]` where they meet callers; inside the engine
/// activations are blocked by eight channels, `[batch, blocks, z, y, x, 8]`.
public struct Tensor: Sendable {
  /// Length of each axis; empty for a single number.
  public let shape: [Int]
  var storage: Storage
  var start: Int

  /// A tensor full of zeros.
  public init(zeros shape: [Int]) {
    self.init(storage: Storage(uninitialised: Tensor.count(of: shape), pool: nil), start: 0, shape: shape)
    floats.fill(0)
  }

  /// A tensor of given values in C order.
  ///
  /// - Precondition: as many values as the shape holds.
  public init(_ values: [Float], shape: [Int]) {
    let count = Tensor.count(of: shape)
    precondition(values.count == count, "tensor: \(values.count) values for the shape \(shape)")
    self.init(storage: Storage(uninitialised: count, pool: nil), start: 0, shape: shape)
    floats.withMutableSpan { target in for index in 0..<count { target[index] = values[index] } }
  }

  init(storage: Storage, start: Int, shape: [Int]) {
    self.storage = storage
    self.start = start
    self.shape = shape
  }

  // MARK: -

  /// How many numbers the tensor holds.
  public var count: Int { Tensor.count(of: shape) }

  /// The numbers in C order, copied.
  public var values: [Float] { floats.array }

  /// Gives `body` the numbers in C order, without a copy.
  public func withSpan<R>(_ body: (Span<Float>) throws -> R) rethrows -> R { try floats.withSpan(body) }

  /// Gives `body` the numbers to change; other tensors that share the memory keep theirs.
  public mutating func withMutableSpan<R>(_ body: (inout MutableSpan<Float>) throws -> R) rethrows -> R {
    try mutate { try $0.withMutableSpan(body) }
  }

  /// The same numbers under another shape.
  ///
  /// - Precondition: the shape holds as many numbers.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(Tensor.count(of: shape) == count, "reshape: \(self.shape) does not fit into \(shape)")
    return Tensor(storage: storage, start: start, shape: shape)
  }

  /// Part of the numbers in C order, sharing memory until one side is changed.
  package func part(from offset: Int, shape: [Int]) -> Tensor {
    let part = floats[offset..<offset + Tensor.count(of: shape)]
    return Tensor(storage: storage, start: part.start, shape: shape)
  }

  // MARK: -

  var floats: Floats { Floats(storage, start: start, count: count) }

  /// Changes the memory in place, after a copy where it is shared.
  mutating func mutate<R>(_ body: (Floats) throws -> R) rethrows -> R {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(uninitialised: count, pool: nil)
      Floats(copy).copy(from: floats)
      storage = copy
      start = 0
    }
    return try body(floats)
  }

  static func count(of shape: [Int]) -> Int {
    precondition(shape.allSatisfy { $0 >= 0 }, "tensor: a negative length in \(shape)")
    return shape.reduce(1, *)
  }
}
