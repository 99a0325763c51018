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
      progress: ReportProgress(settled: 1, all: 2, words: text, running: [text]),
      sections: [ReportSection("answer", text, blocks)])
    let page = ReportPage(report: report).html
    #expect(!page.contains("<script") && !page.contains("alert('x')") && !page.contains("\u{7}"))
    let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quotes&quot;\u{FFFD}"
    #expect(page.components(separatedBy: escaped).count > 20)
  }

  @Test func `a page asks for nothing from elsewhere, and allows nothing`() {
    let page = page([.table(table), .figure(figure)])
    #expect(page.contains("content=\"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"))
    for word in ["<script", "<link", "@import", "url(", " src=\"http", " style=\""] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test func `tables have a caption, scopes and the best marked; figures have a name and words`() {
    let page = page([.table(table), .figure(figure)])
    for words in [
      "<html lang=\"en\">", "<a class=\"skip\" href=\"#main\">", "<main id=\"main\">",
      "<caption id=\"table-numbers\"><span>Numbers</span></caption>", "<th scope=\"col\" class=\"label\">name</th>",
      "<th scope=\"row\" class=\"label\">one</th>", "<td class=\"best\">1</td>", "<li>a note</li>",
      "<a href=\"tiny-files/numbers.csv\">numbers.csv</a>", "<figure id=\"figure-matrix\">", "aria-label=\"A matrix\"",
      "<a href=\"tiny-files/matrix.svg\">matrix.svg</a>", "<section id=\"answer\" aria-labelledby=\"answer-heading\">",
      "<p class=\"notice\">Something is missing.</p>",
    ] { #expect(page.contains(words), "\(words)") }
  }

  @Test func `a page reads itself again only while the run goes on`() {
    #expect(!page([]).contains("http-equiv=\"refresh\""))
    let progress = ReportProgress(settled: 3, all: 7, words: "40s gone", running: ["train: step 2 of 5"])
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
    #expect(page.components(separatedBy: "<img ").count == 4)
    #expect(page.components(separatedBy: "beside this page, which would get too large with it.").count == 7)
    for place in 0..<9 { #expect(page.contains("<a href=\"tiny-files/picture-\(place).png\">")) }
  }

  @Test func `a picture has the size that its file says`() {
    let head: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 1, 2, 0, 0, 0, 3]
    let figure = ReportFigure(name: "p", title: "p", caption: "", alt: "words", content: .png(head))
    let image = "<img alt=\"words\" width=\"258\" height=\"3\" src=\"data:image/png;base64,"
    #expect(page([.figure(figure)]).contains(image))
  }

  @Test func `figures and tables are files beside the page, in folds too`() throws {
    let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("report-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let report = report([.figure(figure), .details("more", [.table(table)]), .files([ReportTable("long", table.grid)])])
    let files = ReportFiles(report, at: folder.appending("deep").appending("page.html"))
    #expect(try files.writePage() == ReportPage(report: report).html.utf8.count)
    #expect(try files.writeFolder(nil) == ["long.csv", "matrix.svg", "numbers.csv"])
    let csv = try String(contentsOfFile: files.folder.appending("numbers.csv").string, encoding: .utf8)
    #expect(csv == "name,value\none,1\ntwo,n/a\n")
    #expect(files.folder.lastComponent?.string == "tiny-files")
  }

  @Test func `a machine without a program that draws has no PNG files, and another says what went wrong`() throws {
    #expect(FigureRaster(lookingIn: "/nowhere:") == nil)
    let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("raster-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let program = folder.appending("rsvg-convert").string
    try Data("#!/bin/sh\nexit 3\n".utf8).write(to: URL(filePath: program))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let raster = try #require(FigureRaster(lookingIn: "/nowhere:\(folder)"))
    #expect(raster.name == "rsvg-convert")
    let error = try #require(throws: (any Error).self) {
      try ReportFiles(report([.figure(figure)]), at: folder.appending("page.html")).writeFolder(raster)
    }
    #expect("\(error)".contains("did not draw"))
  }

  @Test(arguments: [("train[marker=cfos]", "train-marker-cfos"), ("a/b[c=d|e]", "a-b-c-d-e"), ("plain.v2", "plain.v2")])
  func `addresses become names of files`(address: String, name: String) { #expect(address.asFileName == name) }
}
