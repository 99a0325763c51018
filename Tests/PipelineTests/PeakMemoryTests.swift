import Testing

@testable import Pipeline

/// What a worker says of the memory that a task took.
@Suite struct PeakMemoryTests {
  @Test func `the peak holds what was there and is gone`() throws {
    let size = 96 << 20
    Posix.forgetPeakMemory()
    var sum = 0
    do {
      let bytes = [UInt8](repeating: 1, count: size)
      for place in stride(from: 0, to: size, by: 4096) { sum += Int(bytes[place]) }
    }
    #expect(sum == size / 4096)
    #expect(try #require(Posix.peakMemory()) > size)
  }
}
