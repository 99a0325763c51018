import Tensors
import Testing

@Suite struct TensorTests {
  @Test func `a tensor gives back its values and shape`() {
    let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(tensor.values == [1, 2, 3, 4, 5, 6])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.withSpan { $0[4] } == 5)
  }

  @Test(arguments: [([], 1), ([0], 0), ([3, 0, 2], 0), ([2, 5], 10)] as [([Int], Int)])
  func `the count is the product of the shape`(shape: [Int], count: Int) {
    #expect(Tensor(zeros: shape).count == count)
    #expect(Tensor(zeros: shape).values == [Float](repeating: 0, count: count))
  }

  @Test func `a change stays in the tensor that is changed`() {
    let original = Tensor([1, 2, 3, 4], shape: [4])
    var copy = original.reshaped([2, 2])
    let part = original.part(from: 1, shape: [2])
    copy.withMutableSpan { $0[1] = 20 }
    #expect(original.values == [1, 2, 3, 4])
    #expect(part.values == [2, 3])
    #expect(copy.values == [1, 20, 3, 4])
  }

  @Test func `a shape that does not hold the values traps`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3], shape: [2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(zeros: [4]).reshaped([5]) }
  }
}
