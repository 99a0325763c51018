import ArrayStores
import Artifacts
import Imaging
import Pipeline
import Tensors

/// Crops of regions that stay in the store: each artifact gives as many, crops of background alone are passed over.
struct CropStream: Sendable {
  /// Bytes of regions that are kept in memory.
  static let limit = 128 << 20
  /// How often a crop is drawn again that holds background alone.
  private static let attempts = 8

  private let sources: [StreamedRegions]
  private let backgrounds: [[BackgroundLevel]]
  private let crops: CropPlaces
  private let size: Extent

  /// - Parameters:
  ///   - port: Where the artifacts came in, for messages.
  ///   - size: Voxels of a crop.
  /// - Throws: `TaskFailure` for an artifact without regions, a region too small, or artifacts prepared unlike.
  init(
    _ bundles: [OpenBundle], port: String, size: Extent, turns: Bool, seed: UInt64, purpose: String
  ) throws {
    let cache = ChunkCache(limit: Self.limit)
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
        throw TaskFailure(
          code: .badData,
          message:
            "the regions of '\(sources[0].marker.label)' and '\(source.marker.label)' were normalised differently; prepare them alike"
        )
      }
    }
    let sizes = sources.map { $0.regions.map(\.size) }
    crops = CropPlaces(groups: sizes, size: size, turns: turns, seed: seed, purpose: purpose)
    backgrounds = try sources.map { source in
      try source.regions.map { BackgroundLevel(of: try Self.sample(of: $0, size: size)) }
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

  var markers: [Marker] { sources.map(\.marker) }
  var normalisation: Normalisation? { sources[0].normalisation }
  var places: [SeenRegion] { sources.flatMap { $0.regions.map(\.place) } }

  /// The voxel size; nil where unknown or not the same everywhere.
  var voxelSize: VoxelSize? {
    let sizes = Set(sources.flatMap { $0.regions.map(\.voxelSize) })
    return sizes.count == 1 ? sizes.first ?? nil : nil
  }

  // MARK: - Crops

  /// Crops by their numbers, each `copies` times in a row: `[count * copies, z, y, x]`.
  func batch(_ numbers: Range<Int>, copies: Int = 1) throws -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(numbers.count * copies * size.count)
    for number in numbers {
      let crop = try crop(number)
      for _ in 0..<copies { values += crop }
    }
    return Tensor(values, shape: [numbers.count * copies] + size.axes)
  }

  /// The first place that holds more than background; the first of all where none does.
  private func crop(_ number: Int) throws -> [Float] {
    var first: [Float]?
    for attempt in 0..<Self.attempts {
      let place = crops.place(of: number, attempt: attempt)
      let values = try sources[place.group].regions[place.region].voxels(in: place.box)
      if !backgrounds[place.group][place.region].isAll(of: values) { return place.turned(values) }
      first = first ?? place.turned(values)
    }
    return first ?? []
  }
}
