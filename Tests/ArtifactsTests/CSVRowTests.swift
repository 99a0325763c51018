import Testing

@testable import Artifacts

@Suite struct CSVRowTests {
  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
    ("\u{FEFF}a\r1\r", [["a"], ["1"]]),
    ("\n\r\n a , b \n\n\t\n1,\n", [["a", "b"], ["1", ""]]),
    ("\"x, \"\"y\"\"\",\"two\nlines\",3\n", [["x, \"y\"", "two\nlines", "3"]]),
    ("", []),
  ])
  func `quotes, line ends and blank lines are read`(text: String, fields: [[String]]) throws {
    #expect(try CSVRow.rows(of: Array(text.utf8)).map(\.fields) == fields)
  }

  @Test func `a row is numbered by the line on which it starts`() throws {
    let rows = try CSVRow.rows(of: Array("a\r\n\r\n\"b\nc\"\r\nd\r\n".utf8))
    #expect(rows.map(\.number) == [1, 3, 5])
  }

  @Test(arguments: [
    ("a\n\"b", 2, "opens a quote that is never closed"), ("a\nb\"c\"\n", 2, "has a quote inside of a field"),
  ])
  func `quotes that make no sense are reported with their row`(text: String, row: Int, message: String) throws {
    let error = try #require(throws: CSVRow.Malformed.self) { try CSVRow.rows(of: Array(text.utf8)) }
    #expect(error.row == row)
    #expect(error.message == message)
  }
}
