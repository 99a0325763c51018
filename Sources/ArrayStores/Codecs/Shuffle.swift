/// Bytes of equal weight side by side: all first bytes of the elements, then all second ones, and so on.
///
/// What does not fill an element stands at the end as it was.
enum Shuffle {
  static func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, elementSize size: Int
  ) -> Int {
    let count = input.count / size
    switch size {
    case 2: unsafe split(input, output, count, 2)
    case 4: unsafe split(input, output, count, 4)
    case 8: unsafe split(input, output, count, 8)
    default: unsafe transpose(input, output, rows: count, columns: size)
    }
    return unsafe copyRest(input, output, from: count * size)
  }

  static func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, elementSize size: Int
  ) throws -> Int {
    guard input.count <= output.count else {
      throw ArrayStoreError(.chunkSizeMismatch, "\(input.count) shuffled bytes stand where \(output.count) belong")
    }
    let count = input.count / size
    switch size {
    case 2: unsafe join(input, output, count, 2)
    case 4: unsafe join(input, output, count, 4)
    case 8: unsafe join(input, output, count, 8)
    default: unsafe transpose(input, output, rows: size, columns: count)
    }
    return unsafe copyRest(input, output, from: count * size)
  }

  /// The bytes of elements apart; a size that the compiler knows becomes vector instructions.
  @inline(__always)
  private static func split(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, _ count: Int, _ size: Int
  ) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    for element in 0..<count {
      for byte in 0..<size {
        unsafe target.storeBytes(
          of: source.load(fromByteOffset: element &* size &+ byte, as: UInt8.self),
          toByteOffset: byte &* count &+ element, as: UInt8.self)
      }
    }
  }

  /// The bytes of elements together again.
  @inline(__always)
  private static func join(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, _ count: Int, _ size: Int
  ) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    for element in 0..<count {
      for byte in 0..<size {
        unsafe target.storeBytes(
          of: source.load(fromByteOffset: byte &* count &+ element, as: UInt8.self),
          toByteOffset: element &* size &+ byte, as: UInt8.self)
      }
    }
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
