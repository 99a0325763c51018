import ArrayStores
import Fingerprints
import Imaging
import Neural
import Pipeline
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

@Suite struct RoundTripTests {
  static let types = [
    "annotated-regions", "model", "mae", "detections", "features", "refiner", "table", "metrics", "checkpoint",
  ]

  private func expectEqual(
    _ one: Pipeline.Bundle, _ other: Pipeline.Bundle, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(one.type == other.type, sourceLocation: sourceLocation)
    #expect(one.facts == other.facts, sourceLocation: sourceLocation)
    for (mine, theirs) in [(one.tables, other.tables), (one.volumes, other.volumes)] {
      let (mine, theirs) = (mine.sorted { $0.name < $1.name }, theirs.sorted { $0.name < $1.name })
      #expect(mine.map(\.name) == theirs.map(\.name), sourceLocation: sourceLocation)
      #expect(mine.map(\.array) == theirs.map(\.array), sourceLocation: sourceLocation)
      #expect(mine.map(\.voxelSize) == theirs.map(\.voxelSize), sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: types)
  func `an artifact is the same after its bundle`(_ type: String) throws {
    let bundle = try Sample.bundle(type)
    #expect(bundle.type.name == type)
    expectEqual(try Sample.again(bundle), bundle)
  }

  @Test(arguments: types)
  func `an artifact is the same after the store`(_ type: String) throws {
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.path.appending("store"))
    let bundle = try Sample.bundle(type)
    let key = TaskKey(kind: "test", revision: 1, parameters: [:], inputs: [], seed: 1, numerics: 1)
    let publication = try Publication(in: store, of: key, ports: [Port("out", bundle.type)])
    try publication.write("out", bundle)
    let manifest = try publication.publish([], provenance: Self.provenance).manifest
    let read = try store.read(try #require(manifest.outputs["out"]).digest)
    expectEqual(try Sample.again(read), bundle)
  }

  private static let provenance = Manifest.Provenance(
    address: "sample", host: "here", process: 1, build: "test", started: 0, seconds: 2, log: "/dev/null")

  // MARK: - What values become

  @Test func `regions keep their marker, places, centres, boxes and intensities`() throws {
    let regions = try AnnotatedRegions(Sample.regions().bundle())
    #expect(regions.marker.label == "cfos")
    #expect(regions.marker.displayName == "c-Fos")
    #expect(regions.marker.tolerance == 6.5)
    #expect(regions.regions.map(\.id) == ["one", "two"])
    let first = try #require(regions.regions.first)
    #expect(first.role == .test)
    #expect(first.centres == [Point(0, 1.5, 2), Point(1, 0, 3)])
    #expect(first.box == Box(lower: Extent(1, 2, 3), upper: Extent(3, 5, 7)))
    #expect(first.ignore == [Box(lower: Extent(0, 0, 0), upper: Extent(1, 1, 2))])
    #expect(first.intensities?.high == 90.5)
    #expect(try first.image.values(as: UInt16.self)[3] == 21)
    #expect(try first.volume().values[3] == 21)
    #expect(regions.regions.last?.voxelSize == nil)
    #expect(regions.regions.last?.intensities == nil)
  }

  @Test func `a model keeps its weights in order, its threshold and what it has seen`() throws {
    let (model, before) = (try DetectorModel(Sample.model().bundle()), try Sample.model())
    #expect(model.state.names == before.state.names)
    for name in before.state.names { #expect(model.state[name]?.values == before.state[name]?.values) }
    #expect(model.tau == 0.37)
    #expect(model.curve == before.curve)
    #expect(model.seen == before.seen)
  }

  @Test func `features and refiners are the same after their bundles`() throws {
    #expect(try RegionFeatures(Sample.features.bundle()) == Sample.features)
    #expect(try RefinerModel(Sample.refiner.bundle()) == Sample.refiner)
    #expect(Sample.refiner.width == 4)
  }

  @Test func `an autoencoder keeps its weights, its loss and where it was trained`() throws {
    let (model, before) = (try AutoencoderModel(Sample.autoencoder().bundle()), try Sample.autoencoder())
    #expect(model.configuration == before.configuration)
    #expect(model.configuration.crop == [8, 8, 16])
    #expect(model.state.names == before.state.names)
    for name in before.state.names { #expect(model.state[name]?.values == before.state[name]?.values) }
    #expect(model.loss == before.loss)
    #expect(model.markers == before.markers)
    #expect(model.normalisation == before.normalisation)
    #expect(model.hasDiverged && model.step == 120 && model.maskRatio == 0.35)
    #expect(model.seen == before.seen)
    #expect(try model.network().state.names == before.state.names)
  }

  @Test(arguments: [nil, 0.5]) func `detections keep a threshold, or that there is none`(_ tau: Double?) throws {
    let found = try RegionDetections(Sample.detections(tau: tau).bundle())
    #expect(found.tau == tau)
    #expect(found.detections == Sample.detections().detections)
  }

  @Test func `a cell that is n/a is neither 0 nor absent`() throws {
    let table = try ResultTable(Sample.table.bundle())
    #expect(table == Sample.table)
    #expect(table["cfos", "pv"] == nil)
    #expect(table["pv", "cfos"] == 0)
    #expect(table["pv", "gfap"] == nil)
  }
}
