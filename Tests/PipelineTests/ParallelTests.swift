import Synchronization
import Testing

@testable import Pipeline

@Suite struct ParallelTests {
  @Test(arguments: [0, 1, 31, 32, 33, 64, 1000]) func `results stand in the order of the values`(count: Int) throws {
    let values = Array(0..<count + 5)
    #expect(try Parallel.map(values[5...]) { $0 * 2 } == values[5...].map { $0 * 2 })
  }

  @Test func `the first mistake in the order of the values is thrown`() throws {
    struct Mistake: Error, Equatable { let value: Int }
    let error = try #require(throws: Mistake.self) {
      try Parallel.map(Array(0..<1000)[...]) { if $0 % 300 == 299 { throw Mistake(value: $0) } }
    }
    #expect(error == Mistake(value: 299))
  }
}
