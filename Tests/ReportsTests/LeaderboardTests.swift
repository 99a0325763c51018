import Foundation
import Imaging
import Pipeline
import SystemPackage
import Testing

@testable import Artifacts
@testable import Reports

/// Submissions to a board of two markers with two regions each.
@Suite final class LeaderboardTests {
  private let folder: FilePath
  private let truth: LeaderboardTruth

  init() throws {
    folder = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    truth = try Self.truth()
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  private static let cells = (0..<10).map { Point(2, 5, Float(10 * $0)) }

  private static func truth(tolerance: Double = 3) throws -> LeaderboardTruth {
    try LeaderboardTruth(
      ["neun", "cfos"].map { label in
        (
          Marker(label: label, displayName: label, tolerance: tolerance),
          ["test-1", "test-2"].map {
            .init(id: $0, size: Extent(5, 10, 100), voxelSize: nil, centres: Self.cells)
          }
        )
      })
  }

  /// A folder with a card and the first cells of every region.
  private func submit(
    _ name: String, found: Int = 8, markers: [String] = ["neun", "cfos"], ending: String = ".csv", shift: Float = 0
  ) throws -> FilePath {
    let place = folder.appending(name)
    for marker in markers {
      try FileManager.default.createDirectory(
        atPath: place.appending(marker).string, withIntermediateDirectories: true)
      for region in ["test-1", "test-2"] {
        let points = Self.cells.prefix(found).map { Point($0.z, $0.y + shift, $0.x) }
        let file = PointFile(
          regions: [.init(detections: Detections(points: points, scores: points.map { _ in 1 }))])
        try file.write(to: place.appending(marker).appending(region + ending))
      }
    }
    try write("name: \(name)\nmethod: by hand\n", name + "/submission.yaml")
    return place
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: folder.appending(name).string))
  }

  private func board(_ names: [(String, Int)]) throws -> Leaderboard {
    var board = Leaderboard(title: "tiny", truth: truth)
    for (place, (name, found)) in names.enumerated() {
      let path = try submit(name, found: found, shift: 0.1 * Float(place))
      try board.add(Submission(reading: path, for: truth), truth: truth)
    }
    return board
  }

  // MARK: -

  @Test func `entries are ranked by the mean over markers, and equal ones share a rank`() throws {
    let board = try board([("worse", 5), ("zeta", 8), ("alpha", 8), ("last", 2)])
    #expect(board.ranked.map(\.rank) == [1, 1, 3, 4])
    #expect(board.ranked.map(\.entry.name) == ["alpha", "zeta", "worse", "last"])
    #expect(board.entries[1].f1 == 16.0 / 18)
    #expect(board.grid().notes.last == "equal scores share a rank")
    #expect(
      board.grid().csv().split(separator: "\n").prefix(2) == [
        "rank,name,method,F1,neun,cfos,regions",
        "1,alpha,by hand,0.8888888888888888,0.8888888888888888,0.8888888888888888,4 of 4",
      ])
  }

  @Test func `what is not handed in is missed, and said`() throws {
    var board = Leaderboard(title: "tiny", truth: truth)
    let path = try submit("half", found: 10, markers: ["cfos"])
    try FileManager.default.removeItem(atPath: path.appending("cfos/test-2.csv").string)
    try board.add(Submission(reading: path, for: truth), truth: truth)
    let entry = board.entries[0]
    #expect(entry.markers.map(\.f1) == [0, 20.0 / 30])
    #expect(entry.regions == 1)
    #expect(board.grid().rows[0].last?.text == "1 of 4")
    #expect(board.grid().notes[1].hasPrefix("partial submissions: "))
  }

  @Test func `the same points again are refused under another name, whatever their format`() throws {
    var board = try board([("first", 8)])
    let copy = try submit("copy", found: 8, ending: ".xml")
    let failure = try #require(throws: TaskFailure.self) {
      try board.add(Submission(reading: copy, for: truth), truth: truth)
    }
    #expect(failure.message == "'copy' holds the same points as 'first', which is on the board already")
  }

  @Test func `a name is taken once, unless it is replaced`() throws {
    var board = try board([("first", 8)])
    try FileManager.default.removeItem(atPath: folder.appending("first").string)
    let again = try Submission(reading: submit("first", found: 9), for: truth)
    let failure = try #require(throws: TaskFailure.self) { try board.add(again, truth: truth) }
    #expect(failure.message == "'first' is on the board already; --replace scores it again")
    try board.add(again, truth: truth, replaces: true)
    #expect(board.entries.map(\.f1) == [18.0 / 19])
  }

  @Test func `a board of other regions is refused`() throws {
    var board = Leaderboard(title: "tiny", truth: try Self.truth(tolerance: 4))
    let submission = try Submission(reading: submit("first"), for: truth)
    let failure = try #require(throws: TaskFailure.self) { try board.add(submission, truth: truth) }
    #expect(
      failure.message
        == "the test regions of 'tiny' are not those that this board was scored on; begin a new one with --board FILE")
  }

  @Test func `a board goes into a file and comes back, and a missing or broken one is told`() throws {
    let board = try board([("first", 8), ("second", 4)])
    let path = folder.appending("results").appending("leaderboard.json")
    try board.write(to: path)
    #expect(try Leaderboard(reading: path) == board)
    let missing = try #require(throws: TaskFailure.self) { try Leaderboard(reading: folder.appending("none.json")) }
    #expect(missing.message.hasSuffix("; 'lightbench leaderboard add' begins one"))
    try write("{}", "broken.json")
    let broken = try #require(throws: TaskFailure.self) { try Leaderboard(reading: folder.appending("broken.json")) }
    #expect(broken.message.hasPrefix("'\(folder)/broken.json' is no leaderboard: "))
    // One entry without the marker that the other has.
    let text = String(decoding: try Data(contentsOf: URL(filePath: path.string)), as: UTF8.self)
    let place = try #require(text.range(of: "\"cfos\"", options: .backwards))
    try write(text.replacingCharacters(in: place, with: "\"pv\""), "uneven.json")
    let uneven = try #require(throws: TaskFailure.self) { try Leaderboard(reading: folder.appending("uneven.json")) }
    #expect(
      uneven.message
        == "'\(folder)/uneven.json' is no leaderboard: 'second' was scored on other markers than 'first'; put back the "
        + "file that 'lightbench leaderboard add' wrote, or begin a new one with --board FILE")
  }

  @Test func `a marker whose test regions come from two tasks has no leaderboard`() throws {
    let group = (Marker(label: "neun", displayName: "NeuN", tolerance: 3), [LeaderboardTruth.Region]())
    let failure = try #require(throws: TaskFailure.self) {
      try LeaderboardTruth([group, group].map { (marker: $0.0, regions: $0.1) })
    }
    #expect(
      failure.message
        == "test regions of 'neun' come from several tasks of the experiment; a leaderboard takes one source a marker")
  }

  // MARK: - Mistakes

  private func refusal(_ path: FilePath) throws -> String {
    try #require(throws: TaskFailure.self) { try Submission(reading: path, for: truth) }.message
      .replacing(folder.string, with: "DIR")
  }

  @Test func `each mistake of a submission is told with what to do`() throws {
    #expect(
      try refusal(folder.appending("none"))
        == "there is no 'DIR/none/submission.yaml'; it says 'name: ...' and 'method: ...'")
    let path = try submit("a")
    try write("name: a\n", "a/submission.yaml")
    #expect(try refusal(path) == "'DIR/a/submission.yaml' does not say 'method: ...'")
    try write("name: a\nmethod: b\nurl: c\n", "a/submission.yaml")
    #expect(try refusal(path) == "'DIR/a/submission.yaml' has the unknown key 'url'; it takes 'name' and 'method'")
    try write("name: a\nmethod: b\n", "a/submission.yaml")

    try write("z,y,x\n5,5,5\n2,5,5\n", "a/neun/test-1.csv")
    #expect(
      try refusal(path)
        == "1 of the 2 points of 'DIR/a/neun/test-1.csv' lie outside of region 'test-1' of 5 x 10 x 100 voxels; "
        + "positions are voxels from 0 in the order z, y, x")
    try write("region,z,y,x\ntest-1,2,5,5\ntest-2,2,5,5\n", "a/neun/test-1.csv")
    #expect(
      try refusal(path)
        == "'DIR/a/neun/test-1.csv' names the region 'test-2' in its column 'region', expected only 'test-1'; hand in a "
        + "file a region")
    try write("z,y,x\n2,5,5\n", "a/neun/test-1.csv")
    try write("z,y,x\n2,5,5\n", "a/neun/test-3.csv")
    #expect(
      try refusal(path)
        == "'DIR/a/neun/test-3.csv' is of no test region of neun; there are 'test-1', 'test-2'")
    try FileManager.default.removeItem(atPath: folder.appending("a/neun/test-3.csv").string)
    try write("index,axis-0,axis-1,axis-2\n0,2,5,5\n", "a/neun/test-1.napari.csv")
    #expect(
      try refusal(path)
        == "region 'test-1' of neun is there twice: 'test-1.csv' and 'test-1.napari.csv'; remove one")
    try FileManager.default.removeItem(atPath: folder.appending("a/neun/test-1.napari.csv").string)
    try write("", "a/neun/notes.txt")
    #expect(
      try refusal(path)
        == "'DIR/a/neun/notes.txt' is no file of points; they end in '.napari.csv', '.csv', '.xml', '.precomputed'")
    try FileManager.default.removeItem(atPath: folder.appending("a/neun").string)
    try FileManager.default.moveItem(
      atPath: folder.appending("a/cfos").string, toPath: folder.appending("a/fos").string)
    #expect(try refusal(path) == "'DIR/a/fos' is of no marker here; there are 'neun', 'cfos'")
    try FileManager.default.removeItem(atPath: folder.appending("a/fos").string)
    #expect(
      try refusal(path)
        == "'DIR/a' holds no points; expected a file a marker and region, such as 'neun/test-1.csv'")
  }
}
