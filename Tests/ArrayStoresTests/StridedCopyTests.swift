import Testing

@testable import ArrayStores

@Suite struct StridedCopyTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func `boxes of any strides land where arithmetic says`(seed: UInt64) {
    var random = Sequence64(seed: seed)
    let rank = random.next(4)
    let shape = (0..<rank).map { _ in 1 + random.next(5) }
    let start = shape.map { random.next($0) }
    let extent = zip(shape, start).map { random.next($0 - $1 + 1) }
    let type = ElementType.allCases[random.next(ElementType.allCases.count)]
    let swaps = random.next(2) == 0
    var order = Array(0..<rank)
    for index in order.indices { order.swapAt(index, random.next(rank)) }
    let (from, into) = (Shape.strides(shape), Shape.strides(order.map { shape[$0] }))
    var to = into
    for (axis, original) in order.enumerated() { to[original] = into[axis] }
    let count = shape.reduce(1, *)
    let source = (0..<count * type.size).map { _ in UInt8(random.next(256)) }
    var target = [UInt8](repeating: 0, count: source.count)
    var expected = target
    Shape.forEachIndex(from: extent.map { _ in 0 }, upTo: extent) { index in
      let place = zip(index, start).map { $0 + $1 }
      let (read, write) = (
        zip(place, from).reduce(0) { $0 + $1.0 * $1.1 }, zip(place, to).reduce(0) { $0 + $1.0 * $1.1 }
      )
      for byte in 0..<type.size {
        let part = byte / type.componentSize * type.componentSize
        let other = swaps ? 2 * part + type.componentSize - 1 - byte : byte
        expected[write * type.size + other] = source[read * type.size + byte]
      }
    }
    let copy = StridedCopy(
      extent, elementSize: type.size, component: type.componentSize, swaps: swaps,
      from: from, at: zip(start, from).reduce(0) { $0 + $1.0 * $1.1 },
      to: to, at: zip(start, to).reduce(0) { $0 + $1.0 * $1.1 })
    unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { unsafe copy.run(from: source, to: $0) }
    }
    #expect(target == expected)
  }

  @Test func `a copy beyond its array traps`() async {
    await #expect(processExitsWith: .failure) {
      let copy = StridedCopy(
        [4], elementSize: 2, component: 2, swaps: false, from: [1], at: 0, to: [1], at: 1)
      let source = [UInt8](repeating: 0, count: 8)
      var target = source
      unsafe source.withUnsafeBytes { source in
        unsafe target.withUnsafeMutableBytes { unsafe copy.run(from: source, to: $0) }
      }
    }
  }
}

@Suite struct ParallelTests {
  private struct Failure: Error, Equatable { let number: Int }

  @Test(arguments: 0..<20)
  func `the failure of the lowest number is the one that is thrown`(round: Int) {
    #expect(throws: Failure(number: 7)) {
      try Parallel.forEach(1_000, state: ()) { _, number in
        if number % 10 == 7 { throw Failure(number: number) }
      }
    }
  }

  @Test(arguments: [0, 1, 2, 1_000])
  func `every number is done once`(count: Int) throws {
    let seen = PerNumber<Int>(count)
    try Parallel.forEach(count, state: ()) { _, number in seen[number] = (seen[number] ?? 0) + 1 }
    #expect(seen.all == [Int?](repeating: 1, count: count))
  }
}
