import Foundation
import Imaging
import Pipeline
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

/// Points in the files of four programs.
@Suite final class PointFileTests {
  private let folder: FilePath

  init() throws {
    folder = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  private func write(_ text: String, _ name: String) throws -> FilePath {
    let path = folder.appending(name)
    try Data(text.utf8).write(to: URL(filePath: path.string))
    return path
  }

  private func some(_ count: Int, seed: UInt64 = 1) -> Detections {
    var random = Philox(seed: seed, purpose: "points")
    let coordinate = { (random: inout Philox) in Float(random.uniform() * 200 - 0.5) }
    return Detections(
      points: (0..<count).map { _ in Point(coordinate(&random), coordinate(&random), coordinate(&random)) },
      scores: (0..<count).map { _ in Float(random.uniform()) })
  }

  // MARK: - There and back

  @Test(arguments: ["a.csv", "a.napari.csv", "a.xml", "a.precomputed"], [0, 1, 100])
  func `what is written is read back equal`(name: String, count: Int) throws {
    let file = PointFile(regions: [.init(detections: some(count))], voxelSize: VoxelSize(4, 1.8, 1.8))
    let path = folder.appending(name)
    #expect(try file.write(to: path) == [path])
    let back = try PointFile(reading: path)
    #expect(back.all == file.all)
    #expect(back.hasScores || count == 0)
    if name.hasSuffix("precomputed") {
      let size = try #require(back.voxelSize)
      #expect(abs(size.z - 4) < 1e-9 && abs(size.y - 1.8) < 1e-9 && abs(size.x - 1.8) < 1e-9)
    }
  }

  @Test(arguments: ["a.xml", "a.napari.csv", "a.precomputed"])
  func `formats without regions get a file a region`(name: String) throws {
    let file = PointFile(regions: [
      .init(name: "test-1", detections: some(3)), .init(name: "test-2", detections: some(2)),
    ])
    let written = try file.write(to: folder.appending(name))
    #expect(written.map { $0.lastComponent?.string } == ["a.test-1\(name.dropFirst())", "a.test-2\(name.dropFirst())"])
    #expect(try written.map { try PointFile(reading: $0).all } == file.regions.map(\.detections))
  }

  @Test func `ours keeps regions apart, also those with commas in their names`() throws {
    let file = PointFile(regions: [.init(name: "a, \"b\"", detections: some(3)), .init(name: "c", detections: some(2))])
    try file.write(to: folder.appending("a.csv"))
    #expect(try PointFile(reading: folder.appending("a.csv")) == file)
  }

  // MARK: - Files of others

  @Test func `a table needs z, y, x in any order, and has no score of its own otherwise`() throws {
    let file = try PointFile(reading: write("id,X,y,Z\n7,1.5,2,3\n8,4,5,6\n", "table.csv"))
    #expect(file.all.points == [Point(3, 2, 1.5), Point(6, 5, 4)])
    #expect(file.all.scores == [1, 1] && !file.hasScores)
  }

  @Test func `cells of type 2 are read, and where there are none, unclassified ones`() throws {
    let marker = { (x: Int) in
      "<Marker><MarkerX>\(x)</MarkerX><MarkerY>2</MarkerY><MarkerZ>3</MarkerZ></Marker>"
    }
    let text = { (types: String) in
      "<?xml version=\"1.0\"?><CellCounter_Marker_File><Marker_Data>\(types)</Marker_Data></CellCounter_Marker_File>"
    }
    let both =
      "<Marker_Type><Type>1</Type>\(marker(1))</Marker_Type><Marker_Type><Type>2</Type>\(marker(9))</Marker_Type>"
    #expect(try PointFile(reading: write(text(both), "a.xml")).all.points == [Point(3, 2, 9)])
    let one = "<Marker_Type><Type>1</Type>\(marker(1))\(marker(2))</Marker_Type>"
    let found = try PointFile(reading: write(text(one), "b.xml"))
    #expect(found.all.points == [Point(3, 2, 1), Point(3, 2, 2)] && !found.hasScores)
  }

  @Test(arguments: [
    ("a.csv", "", "'PATH' is empty, expected a header with z, y and x, or axis-0, axis-1 and axis-2"),
    ("a.csv", "a,b\n1,2\n", "'PATH' has the columns 'a', 'b', expected z, y and x, or axis-0, axis-1 and axis-2"),
    ("a.csv", "z,y,x\n1,2\n", "row 2 of 'PATH' has 2 fields, the header has 3"),
    ("a.csv", "z,y,x\n1,2,nan\n", "row 2 of 'PATH' has 'nan' in column 'x', which is no number"),
    ("a.csv", "z,y,x\n1,\"2,3\n", "row 2 of 'PATH' opens a quote that is never closed"),
    ("a.xml", "<a></a>", "'PATH' is no marker file: it has no <CellCounter_Marker_File>, as cellfinder writes it"),
    (
      "a.xml", "<CellCounter_Marker_File>\n<Marker><MarkerX>1</MarkerX></Marker></CellCounter_Marker_File>",
      "line 2 of 'PATH' ends a <Marker> without MarkerX, MarkerY and MarkerZ"
    ),
    (
      "a.xml", "<CellCounter_Marker_File><MarkerX>q</MarkerX></CellCounter_Marker_File>",
      "line 1 of 'PATH' has 'q' in <MarkerX>, which is no number"
    ),
    (
      "a.xml", "<CellCounter_Marker_File>\n<Marker score=\"abc\"></Marker></CellCounter_Marker_File>",
      "line 2 of 'PATH' has the score 'abc', which is no number"
    ),
    (
      "a.xml", "<CellCounter_Marker_File>\n<Marker score=\"nan\"></Marker></CellCounter_Marker_File>",
      "line 2 of 'PATH' has the score 'nan', which is no number"
    ),
  ])
  func `what is wrong is told with its place`(name: String, text: String, message: String) throws {
    let path = try write(text, name)
    let failure = try #require(throws: TaskFailure.self) { try PointFile(reading: path) }
    #expect(failure.message == message.replacing("PATH", with: path.string))
    #expect(failure.code == .badData)
  }

  @Test func `cut XML is refused`() throws {
    let path = try write("<CellCounter_Marker_File>\n<Marker>", "a.xml")
    let failure = try #require(throws: TaskFailure.self) { try PointFile(reading: path) }
    #expect(failure.message == "'\(path)' ends before </CellCounter_Marker_File>; it was cut")
  }

  @Test func `a missing file and an unknown ending are told`() throws {
    let path = folder.appending("nothing.csv")
    let missing = try #require(throws: TaskFailure.self) { try PointFile(reading: path) }
    #expect(missing.message == "there are no points to read at '\(path)'; give a file, or a folder of Neuroglancer's")
    let unknown = try #require(throws: TaskFailure.self) {
      try PointFile(regions: []).write(to: folder.appending("a.txt"))
    }
    #expect(
      unknown.message
        == "'\(folder)/a.txt' does not say a format; end it in .csv, .napari.csv, .xml (cellfinder) or .precomputed "
        + "(Neuroglancer)")
  }

  @Test func `Neuroglancer's folder is not written over, and cut chunks are refused`() throws {
    let path = folder.appending("a.precomputed")
    let file = PointFile(regions: [.init(detections: some(3))])
    try file.write(to: path)
    let failure = try #require(throws: TaskFailure.self) { try file.write(to: path) }
    #expect(failure.message == "'\(path)' is there already; remove it or choose another name")
    let chunk = path.appending("spatial0").appending("0_0_0")
    let bytes = try Data(contentsOf: URL(filePath: chunk.string))
    try bytes.dropLast(5).write(to: URL(filePath: chunk.string))
    let cut = try #require(throws: TaskFailure.self) { try PointFile(reading: path) }
    #expect(cut.message == "'\(chunk)' has \(bytes.count - 5) bytes, which is no whole list of annotations")
  }

  @Test func `Neuroglancer's folder without a spatial index is refused`() throws {
    let path = folder.appending("b.precomputed")
    try PointFile(regions: [.init(detections: some(3))]).write(to: path)
    let info = path.appending("info")
    let text = String(decoding: try Data(contentsOf: URL(filePath: info.string)), as: UTF8.self)
    let start = try #require(text.range(of: ", \"spatial\""))
    try Data((text[..<start.lowerBound] + "}").utf8).write(to: URL(filePath: info.string))
    let failure = try #require(throws: TaskFailure.self) { try PointFile(reading: path) }
    #expect(
      failure.message
        == "'\(info)' names no 'spatial' index, in which points are looked up; write the annotations with one")
  }

  @Test func `a path that cannot be written is told before the work`() throws {
    let path = folder.appending("c.precomputed")
    try PointFile(regions: [.init(detections: some(3))]).write(to: path)
    let failure = try #require(throws: TaskFailure.self) { try PointFile.checkWritable(path, as: .neuroglancer) }
    #expect(failure.message == "'\(path)' is there already; remove it or choose another name")
    try Data().write(to: URL(filePath: folder.appending("file").string))
    for place in ["none/a.csv", "file/a.csv"] {
      #expect(throws: CocoaError.self) { try PointFile.checkWritable(folder.appending(place), as: .csv) }
    }
    try PointFile.checkWritable(folder.appending("d.csv"), as: .csv)
    try PointFile.checkWritable(folder.appending("new/folder/d.precomputed"), as: .neuroglancer)
  }

  // MARK: - Golden files

  private static let golden: FilePath? = {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let path = FilePath(ProcessInfo.processInfo.environment["LIGHTBENCH_DATA"] ?? "\(root)/../shared/data")
      .appending("golden")
    return FileManager.default.fileExists(atPath: path.appending("ng_points").string) ? path : nil
  }()

  /// Five of the annotations of c-Fos, as neuroglancer-python wrote them with a score and a kind.
  @Test(.enabled(if: golden != nil, "the data folder is absent (set LIGHTBENCH_DATA)"))
  func `the files of neuroglancer-python are read, and written the same byte for byte`() throws {
    let golden = try #require(Self.golden).appending("ng_points")
    let read = try PointFile(reading: golden)
    #expect(read.all.points.first == Point(108.31, 161.38, 9.69))
    #expect(read.all.scores == [0.5, 0.6, 0.7, 0.8, 0.9])
    let size = try #require(read.voxelSize)
    #expect(abs(size.z - 6) < 1e-9 && abs(size.y - 1.62) < 1e-9 && abs(size.x - 1.62) < 1e-9)
    let ours = folder.appending("ours.precomputed")
    try NeuroglancerPoints(
      read.all, voxelSize: VoxelSize(6, 1.62, 1.62),
      kinds: [.truePositive, .falsePositive, .falseNegative, .truePositive, .falsePositive]
    ).write(to: ours)
    for name in ["info", "spatial0/0_0_0"] + (0..<5).map({ "by_id/\($0)" }) {
      let (mine, theirs) = (ours.appending(name).string, golden.appending(name).string)
      #expect(
        FileManager.default.contents(atPath: mine) == FileManager.default.contents(atPath: theirs), "\(name) differs")
    }
  }

  @Test(.enabled(if: golden != nil, "the data folder is absent (set LIGHTBENCH_DATA)"))
  func `a file of cellfinder's users is read`() throws {
    let path = try #require(Self.golden).removingLastComponent().appending("planes").appending(
      "cell_classification.xml")
    let found = try PointFile(reading: path)
    #expect(found.all.points.first == Point(10, 308, 132))
    #expect(found.all.count > 20 && !found.hasScores)
  }
}
