import Tensors

extension Tensor {
  /// Cut or filled up with zeros at the far ends of four axes.
  func resized(_ target: [Int]) -> Tensor {
    guard shape != target else { return self }
    var out = Tensor(zeros: target)
    let shared = zip(shape, target).map { min($0, $1) }
    withSpan { source in
      out.withMutableSpan { span in
        for sample in 0..<shared[0] {
          for z in 0..<shared[1] {
            for y in 0..<shared[2] {
              let from = ((sample * shape[1] + z) * shape[2] + y) * shape[3]
              let to = ((sample * target[1] + z) * target[2] + y) * target[3]
              for x in 0..<shared[3] { span[to + x] = source[from + x] }
            }
          }
        }
      }
    }
    return out
  }
}
