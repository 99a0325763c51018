import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Reports

@Suite struct ReportPageTests {
  private static let hostile = "<script>alert('x')</script> & \"quotes\"\u{7}"

  private func report(_ blocks: [ReportBlock], progress: ReportProgress? = nil) -> Report {
    Report(
      name: "tiny", title: "tiny", sentence: "One sentence.", notices: ["Something is missing."], progress: progress,
      sections: [ReportSection("answer", "The answer", blocks)])
  }

  private func page(_ blocks: [ReportBlock], progress: ReportProgress? = nil) -> String {
    ReportPage(report: report(blocks, progress: progress)).html
  }

  private var table: ReportTable {
    ReportTable(
      "numbers",
      Grid(
        title: "Numbers", header: ["name", "value"],
        rows: [
          [Grid.Cell(label: "one"), Grid.Cell("1", .integer(1), isBest: true)],
          [Grid.Cell(label: "two"), Grid.Cell("n/a", .null)],
        ], labels: 1, notes: ["a note"]))
  }

  private let figure = ReportFigure(
    name: "matrix", title: "A matrix", caption: "What it shows.", alt: "in words",
    content: .svg("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"><title>t</title></svg>\n"))

  @Test(arguments: [(9, "<table>"), (10, "<table class=\"wide\">"), (17, "<table class=\"widest\">")])
  func `a table with many columns is set smaller in print, where none may be cut off`(columns: Int, start: String) {
    let grid = Grid(
      title: "t", header: (0..<columns).map { "c\($0)" }, rows: [(0..<columns).map { Grid.Cell(label: "\($0)") }],
      labels: 1)
    #expect(page([.table(ReportTable("t", grid))]).contains(start))
    let print = StyleSheet.css.split(separator: "@media print{").last ?? ""
    #expect(print.contains(".wide{font-size:") && print.contains(".widest{font-size:"))
  }

  @Test func `every text from outside is escaped, wherever it stands`() {
    let text = Self.hostile
    let grid = Grid(
      title: text, header: [text, text], rows: [[Grid.Cell(label: text), Grid.Cell(label: text)]], labels: 1,
      notes: [text])
    let figure = ReportFigure(name: "p", title: text, caption: text, alt: text, content: .png([1, 2, 3]))
    let blocks: [ReportBlock] = [
      .heading(text), .paragraph(text), .list([text]), .notice(text), .table(ReportTable("t", grid)),
      .files([ReportTable("u", grid)]), .figure(figure), .pictures([figure]), .code(text, name: text),
      .details(text, [.paragraph(text)]),
    ]
    let report = Report(
      name: "tiny", title: text, sentence: text, notices: [text],
      progress: ReportProgress(settled: 1, all: 2, words: text, running: [text], time: 0),
      sections: [ReportSection("answer", text, blocks)])
    let page = ReportPage(report: report).html
    #expect(!page.contains("<script") && !page.contains("\u{7}"))
    let escaped = "&lt;script&gt;alert('x')&lt;/script&gt; &amp; &quot;quotes&quot;"
    #expect(page.components(separatedBy: escaped).count > 20)
  }

  @Test func `a page asks for nothing from elsewhere, and allows nothing`() {
    let page = page([.table(table), .figure(figure)])
    #expect(page.contains("content=\"default-src 'none'; img-src data:; style-src 'sha256-"))
    for word in ["<script", "<link", "@import", "url(", " src=\"http", " style=\""] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test func `tables have a caption, scopes and the best marked; figures have a name and words`() {
    let page = page([.table(table), .figure(figure)])
    for words in [
      "<html lang=\"en\">", "<a class=\"skip\" href=\"#main\">", "<main id=\"main\">",
      "<caption id=\"table-numbers\"><span>Numbers</span></caption>", "<th scope=\"col\" class=\"label\">name</th>",
      "<th scope=\"row\" class=\"label\">one</th>", "<td class=\"best\">1<span class=\"unseen\"> (best)</span></td>",
      "<li>a note</li>",
      "<a href=\"tiny-files/numbers.csv\">numbers.csv</a>", "<figure id=\"figure-matrix\">", "aria-label=\"A matrix\"",
      "<svg aria-label=\"in words\" xmlns",
      "<a href=\"tiny-files/matrix.svg\">matrix.svg</a>", "<section id=\"answer\" aria-labelledby=\"answer-heading\">",
      "<p class=\"notice\">Something is missing.</p>",
    ] { #expect(page.contains(words), "\(words)") }
  }

  @Test func `a page reads itself again only while the run goes on`() {
    #expect(!page([]).contains("http-equiv=\"refresh\""))
    let progress = ReportProgress(settled: 3, all: 7, words: "40s gone", running: ["train: step 2 of 5"], time: 0)
    let running = page([], progress: progress)
    #expect(running.contains("<meta http-equiv=\"refresh\" content=\"5\">"))
    #expect(running.contains("<progress max=\"7\" value=\"3\" aria-label=\"Tasks done\">"))
    #expect(running.contains("<li>train: step 2 of 5</li>"))
  }

  @Test func `the same report gives the same bytes`() {
    #expect(page([.table(table), .figure(figure)]) == page([.table(table), .figure(figure)]))
  }

  @Test func `pictures that would make the page larger than 5 MB lie beside it`() {
    let pictures = (0..<9).map { place in
      ReportFigure(
        name: "picture-\(place)", title: "picture \(place)", caption: "", alt: "",
        content: .png([UInt8](repeating: UInt8(place), count: 800_000)))
    }
    let page = page([.pictures(pictures)])
    #expect(page.utf8.count < 5_000_000)
    #expect(page.components(separatedBy: "<img ").count == 5)
    #expect(page.components(separatedBy: "beside this page, which would get too large with it.").count == 6)
    for place in 0..<9 { #expect(page.contains("<a href=\"tiny-files/picture-\(place).png\">")) }
  }

  @Test func `what stands in the page beside pictures counts as well`() {
    let picture = ReportFigure(
      name: "p", title: "p", caption: "", alt: "", content: .png([UInt8](repeating: 0, count: 800_000)))
    let drawing = ReportFigure(
      name: "d", title: "d", caption: "", alt: "",
      content: .svg("<svg>\(String(repeating: " ", count: 3_000_000))</svg>"))
    let pictures = (0..<3).map { picture.named("p\($0)") }
    let page = page([.pictures(pictures), .figure(drawing)])
    #expect(page.utf8.count < 5_000_000 && page.components(separatedBy: "<img ").count == 2)
  }

  @Test func `files have names of their own, whatever they are called`() {
    let (one, other) = (figure, figure.named("Matrix"))
    let twice = report([
      .figure(one), .pictures([other]), .table(table), .details("more", [.table(table)]),
      .files([ReportTable("numbers-2", table.grid), ReportTable("", table.grid)]),
    ])
    let blocks = twice.sections.flatMap(\.blocks)
    #expect(blocks.figures.map(\.name) == ["matrix", "Matrix-2"])
    #expect(blocks.tables.map(\.name) == ["numbers", "numbers-2", "numbers-2-2", "unnamed"])
    #expect(twice.named("x").sections == twice.sections)
  }

  @Test func `a table of more than 500 rows lies beside the page`() {
    func rows(_ count: Int) -> String {
      let rows = (0..<count).map { [Grid.Cell(label: "row \($0)")] }
      return page([.table(ReportTable("long", Grid(title: "Long", header: ["name"], rows: rows, labels: 1)))])
    }
    #expect(rows(500).contains("row 499") && !rows(501).contains("row 499"))
    #expect(rows(501).contains("<a href=\"tiny-files/long.csv\">long.csv</a>: Long, 501 rows"))
  }

  @Test func `the page of a run that is over but for its report says so`() {
    let progress = ReportProgress(
      settled: 7, all: 7, failed: 1, skipped: 2, words: "40s gone", running: [], time: 0, isOver: true)
    let page = page([], progress: progress)
    #expect(page.contains("http-equiv=\"refresh\""))
    #expect(
      page.contains(
        "The run is over, the last of this page is being made: 7 of 7 tasks, 1 failed, 2 skipped, 40s gone, "
          + "as of 00:00:00 UTC."))
  }

  @Test(arguments: [
    ("<\u{301}script>", "&lt;\u{301}script&gt;"), ("a\r\nb\tc\u{0}\u{7f}\u{9b}\u{FFFF}", "a\nb\tc"),
    ("\"\u{308}&'", "&quot;\u{308}&amp;'"),
  ])
  func `signs are escaped with accents on them, and what no document may hold is dropped`(text: String, escaped: String)
  {
    #expect(Markup.escaped(text) == escaped)
    var drawing = SVG()
    drawing.text(text, x: 0, y: 0, .init())
    #expect(drawing.document(width: 1, height: 1, title: "", description: "").contains(">\(escaped)</text>"))
  }

  @Test(arguments: [
    ("a\r\nb", "\"a\r\nb\""), (",\u{301}", "\",\u{301}\""), ("\"\u{308}", "\"\"\"\u{308}\""), ("plain", "plain"),
  ])
  func `fields of CSV are quoted where a line end or an accent hides the sign`(text: String, field: String) {
    let grid = Grid(title: "", header: [text], rows: [], labels: 0)
    #expect(grid.csv() == field + "\n")
  }

  @Test func `a picture has the size that its file says`() {
    let head: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 1, 2, 0, 0, 0, 3]
    let figure = ReportFigure(name: "p", title: "p", caption: "", alt: "words", content: .png(head))
    let image = "<img alt=\"words\" width=\"258\" height=\"3\" src=\"data:image/png;base64,"
    #expect(page([.figure(figure)]).contains(image))
  }

  private static func temporaryFolder() throws -> FilePath {
    let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    return folder
  }

  @Test func `figures and tables are files beside the page, in folds too, and those of an earlier page go`() throws {
    let folder = try Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let report = report([.figure(figure), .details("more", [.table(table)]), .files([ReportTable("long", table.grid)])])
    let files = ReportFiles(report, at: folder.appending("deep").appending("a.page.html"))
    #expect(try files.writePage() == ReportPage(report: report.named("a.page")).html.utf8.count)
    #expect(files.folder.lastComponent?.string == "a.page-files")
    let written = try files.writeFolder(nil)
    #expect(written.names == ["long.csv", "matrix.svg", "numbers.csv"] && written.note == FigureRaster.absence)
    for name in ["old.svg", "notes.txt"] {
      try Data().write(to: URL(filePath: files.folder.appending(name).string))
    }
    _ = try files.writeFolder(nil)
    let left = try FileManager.default.contentsOfDirectory(atPath: files.folder.string)
    #expect(left.sorted() == ["long.csv", "matrix.svg", "notes.txt", "numbers.csv"])
    let csv = try String(contentsOfFile: files.folder.appending("numbers.csv").string, encoding: .utf8)
    #expect(csv == "name,value\none,1\ntwo,n/a\n")
  }

  @Test(arguments: [
    ("exit 3", "did not draw 'PLACE/page-files/matrix.svg': it ended with 3"),
    ("exec sleep 30", "did not draw 'PLACE/page-files/matrix.svg' within 0.2s"),
  ])
  func `where drawing goes wrong all else is there, and it is said once`(body: String, words: String) throws {
    let folder = try Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let program = folder.appending("rsvg-convert").string
    try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(filePath: program))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let raster = try #require(FigureRaster(lookingIn: "/nowhere:\(folder)", patience: 0.2))
    #expect(raster.name == "rsvg-convert")
    let report = report([.figure(figure), .figure(figure), .table(table)])
    let written = try ReportFiles(report, at: folder.appending("page.html")).writeFolder(raster)
    #expect(written.names == ["matrix-2.svg", "matrix.svg", "numbers.csv"])
    let said = "not all figures are there as PNG: '\(program)' \(words.replacing("PLACE", with: folder.string))"
    #expect(written.note == said)
  }

  @Test func `a machine without a program that draws has none`() {
    #expect(FigureRaster(lookingIn: "/nowhere:") == nil)
  }

  @Test(arguments: [("train[marker=cfos]", "train-marker-cfos"), ("a/b[c=d|e]", "a-b-c-d-e"), ("plain.v2", "plain.v2")])
  func `addresses become names of files`(address: String, name: String) { #expect(address.asFileName == name) }
}
