import Imaging
import Synchronization

/// Which voxels of a region lie above its background, a bit each, looked at where crops are asked about: in sparse tissue
/// most places hold background alone, and are told so without their values being put together.
final class BrightVoxels: Sendable {
  /// Voxels that are read at once: whole rows along x.
  private static let tile = (z: 16, y: 64)

  private struct State {
    /// Rows of voxels along x, the lowest bit of a word first; z and y as in the region.
    var words: [UInt64]
    /// By tile, y fastest.
    var isKnown: [Bool]
  }

  private let region: StreamedRegions.Region
  private let level: BackgroundLevel
  /// Words of a row, and tiles along z and y.
  private let rowWords: Int
  private let tiles: (z: Int, y: Int)
  private let state: Mutex<State>

  init(_ region: StreamedRegions.Region, above level: BackgroundLevel) {
    (self.region, self.level) = (region, level)
    rowWords = (region.size.x + 63) / 64
    tiles = ((region.size.z + Self.tile.z - 1) / Self.tile.z, (region.size.y + Self.tile.y - 1) / Self.tile.y)
    state = Mutex(
      State(
        words: [UInt64](repeating: 0, count: region.size.z * region.size.y * rowWords),
        isKnown: [Bool](repeating: false, count: tiles.z * tiles.y)))
  }

  /// Bytes that a region of a size takes.
  static func bytes(for size: Extent) -> Int { size.z * size.y * ((size.x + 63) / 64) * 8 }

  /// How many voxels of a box of the region lie above the background.
  ///
  /// - Throws: `TaskFailure` of code `store` where they cannot be read.
  func count(in box: Box) throws -> Int {
    try state.withLock { state in
      for z in box.lower.z / Self.tile.z...(box.upper.z - 1) / Self.tile.z {
        for y in box.lower.y / Self.tile.y...(box.upper.y - 1) / Self.tile.y where !state.isKnown[z * tiles.y + y] {
          try look(at: z, y, &state)
        }
      }
      return bright(in: box, state.words)
    }
  }

  private func bright(in box: Box, _ words: [UInt64]) -> Int {
    let (first, last) = (box.lower.x / 64, (box.upper.x - 1) / 64)
    // The bits of the box in the first word of a row and in the last.
    let (head, tail) = (UInt64.max << UInt64(box.lower.x % 64), UInt64.max >> UInt64(63 - (box.upper.x - 1) % 64))
    var count = 0
    for z in box.lower.z..<box.upper.z {
      for y in box.lower.y..<box.upper.y {
        let row = (z * region.size.y + y) * rowWords
        for word in first...last {
          var bits = words[row + word]
          if word == first { bits &= head }
          if word == last { bits &= tail }
          if bits != 0 { count += bits.nonzeroBitCount }
        }
      }
    }
    return count
  }

  private func look(at z: Int, _ y: Int, _ state: inout State) throws {
    let lower = Extent(z * Self.tile.z, y * Self.tile.y, 0)
    let upper = Extent(
      min(region.size.z, lower.z + Self.tile.z), min(region.size.y, lower.y + Self.tile.y), region.size.x)
    let box = Box(lower: lower, upper: upper)
    let values = try region.voxels(in: box)
    for row in 0..<box.size.z * box.size.y {
      let (z, y) = (lower.z + row / box.size.y, lower.y + row % box.size.y)
      let first = (z * region.size.y + y) * rowWords
      for x in 0..<box.size.x where values[row * box.size.x + x] > level.threshold {
        state.words[first + x / 64] |= 1 << UInt64(x % 64)
      }
    }
    state.isKnown[z * tiles.y + y] = true
  }
}
