import ArrayStores
import Imaging
import Pipeline
import Synchronization
import Tensors
import Testing

@testable import Artifacts
@testable import Stages

/// What a pretraining makes of its inputs, and of those that will not do.
@Suite struct CropStreamTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  private func inputs() async throws -> [String: [InputArtifact]] {
    try await TinyRuns.inputs("train.mae", in: bench)
  }

  @Test func `crops are drawn many times before one of background is taken, and the log says how many were`()
    async throws
  {
    let lines = Mutex<[String]>([])
    func run(_ inputs: [String: [InputArtifact]]) async throws -> [String] {
      lines.withLock { $0 = [] }
      _ = try await bench.run(
        "train.mae", TinyRuns.pretraining, inputs,
        log: { line, isWarning in
          if isWarning { lines.withLock { $0.append(line) } }
        })
      return lines.withLock { $0 }
    }
    #expect(try await run(try await inputs()).isEmpty)
    // One cell in the corner of a wide region, which one place in five sees; and a region without any.
    let dark = try background(cell: false)
    let few = try background(cell: true)
    let validation = try await inputs()["validation"] ?? []
    #expect(try await run(["train": [try bench.keep(few.bundle())], "validation": validation]).isEmpty)
    let warnings = try await run(
      ["train": [try bench.keep(few.bundle()), try bench.keep(dark.bundle())], "validation": validation])
    #expect(
      warnings == [
        "input 'train': 24 of 48 crops (50%) hold background alone, as did all 64 places tried for each"
      ])
  }

  /// A region of noise, with or without a bright cell in its corner.
  private func background(cell: Bool) throws -> AnnotatedRegions {
    var regions = try TinyRegions.only(.train)
    let size = TinyRegions.size
    let values = (0..<size.count).map { place in
      let (y, x) = (place / size.x % size.y, place % size.x)
      return cell && y < 8 && x < 8 ? Float(9 + place % 3) : Float(place * 37 % 101) / 1000
    }
    regions.regions[0].image = try NDArray(values, shape: size.axes)
    return regions
  }

  @Test func `what lies above the background of a box is counted as if all of it were read`() throws {
    var regions = try TinyRegions.only(.train)
    // No whole words along x, no whole tiles along z and y.
    let size = Extent(19, 71, 133)
    var random = Philox(seed: 4, purpose: "bright")
    let values = (0..<size.count).map { _ in Float(random.uniform()) }
    regions.regions[0].image = try NDArray(values, shape: size.axes)
    let streamed = try StreamedRegions(OpenBundle(try regions.bundle()), cache: ChunkCache(limit: 1 << 20))
    let level = BackgroundLevel(of: [0, 0.25, 0.5])
    let bright = BrightVoxels(streamed.regions[0], above: level)
    let volume = Volume(size: size, values: values)
    var boxes = [Box(size), Box(Extent(1, 1, 1)), Box(lower: Extent(18, 70, 132), upper: size)]
    for _ in 0..<100 {
      func corner() -> [Int] { size.axes.map { Int(random.uniform() * Double($0)) } }
      let (one, other) = (corner(), corner())
      let lower = zip(one, other).map { min($0, $1) }
      let upper = zip(one, other).map { max($0, $1) + 1 }
      boxes.append(
        Box(lower: Extent(lower[0], lower[1], lower[2]), upper: Extent(upper[0], upper[1], upper[2])))
    }
    for box in boxes {
      let crop = volume.cropped(to: box).values
      let above = crop.filter { $0 > level.threshold }.count
      #expect(try bright.count(in: box) == above, "\(box)")
    }
  }

  @Test func `a region whose chunks cannot be read is named`() throws {
    let whole = OpenBundle(try TinyRegions.only(.train).bundle())
    let broken = OpenBundle(
      whole.type, facts: whole.facts, volumes: whole.volumes.map { .init($0.name, Unreadable(array: $0.array)) })
    let regions = try StreamedRegions(broken, cache: ChunkCache(limit: 1 << 20)).regions
    let failure = try #require(throws: TaskFailure.self) { try regions[0].voxels(in: Box(Extent(1, 1, 1))) }
    #expect(failure.code == .store)
    #expect(failure.message == "region 'train-0' cannot be read: \(Unreadable.error)")
    let bright = BrightVoxels(regions[0], above: BackgroundLevel(of: [0]))
    let same = try #require(throws: TaskFailure.self) { try bright.count(in: Box(Extent(1, 1, 1))) }
    #expect(same.message == failure.message)
  }

  private struct Unreadable: StoredArray {
    let array: any StoredArray
    static let error = ArrayStoreError(.inputOutput, "the disk is gone")

    var type: ElementType { array.type }
    var shape: [Int] { array.shape }
    var chunkShape: [Int] { array.chunkShape }
    func read(_ region: ArrayStores.Region) throws -> NDArray { throw Self.error }
  }

  private func message(
    train: AnnotatedRegions, validation: AnnotatedRegions? = nil,
    _ parameters: String = TinyRuns.pretraining
  ) async throws -> String {
    let inputs = [
      "train": [try bench.keep(TinyRegions.only(.train).bundle()), try bench.keep(train.bundle())],
      "validation": [try bench.keep((validation ?? TinyRegions.only(.validation)).bundle())],
    ]
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", parameters, inputs)
    }
    #expect(failure.code == .badData)
    return failure.message
  }

  @Test func `regions that are missing, too small or prepared otherwise are named`() async throws {
    let none = AnnotatedRegions(marker: TinyRegions.marker, regions: [])
    #expect(try await message(train: none) == "there are no regions of 'dots' in input 'train'")
    var other = try TinyRegions.only(.train)
    other.normalisation = nil
    #expect(
      try await message(train: other)
        == "two artifacts of 'dots' in input 'train' were normalised differently; prepare them alike")
    other.marker = Marker(label: "spots", displayName: "Spots", tolerance: 4)
    #expect(
      try await message(train: other)
        == "the regions of 'dots' and 'spots' in input 'train' were normalised differently; prepare them alike")
    var validation = try TinyRegions.only(.validation)
    validation.normalisation = nil
    #expect(
      try await message(train: TinyRegions.only(.train), validation: validation)
        == "the regions of inputs 'train' and 'validation' were normalised differently; prepare them alike")
    #expect(
      try await message(
        train: TinyRegions.only(.train),
        TinyRuns.pretraining.replacing("crop: [8, 16, 16]", with: "crop: [16, 16, 16]"))
        == "crop 16 x 16 x 16 does not fit region 'train-0' of 'dots', 8 x 32 x 32 voxels")
  }

  @Test(arguments: ["train", "validation"])
  func `an input that nothing is connected to is named`(port: String) async throws {
    var inputs = try await inputs()
    inputs[port] = []
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", TinyRuns.pretraining, inputs)
    }
    #expect(failure.message == "nothing is connected to input '\(port)'")
  }

  @Test func `regions that were not normalised are warned of`() async throws {
    let inputs = try Dictionary(
      uniqueKeysWithValues: [Role.train, .validation].map { role in
        var regions = try TinyRegions.only(role)
        regions.normalisation = nil
        return (role.rawValue, [try bench.keep(regions.bundle())])
      })
    let lines = Mutex<[String]>([])
    _ = try await bench.run(
      "train.mae", TinyRuns.pretraining, inputs,
      log: { line, isWarning in
        if isWarning { lines.withLock { $0.append(line) } }
      })
    #expect(lines.withLock { $0 } == ["the regions are not normalised; see prepare.normalize"])
  }

  @Test func `regions without any difference are no training set`() async throws {
    var flat = try TinyRegions.only(.train)
    let size = TinyRegions.size.axes
    flat.regions[0].image = try NDArray([Float](repeating: 0.5, count: size.reduce(1, *)), shape: size)
    let inputs = ["train": [try bench.keep(flat.bundle())], "validation": try await inputs()["validation"] ?? []]
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", TinyRuns.pretraining, inputs)
    }
    #expect(
      failure.message
        == "the training regions have the mean variance 0.0 in a patch, so there is nothing to learn; leave out what is of one value"
    )
  }
}
