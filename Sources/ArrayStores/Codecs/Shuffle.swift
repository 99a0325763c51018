/// Bytes of equal weight side by side: all first bytes of the elements, then all second ones, and so on.
///
/// What does not fill an element stands at the end as it was.
enum Shuffle {
  static func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, elementSize size: Int
  ) -> Int {
    let count = input.count / size
    unsafe transpose(input, output, rows: count, columns: size)
    return unsafe copyRest(input, output, from: count * size)
  }

  static func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, elementSize size: Int
  ) throws -> Int {
    guard input.count <= output.count else {
      throw ArrayStoreError(.chunkSizeMismatch, "\(input.count) shuffled bytes stand where \(output.count) belong")
    }
    let count = input.count / size
    unsafe transpose(input, output, rows: size, columns: count)
    return unsafe copyRest(input, output, from: count * size)
  }

  /// Turns a matrix of bytes: row r, column c becomes row c, column r.
  private static func transpose(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, rows: Int, columns: Int
  ) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    let step = 4_096
    for first in stride(from: 0, to: max(rows, columns), by: step) {
      // Along the long side in pieces that stay in the cache.
      if rows < columns {
        for row in 0..<rows {
          let line = unsafe source + row * columns
          for column in first..<min(first + step, columns) {
            unsafe target.storeBytes(
              of: line.load(fromByteOffset: column, as: UInt8.self), toByteOffset: column * rows + row, as: UInt8.self)
          }
        }
      } else {
        for column in 0..<columns {
          let line = unsafe target + column * rows
          for row in first..<min(first + step, rows) {
            unsafe line.storeBytes(
              of: source.load(fromByteOffset: row * columns + column, as: UInt8.self), toByteOffset: row, as: UInt8.self
            )
          }
        }
      }
    }
  }

  private static func copyRest(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, from start: Int
  ) -> Int {
    for index in start..<input.count { unsafe output[index] = input[index] }
    return input.count
  }
}
