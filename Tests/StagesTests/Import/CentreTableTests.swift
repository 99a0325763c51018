import Imaging
import Pipeline
import SystemPackage
import Testing

@testable import Stages

@Suite struct CentreTableTests {
  static let named = CentreLayout(names: ["z", "y", "x"], order: [.z, .y, .x], base: 0, unit: .voxel)
  static let size = Extent(10, 20, 30)

  func table(_ text: String, _ layout: CentreLayout = named) throws -> CentreTable {
    try CentreTable(Array(text.utf8), FilePath("d/c.csv"), layout)
  }

  @Test func `columns are found by name wherever they stand`() throws {
    let centres = try table("x,id,y,z\n3,a,2,1\n29,b,19.5,-0.25\n").centres(in: Self.size, voxel: nil)
    #expect(centres == [Point(1, 2, 3), Point(0, 19.5, 29)])
  }

  @Test func `a table without a header is read by position`() throws {
    let layout = CentreLayout(names: nil, order: [.skipped, .x, .y, .z], base: 1, unit: .voxel)
    #expect(try table("7,4,3,2\n", layout).centres(in: Self.size, voxel: nil) == [Point(1, 2, 3)])
  }

  @Test func `micrometres are divided by the voxel size before the base is subtracted`() throws {
    let layout = CentreLayout(names: ["a", "b", "c"], order: [.x, .y, .z], base: 1, unit: .um)
    let centres = try table("a,b,c\n6,9,12\n", layout).centres(in: Self.size, voxel: VoxelSize(4, 1.5, 1.5))
    #expect(centres == [Point(2, 5, 3)])
  }

  @Test func `a table without rows has no centres`() throws {
    #expect(try table("z,y,x\n").entries.isEmpty)
  }

  @Test(arguments: [
    ("z,y,x\n1,2\n", "row 2 of 'd/c.csv' has 2 fields, the header has 3"),
    ("z,y,x\n1,two,3\n", "row 2 of 'd/c.csv' has 'two' in column 'y', which is no number"),
    ("z,y,x\n1,2,3\n\n1,,3\n1,2,\n", "row 4 of 'd/c.csv' has '' in column 'y', which is no number (and 1 more row)"),
    ("z,y,x\n1,2,nan\n", "row 2 of 'd/c.csv' has 'nan' in column 'x', which is not finite"),
    ("z,y\n1,2\n", "row 1 of 'd/c.csv' has no column 'x'; it has 'z', 'y'"),
    ("z,y,x,y\n1,2,3,4\n", "row 1 of 'd/c.csv' has more than one column 'y'; it has 'z', 'y', 'x', 'y'"),
    ("", "'d/c.csv' is empty, expected a header with 'z'"),
    ("z,y,x\n\"1,2,3\n", "row 2 of 'd/c.csv' opens a quote that is never closed"),
    (
      "z,y,x\n1,2,3\n10,2,3\n1,2,31\n1,-0.6,3\n",
      "row 3 of 'd/c.csv': the centre (10.0, 2.0, 3.0) lies outside of the volume of 10 x 20 x 30 voxels (z, y, x); "
        + "check its columns, base and unit (and 2 more rows)"
    ),
  ])
  func `what is wrong is said once with the path and the row`(text: String, message: String) throws {
    let failure = try #require(throws: TaskFailure.self) { try table(text).centres(in: Self.size, voxel: nil) }
    #expect(failure.message == message)
    #expect(failure.code == .badData)
  }

  @Test func `a short row of a table without a header is reported`() throws {
    let layout = CentreLayout(names: nil, order: [.z, .y, .x], base: 0, unit: .voxel)
    let failure = try #require(throws: TaskFailure.self) { try table("1,2,3\n1,2\n", layout) }
    #expect(failure.message == "row 2 of 'd/c.csv' has 2 fields, expected at least 3")
  }
}
