package import ArrayStores
package import Imaging
package import Pipeline
import Synchronization
package import Tensors

/// Crops of regions that stay in the store: each artifact gives as many, and a crop of background alone is drawn again.
package struct CropStream: Sendable {
  /// Bytes of regions that are kept in memory.
  package static let limit = 128 << 20
  /// Bytes that may be spent on telling background without reading it; inputs that need more are read each time.
  private static let mapLimit = 64 << 20
  /// How many places are tried for a crop; where all hold background alone, it is taken from the first.
  package static let attempts = 64

  private let sources: [StreamedRegions]
  private let backgrounds: [[Background]]
  private var crops: CropPlaces
  private let size: Extent
  private var tally = Tally()

  /// - Parameters:
  ///   - port: Where the artifacts came in, for messages.
  ///   - size: Voxels of a crop.
  /// - Throws: `TaskFailure` for an artifact without regions, a region too small, or artifacts prepared unlike.
  package init(
    _ bundles: [OpenBundle], port: String, size: Extent, turns: Bool, seed: UInt64, purpose: String, cache: ChunkCache
  ) throws {
    sources = try bundles.map { try StreamedRegions($0, cache: cache) }
    self.size = size
    guard !sources.isEmpty else {
      throw TaskFailure(code: .badData, message: "nothing is connected to input '\(port)'")
    }
    for source in sources {
      guard !source.regions.isEmpty else {
        throw TaskFailure(
          code: .badData, message: "there are no regions of '\(source.marker.label)' in input '\(port)'")
      }
      for region in source.regions where zip(region.size.axes, size.axes).contains(where: { $0 < $1 }) {
        throw TaskFailure(
          code: .badData,
          message: "crop \(size) does not fit region '\(region.id)' of '\(source.marker.label)', \(region.size) voxels")
      }
      guard source.normalisation == sources[0].normalisation else {
        let (first, other) = (sources[0].marker.label, source.marker.label)
        let names = first == other ? "two artifacts of '\(first)'" : "the regions of '\(first)' and '\(other)'"
        throw TaskFailure(
          code: .badData,
          message: "\(names) in input '\(port)' were normalised differently; prepare them alike")
      }
    }
    let sizes = sources.map { $0.regions.map(\.size) }
    crops = CropPlaces(groups: sizes, size: size, turns: turns, seed: seed, purpose: purpose)
    let mapBytes = sizes.joined().reduce(0) { $0 + BrightVoxels.bytes(for: $1) }
    backgrounds = try sources.map { source in
      try source.regions.map { region in
        let level = BackgroundLevel(of: try Self.sample(of: region, size: size))
        return Background(
          region: region, level: level, map: mapBytes <= Self.mapLimit ? BrightVoxels(region, above: level) : nil)
      }
    }
  }

  /// Some 65,000 values from all over a region.
  private static func sample(of region: StreamedRegions.Region, size: Extent) throws -> [Float] {
    let places = CropPlaces(groups: [[region.size]], size: size, turns: false, seed: 0, purpose: "background")
    let step = max(1, size.count / 4096)
    return try (0..<16).flatMap { number in
      let values = try region.voxels(in: places.place(of: number).box)
      return stride(from: 0, to: values.count, by: step).map { values[$0] }
    }
  }

  // MARK: - What the regions have in common

  package var markers: [Marker] { sources.map(\.marker) }
  package var normalisation: Normalisation? { sources[0].normalisation }
  package var places: [SeenRegion] { sources.flatMap { $0.regions.map(\.place) } }

  /// The voxel size; nil where unknown or not the same everywhere.
  package var voxelSize: VoxelSize? {
    let sizes = Set(sources.flatMap { $0.regions.map(\.voxelSize) })
    return sizes.count == 1 ? sizes.first ?? nil : nil
  }

  // MARK: - Crops

  /// The same regions without turns, at places that no task's seed enters: what is measured there compares.
  package func fixed(purpose: String) -> CropStream {
    var stream = self
    stream.tally = Tally()
    stream.crops = CropPlaces(
      groups: sources.map { $0.regions.map(\.size) }, size: size, turns: false, seed: 0, purpose: purpose)
    return stream
  }

  /// Crops by their numbers, each `copies` times in a row: `[count * copies, z, y, x]`.
  package func batch(_ numbers: Range<Int>, copies: Int = 1) throws -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(numbers.count * copies * size.count)
    for number in numbers {
      let crop = try crop(number)
      for _ in 0..<copies { values += crop }
    }
    return Tensor(values, shape: [numbers.count * copies] + size.axes)
  }

  /// The marker of the artifact that gives a crop.
  package func marker(of number: Int) -> Marker { sources[crops.place(of: number).group].marker }

  /// From the first place that holds more than background; from the first of all where none does.
  private func crop(_ number: Int) throws -> [Float] {
    for attempt in 0..<Self.attempts {
      let place = crops.place(of: number, attempt: attempt)
      if try backgrounds[place.group][place.region].isAll(of: place.box) { continue }
      tally.add(isBackground: false)
      return place.turned(try voxels(at: place))
    }
    tally.add(isBackground: true)
    let place = crops.place(of: number)
    return place.turned(try voxels(at: place))
  }

  private func voxels(at place: CropPlaces.Place) throws -> [Float] {
    try sources[place.group].regions[place.region].voxels(in: place.box)
  }

  /// What was drawn so far that holds background alone, in words; nil where nothing does.
  package var remark: String? {
    let counts = tally.counts.withLock { $0 }
    guard counts.background > 0 else { return nil }
    let share = 100 * Double(counts.background) / Double(counts.all)
    return "\(counts.background) of \(counts.all) crops (\(Int(share.rounded()))%) hold background alone, as did all "
      + "\(Self.attempts) places tried for each"
  }

  /// What tells whether a box of a region holds background alone.
  private struct Background: Sendable {
    let region: StreamedRegions.Region
    let level: BackgroundLevel
    let map: BrightVoxels?

    func isAll(of box: Box) throws -> Bool {
      guard let map else { return level.isAll(of: try region.voxels(in: box)) }
      return BackgroundLevel.isAll(of: box.size.count, above: try map.count(in: box))
    }
  }

  /// How many crops were drawn, and how many of them hold background alone; kept beside the stream for the log.
  private final class Tally: Sendable {
    let counts = Mutex((all: 0, background: 0))

    func add(isBackground: Bool) {
      counts.withLock { counts in
        counts.all += 1
        counts.background += isBackground ? 1 : 0
      }
    }
  }
}
