import CDeflate

/// Pictures in the format PNG: 8 bits a channel, red, green and blue; grey where all pixels are.
public enum PNG {
  /// The bytes of a file; equal pixels give equal bytes with one version of libdeflate.
  ///
  /// - Parameter pixels: Red, green and blue of each pixel, row by row from the top.
  /// - Throws: `invalid_argument` for pixels that do not fill the picture.
  public static func encoded(width: Int, height: Int, pixels: [UInt8]) throws -> [UInt8] {
    guard (1...1 << 16).contains(width), (1...1 << 16).contains(height), pixels.count == width * height * 3 else {
      throw ArrayStoreError(.invalidArgument, "\(pixels.count) bytes are no picture of \(width) x \(height) pixels")
    }
    let places = stride(from: 0, to: pixels.count, by: 3)
    let isGrey = places.allSatisfy { place in
      pixels[place] == pixels[place + 1] && pixels[place] == pixels[place + 2]
    }
    let channels = isGrey ? 1 : 3
    let samples: [UInt8] = isGrey ? places.map { pixels[$0] } : pixels
    var rows: [UInt8] = []
    rows.reserveCapacity(samples.count + height)
    for row in 0..<height { rows += filtered(samples, row: row, count: width * channels, step: channels) }
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    let colours: UInt8 = isGrey ? 0 : 2
    file += chunk("IHDR", bytes(UInt32(width)) + bytes(UInt32(height)) + [8, colours, 0, 0, 0])
    file += chunk("IDAT", try compressed(rows))
    file += chunk("IEND", [])
    return file
  }

  // MARK: -

  /// A row as differences from the pixel before or from the row above, whichever are smaller.
  private static func filtered(_ samples: [UInt8], row: Int, count: Int, step: Int) -> [UInt8] {
    let start = row * count
    var before = [UInt8](repeating: 1, count: count + 1)
    var above = [UInt8](repeating: 2, count: count + 1)
    var (beforeSum, aboveSum) = (0, 0)
    for place in 0..<count {
      let value = samples[start + place]
      let left = value &- (place >= step ? samples[start + place - step] : 0)
      let up = value &- (row > 0 ? samples[start + place - count] : 0)
      (before[place + 1], above[place + 1]) = (left, up)
      beforeSum += Int(Int8(bitPattern: left).magnitude)
      aboveSum += Int(Int8(bitPattern: up).magnitude)
    }
    return beforeSum < aboveSum ? before : above
  }

  private static func compressed(_ rows: [UInt8]) throws -> [UInt8] {
    let bound = rows.count + rows.count / 4 + 65_536
    return try unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = try unsafe rows.withUnsafeBytes {
        try unsafe Deflater().encode($0, into: UnsafeMutableRawBufferPointer(buffer), .zlib, level: 9)
      }
    }
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    let sum = unsafe body.withUnsafeBytes { unsafe libdeflate_crc32(0, $0.baseAddress, $0.count) }
    return bytes(UInt32(content.count)) + body + bytes(sum)
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
