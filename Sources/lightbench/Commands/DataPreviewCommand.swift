import ArgumentParser
import ArrayStores
import Artifacts
import Foundation
import Pipeline
import Reports
import Stages
import SystemPackage

/// `lightbench data preview`: a region and its centres at a glance.
struct DataPreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Draw a region's cell centres over it, to see that axes, base and unit are right.",
    discussion: """
      Three sources: a volume and a CSV table (--centres); a manifest, its marker and split (--manifest); or a task of \
      an experiment that gives regions, as in experiments/phantom-matrix.yaml:'regions[marker=cfos]'.

      The picture shows projections with all centres, three slices with the centres in them (orange: in this slice, \
      blue: in the next one), and the mean of what surrounds the centres: a bright spot in its middle where they were \
      read right.
      """)

  @Argument(help: "A volume, or EXPERIMENT:SELECTOR; nothing with --manifest.")
  var source: String?

  @Option(name: .shortAndLong, help: "The PNG file to write; nothing may stand there.")
  var output: String

  @Option(help: "A CSV table of centres in the volume.")
  var centres: String?

  @Option(help: ArgumentHelp("The three columns of the table, in the order of --order.", valueName: "name,name,name"))
  var columns = "z,y,x"

  @Option(help: ArgumentHelp("The axis of each column; _ skips one.", valueName: "axis,axis,axis"))
  var order = "z,y,x"

  @Flag(help: "The table has no header: --order tells its columns.")
  var noHeader = false

  @Option(help: "The number of the first voxel: 0 or 1.")
  var base = 0

  @Option(help: "What the numbers count: voxel or um.")
  var unit = Unit.voxel

  @Option(help: ArgumentHelp("Only this box of the volume.", valueName: "z0,y0,x0,z1,y1,x1"))
  var box: WholeNumbers?

  @Option(help: "A manifest, as import.regions takes it.")
  var manifest: String?

  @Option(help: "Of a manifest: the marker.")
  var marker: String?

  @Option(help: "Of a manifest: the split.")
  var split: String?

  @Option(help: "Of a manifest: where its paths start (default: LIGHTBENCH_DATA).")
  var dataRoot: String?

  @Option(help: "The region to draw, where there are several.")
  var region: String?

  @Option(help: "Of an experiment: its variant.")
  var variant: String?

  @Option(name: .customShort("S"), help: "Of an experiment: a value, as 'lightbench run' takes it.")
  var set: [String] = []

  @OptionGroup var volume: VolumeOptions
  @OptionGroup var store: StoreOption

  enum Unit: String, ExpressibleByArgument, CaseIterable { case voxel, um }

  func validate() throws {
    guard (source == nil) == (manifest != nil) else {
      throw ValidationError("name a volume with --centres, a manifest with --manifest, or EXPERIMENT:SELECTOR")
    }
    if manifest != nil, marker == nil || split == nil { throw ValidationError("--manifest needs --marker and --split") }
    if let box, box.values.count != 6 { throw ValidationError("--box takes six numbers: z0,y0,x0,z1,y1,x1") }
  }

  func run() throws {
    try refuseExisting(output)
    let (found, warning) = try reading { try chosen() }
    let preview = try RegionPreview(of: found)
    try Data(try preview.png()).write(to: URL(filePath: output), options: .atomic)
    let fit = preview.fit
    print("\(found.id) -> \(output): \(found.centres.count) centres, mean contrast \(short(rounded(fit.told)))")
    if let other = fit.other { print("the next best reading: \(other.words): \(short(rounded(other.contrast)))") }
    if let warning { say("warning: \(warning)") }
  }

  // MARK: -

  private func chosen() throws -> (region: AnnotatedRegion, warning: String?) {
    if let manifest { return try regionOfManifest(manifest) }
    guard let source else { throw SelectorError("nothing is named") }
    guard let centres else { return (try regionOfExperiment(source), nil) }
    let view = try volume.volume(source)
    var table = RegionReading.Table()
    func words(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
    table.names = noHeader ? nil : words(columns)
    (table.order, table.base, table.isInMicrometres) = (words(order), base, unit == .um)
    return try RegionReading.region(
      of: view, named: FilePath(source).lastComponent?.string ?? source,
      voxelSize: volume.voxel?.values ?? view.voxelSize, centres: FilePath(centres), as: table, box: box?.values)
  }

  private func regionOfManifest(_ manifest: String) throws -> (region: AnnotatedRegion, warning: String?) {
    let root = dataRoot ?? ProcessInfo.processInfo.environment["LIGHTBENCH_DATA"]
    let regions = try RegionReading.regions(
      manifest: FilePath(manifest), marker: marker ?? "", split: split ?? "", root: root.map { FilePath($0) },
      id: region)
    guard regions.count == 1 else { throw ambiguous(regions.map(\.region.id)) }
    return regions[0]
  }

  private func regionOfExperiment(_ source: String) throws -> AnnotatedRegion {
    guard let colon = source.lastIndex(of: ":"), !FileManager.default.fileExists(atPath: source) else {
      throw SelectorError("a volume needs its centres: --centres FILE")
    }
    let (file, selector) = (String(source[..<colon]), String(source[source.index(after: colon)...]))
    let experiment = try OpenExperiment(
      FilePath(file), variant: variant, overrides: set, store: store.path, registry: .lightbench)
    let artifact = try experiment.artifact(selector, arguments: file.quotedForShell)
    guard artifact.type == .annotatedRegions else {
      throw SelectorError("'\(artifact.name)' is no list of regions but of type '\(artifact.type)'")
    }
    let regions = try AnnotatedRegions(try artifact.bundle()).regions
    let fitting = regions.filter { region == nil || $0.id == region }
    guard fitting.count == 1 else { throw ambiguous(regions.map(\.id)) }
    return fitting[0]
  }

  private func ambiguous(_ known: [String]) -> SelectorError {
    let list = known.map { "'\($0)'" }.joined(separator: ", ")
    guard let region else { return SelectorError("there are \(known.count) regions: \(list); name one with --region") }
    return SelectorError("there is no region '\(region)'; there are \(list)")
  }

  private func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
