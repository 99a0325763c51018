import ArgumentParser
import Artifacts
import Fingerprints
import Imaging
import Reports
import SystemPackage

/// `lightbench score`: anybody's predictions against annotations, outside of any recipe.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score anybody's predictions against annotations, outside of any recipe.",
    discussion: """
      Both are files of points: CSV with columns z, y, x (and score, region), cellfinder's XML, napari's points as CSV, \
      or a folder of Neuroglancer's precomputed annotations. Positions are voxels from 0. Where a file has several \
      regions they pair by name.

        score --predictions found.csv --annotations cells.xml --tolerance 6
        score --predictions found.csv --annotations cells.xml --tolerance 10.8 --unit um --voxel 4,1.8,1.8
      """)

  @Option(help: "The points that were found.")
  var predictions: String

  @Option(help: "The points that are there.")
  var annotations: String

  @Option(help: "The largest distance of a match, in the unit; equal counts.")
  var tolerance: Double

  @Option(help: "greedy: one to one by distance; optimal: most pairs, then least distance; nearest: many to one.")
  var rule = RuleOption.greedy

  @Option(help: "px: index space; um: micrometres, which need --voxel.")
  var unit = UnitOption.px

  @Option(help: "The voxel size, z,y,x in um.")
  var voxel: ThreeNumbers?

  @Option(help: "The score from which a prediction counts (default: all).")
  var tau: Double?

  @Option(help: "A box z,y,x,z,y,x (from, to) in which nothing counts; may be repeated.")
  var ignore: [SixNumbers] = []

  @Option(help: "Pixels along each face of the volume in which nothing counts; needs --size.")
  var border = 0

  @Option(help: "The size of the volume, z,y,x in whole voxels.")
  var size: ThreeWholeNumbers?

  @Option(help: "The form of the output: text, csv, md, json or latex.")
  var format = GridFormat.text

  @Flag(help: "The same as --format json.")
  var json = false

  func validate() throws {
    guard tolerance.isFinite, tolerance >= 0 else {
      throw ValidationError("--tolerance takes a distance from 0, not \(tolerance)")
    }
    if let tau, !tau.isFinite { throw ValidationError("--tau takes a finite number, not \(tau)") }
    guard (0...100_000).contains(border) else {
      throw ValidationError("--border takes pixels from 0, not \(border)")
    }
  }

  func run() throws {
    var rules = PointScore.Rules()
    rules.settings = ScoringSettings(rule: rule.rule, unit: unit.unit, tau: tau)
    (rules.tolerance, rules.voxelSize, rules.border) = (tolerance, voxel?.voxelSize, border)
    rules.ignore = ignore.map(\.box)
    rules.size = size?.extent
    let found = try PointFile(reading: FilePath(predictions))
    let score = try PointScore(found, against: PointFile(reading: FilePath(annotations)), rules)
    let grid = try score.grid(title: "\(predictions) against \(annotations)")
    (json ? .json : format).show(grid, listing: "score")
  }
}

/// The matching rules, as an option.
enum RuleOption: String, ExpressibleByArgument, CaseIterable {
  case greedy, optimal, nearest

  var rule: MatchRule {
    switch self {
    case .greedy: .greedy
    case .optimal: .optimal
    case .nearest: .nearest
    }
  }
}

/// The units of a tolerance, as an option.
enum UnitOption: String, ExpressibleByArgument, CaseIterable {
  case px, um

  var unit: DistanceUnit { self == .px ? .px : .um }
}

/// Three whole numbers of voxels along z, y, x, from 1 to a billion, as in `32,160,160`.
struct ThreeWholeNumbers: ExpressibleByArgument {
  let extent: Extent

  init?(argument: String) {
    let values = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard values.count == 3, argument.count(where: { $0 == "," }) == 2,
      values.allSatisfy({ (1...1_000_000_000).contains($0) })
    else { return nil }
    extent = Extent(values[0], values[1], values[2])
  }
}

/// A box of whole voxels, as in `0,100,0,200,200,200`: the first voxel, and one past the last.
struct SixNumbers: ExpressibleByArgument {
  let box: Box

  init?(argument: String) {
    let values = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard values.count == 6, argument.count(where: { $0 == "," }) == 5,
      (0..<3).allSatisfy({ values[$0] <= values[$0 + 3] })
    else { return nil }
    box = Box(lower: Extent(values[0], values[1], values[2]), upper: Extent(values[3], values[4], values[5]))
  }
}

/// In which form a table is printed.
enum GridFormat: String, ExpressibleByArgument, CaseIterable {
  case text, csv, md, json, latex

  /// Prints a grid; as JSON under the name of a listing.
  func show(_ grid: Grid, listing: String) {
    switch self {
    case .text: print(grid.text(), terminator: "")
    case .csv:
      print(grid.csv(), terminator: "")
      // CSV has no place for them.
      for note in grid.notes { say(note) }
    case .md: print(grid.markdown(), terminator: "")
    case .latex: print(grid.latex(), terminator: "")
    case .json: printJSON(listing, ["tables": [.map(grid.document)]])
    }
  }
}
