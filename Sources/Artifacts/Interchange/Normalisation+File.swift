import Imaging

extension Normalisation {
  /// Measures what a volume needs without holding it: the same numbers as `measured(on:)` gives of the whole.
  ///
  /// Percentiles take two passes: the first counts the upper halves of all values, the second the lower halves of
  /// those around the ranks that are wanted.
  func measured(on file: some VoxelSource) throws -> Values {
    switch self {
    case .percentile(let low, let high, _):
      let found = try Self.percentiles(of: file, at: [low, high])
      return Values(low: found[0], high: found[1])
    case .logRatio:
      var sum = 0.0
      try file.forEachSlab { values in for value in values { sum += Double(value) } }
      let mean = sum / Double(max(1, file.size.count))
      return Values(low: max(mean * 1e-3, Double(Float.leastNormalMagnitude)), high: mean)
    }
  }

  /// The part of a volume in a box, normalised as a part of the whole.
  ///
  /// - Parameter values: What was measured on the whole.
  func applied(to file: some VoxelSource, in box: Box, _ values: Values) throws -> Volume {
    guard case .logRatio(let window, _, _) = self else { return applied(to: try file.read(box), values) }
    let wide = box.grown(by: Extent(window.z / 2, window.y / 2, window.x / 2), within: file.size)
    return applied(to: try file.read(wide), values).cropped(to: box.relative(to: wide.lower))
  }

  // MARK: - Private

  private static func percentiles(of file: some VoxelSource, at percents: [Double]) throws -> [Double] {
    var upper = [Int](repeating: 0, count: 1 << 16)
    try file.forEachSlab { values in for value in values { upper[Int(key(value) >> 16)] += 1 } }
    let count = file.size.count
    // The ranks on both sides of each place, as `Percentiles` interpolates.
    let places = percents.map { $0 / 100 * Double(count - 1) }
    let ranks = places.flatMap { [Int($0), min(count - 1, Int($0) + 1)] }
    let bins = ranks.map { bin(of: $0, in: upper) }
    var lower = Dictionary(bins.map { ($0.bin, [Int](repeating: 0, count: 1 << 16)) }, uniquingKeysWith: { $1 })
    try file.forEachSlab { values in
      for value in values {
        let key = key(value)
        lower[Int(key >> 16)]?[Int(key & 0xffff)] += 1
      }
    }
    let ranked = bins.map { bin, rest in
      Double(value(UInt32(bin) << 16 | UInt32(Self.bin(of: rest, in: lower[bin] ?? []).bin)))
    }
    return places.enumerated().map { index, place in
      ranked[2 * index] + (place - Double(Int(place))) * (ranked[2 * index + 1] - ranked[2 * index])
    }
  }

  /// Where a rank falls among counts, and its rank there.
  private static func bin(of rank: Int, in counts: [Int]) -> (bin: Int, rest: Int) {
    var rest = rank
    for (bin, count) in counts.enumerated() {
      if rest < count { return (bin, rest) }
      rest -= count
    }
    preconditionFailure("percentile: rank \(rank) lies beyond the counts")
  }

  /// Bits in the order of the numbers: negative ones turned over, the others above them.
  private static func key(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  private static func value(_ key: UInt32) -> Float {
    Float(bitPattern: key & 0x8000_0000 == 0 ? ~key : key & 0x7fff_ffff)
  }
}

extension Box {
  /// The same box, counted from another voxel.
  func relative(to origin: Extent) -> Box {
    Box(
      lower: Extent(lower.z - origin.z, lower.y - origin.y, lower.x - origin.x),
      upper: Extent(upper.z - origin.z, upper.y - origin.y, upper.x - origin.x))
  }
}

extension VoxelSource {
  /// The most voxels that are in memory at once while a volume is measured.
  private static var slab: Int { 1 << 24 }

  /// Calls a body with the values of slabs in order z, y, x, each a part of the voxels.
  fileprivate func forEachSlab(_ body: ([Float]) throws -> Void) throws {
    let rows = max(1, Self.slab / max(1, size.x))
    let (thickness, height) = rows >= size.y ? (min(64, max(1, rows / size.y)), size.y) : (1, rows)
    for z in stride(from: 0, to: size.z, by: thickness) {
      for y in stride(from: 0, to: size.y, by: height) {
        let upper = Extent(min(size.z, z + thickness), min(size.y, y + height), size.x)
        try body(read(Box(lower: Extent(z, y, 0), upper: upper)).values)
      }
    }
  }
}
