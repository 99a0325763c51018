import Fingerprints
import Foundation
public import Imaging
import Pipeline
public import SystemPackage

/// Submissions scored by fixed rules on the test regions of an experiment: greedy one-to-one matching within the
/// marker's tolerance in pixels, every point counts, F1 pooled over a marker's regions, then the mean over markers.
public struct Leaderboard: Sendable, Equatable, Codable {
  /// One submission and what it reached.
  public struct Entry: Sendable, Equatable, Codable {
    public let name: String
    public let method: String
    /// Of the points.
    public let digest: String
    /// One a marker, in the order of the experiment.
    public let markers: [MarkerScore]

    /// The mean over markers; n/a ones are left out.
    public var f1: Double? {
      let known = markers.compactMap(\.f1)
      return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// How many regions were handed in.
    public var regions: Int { markers.reduce(0) { $0 + $1.regions } }
  }

  /// The counts of one marker, all of its regions pooled.
  public struct MarkerScore: Sendable, Equatable, Codable {
    public let marker: String
    /// How many regions were handed in.
    public let regions: Int
    public let counts: MatchCounts
    public var f1: Double? { counts.scores.f1 }
  }

  /// The experiment.
  public let title: String
  /// Of the regions and annotations that all entries were scored on.
  public let truth: String
  /// How many regions there are.
  public let regions: Int
  /// In the order in which they came.
  public private(set) var entries: [Entry]

  /// A board without entries.
  public init(title: String, truth: LeaderboardTruth) {
    self.title = title
    self.truth = truth.digest.hex
    regions = truth.groups.reduce(0) { $0 + $1.regions.count }
    entries = []
  }

  // MARK: - Entries

  /// Scores a submission and takes it in.
  ///
  /// - Parameter replaces: Whether an entry of the same name goes.
  /// - Throws: `TaskFailure` for one that is there already, by name or by content, and for other regions.
  public mutating func add(_ submission: Submission, truth: LeaderboardTruth, replaces: Bool = false) throws {
    guard truth.digest.hex == self.truth else {
      throw Self.failure(
        "the test regions of '\(title)' are not those that this board was scored on; begin a new one with --board FILE")
    }
    let digest = try submission.digest().hex
    if let twin = entries.first(where: { $0.digest == digest && $0.name != submission.name }) {
      throw Self.failure("'\(submission.name)' holds the same points as '\(twin.name)', which is on the board already")
    }
    let place = entries.firstIndex { $0.name == submission.name }
    if place != nil, !replaces {
      throw Self.failure("'\(submission.name)' is on the board already; --replace scores it again")
    }
    let scores: [MarkerScore]
    do {
      scores = try truth.groups.map { try Self.score(submission, on: $0) }
    } catch let error as MatchingError {
      throw Self.failure("cannot score '\(submission.name)': \(error.description)")
    }
    let entry = Entry(name: submission.name, method: submission.method, digest: digest, markers: scores)
    if let place { entries[place] = entry } else { entries.append(entry) }
  }

  private static func score(_ submission: Submission, on group: LeaderboardTruth.Group) throws -> MarkerScore {
    let found = submission.found[group.marker.label] ?? [:]
    let counts = try group.regions.reduce(MatchCounts()) { sum, region in
      try sum
        + Matching(
          found[region.id]?.points ?? [], with: region.centres, tolerance: .pixels(group.marker.tolerance),
          area: EvaluationArea(size: region.size, ignore: region.ignore)
        ).counts
    }
    return MarkerScore(marker: group.marker.label, regions: found.count, counts: counts)
  }

  /// The entries from the best down, each with its rank; equal scores share one, and the next is left out.
  public var ranked: [(rank: Int, entry: Entry)] {
    let sorted = entries.sorted { one, other in
      let (a, b) = (one.f1 ?? -1, other.f1 ?? -1)
      return a != b ? a > b : one.name < other.name
    }
    return sorted.map { entry in
      (1 + sorted.count { ($0.f1 ?? -1) > (entry.f1 ?? -1) }, entry)
    }
  }

  // MARK: - The table

  /// A line a submission, the best first.
  public func grid() -> Grid {
    let markers = entries.first?.markers.map(\.marker) ?? []
    let cell = { (value: Double?) in Grid.Cell(fixed(value, decimals: 3), value.map { .number($0) } ?? .null) }
    return Grid(
      title: "Leaderboard of \(title)", header: ["rank", "name", "method", "F1"] + markers + ["regions"],
      rows: ranked.map { rank, entry in
        [Grid.Cell("\(rank)", .integer(Int64(rank))), Grid.Cell(label: entry.name), Grid.Cell(label: entry.method)]
          + [cell(entry.f1)] + entry.markers.map { cell($0.f1) }
          + [Grid.Cell(label: "\(entry.regions) of \(regions)")]
      }, labels: 3, notes: notes)
  }

  private var notes: [String] {
    var notes = [
      "rules: one-to-one by distance (greedy) within the marker's tolerance, in pixels of index space; every point "
        + "counts; F1 pooled over the regions of a marker, then the mean over markers"
    ]
    if entries.contains(where: { $0.regions < regions }) {
      notes.append(
        "partial submissions: in a region that was not handed in nothing was found, so all its cells are missed")
    }
    if Set(ranked.map(\.rank)).count < entries.count { notes.append("equal scores share a rank") }
    return notes
  }

  // MARK: - In a file

  /// Reads a board.
  ///
  /// - Throws: `TaskFailure` for a file that is none.
  public init(reading path: FilePath) throws {
    guard let data = FileManager.default.contents(atPath: path.string) else {
      throw Self.failure("there is no leaderboard '\(path)'; 'lightbench leaderboard add' begins one")
    }
    do {
      self = try JSONDecoder().decode(Leaderboard.self, from: data)
    } catch {
      throw Self.failure("'\(path)' is no leaderboard: \(error)")
    }
    let markers = entries.first?.markers.map(\.marker) ?? []
    if let stray = entries.first(where: { $0.markers.map(\.marker) != markers }) {
      throw Self.failure(
        "'\(path)' is no leaderboard: '\(stray.name)' was scored on other markers than '\(entries[0].name)'; put back "
          + "the file that 'lightbench leaderboard add' wrote, or begin a new one with --board FILE")
    }
  }

  /// Writes the board, all of it or nothing.
  public func write(to path: FilePath) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let folder = path.removingLastComponent()
    if !folder.isEmpty {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
    try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path.string), options: .atomic)
  }

  private static func failure(_ message: String) -> TaskFailure { TaskFailure(code: .badData, message: message) }
}
