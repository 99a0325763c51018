import Fingerprints
import Foundation

/// A report as one HTML file: no script, nothing from elsewhere, the same bytes for the same report.
struct ReportPage {
  let report: Report
  /// Seconds after which an open page is read again while the run goes on.
  static let refresh = 5
  /// How many bytes it has at most, as long as all but its pictures has less.
  static let most = 4_900_000
  /// How many rows a table has at most that stands in the page; a longer one lies beside it.
  static let longest = 500

  /// The pictures that the page holds: from the top as many as fit.
  private var held: Set<String> = []

  init(report: Report) {
    self.report = report
    let pictures = report.sections.flatMap(\.blocks).figures.compactMap { figure -> (name: String, bytes: Int)? in
      guard case .png(let bytes) = figure.content else { return nil }
      return (figure.name, (bytes.count + 2) / 3 * 4)
    }
    guard !pictures.isEmpty else { return }
    // The rest comes first: what it leaves is for pictures, whose words are in it already.
    var room = Self.most - html.utf8.count
    for picture in pictures where picture.bytes <= room {
      room -= picture.bytes
      held.insert(picture.name)
    }
  }

  /// The file.
  var html: String {
    HTML.tag("html", [("lang", "en")], [head, HTML.tag("body", [], body)]).document
  }

  // MARK: - Head

  private var head: HTML {
    let sheet = StyleSheet.css
    // The page may use its own style sheet and pictures that it holds, and nothing else.
    let hash = Data(Digest.of(sheet).bytes).base64EncodedString()
    let policy =
      "default-src 'none'; img-src data:; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
    let refresh: [HTML] =
      report.progress == nil ? [] : [.tag("meta", [("http-equiv", "refresh"), ("content", "\(Self.refresh)")])]
    return .tag(
      "head", [],
      [
        .tag("meta", [("charset", "utf-8")]),
        .tag("meta", [("http-equiv", "Content-Security-Policy"), ("content", policy)]),
        .tag("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
        .tag("meta", [("name", "color-scheme"), ("content", "light dark")]),
      ] + refresh + [
        .tag("title", [], "\(report.title): Lightbench report"), .tag("style", [], [.style(sheet)]),
      ])
  }

  // MARK: - Body

  private var body: [HTML] {
    let links = report.sections.map { section in
      HTML.tag("li", [], [.tag("a", [("href", "#\(section.anchor)")], section.title)])
    }
    return [
      .tag("a", [("class", "skip"), ("href", "#main")], "Skip to the content"),
      .tag(
        "header", [],
        [.tag("h1", [], report.title), .tag("p", [("class", "lead")], report.sentence)]
          + report.notices.map { .tag("p", [("class", "notice")], $0) } + status),
      .tag("nav", [("aria-label", "Contents")], [.tag("ul", [], links)]),
      .tag("main", [("id", "main")], report.sections.map(section)),
      .tag(
        "footer", [], [.tag("p", [], "Made by Lightbench from what the store and the records of the runs hold.")]),
    ]
  }

  private var status: [HTML] {
    guard let progress = report.progress else { return [] }
    let words = progress.sentence
    let state = progress.isOver ? "The run is over, the last of this page is being made" : "Running"
    let lines = progress.running.map { HTML.tag("li", [], $0) }
    return [
      .tag(
        "div", [("class", "status"), ("role", "status")],
        [
          .tag("p", [], "\(state): \(words). This page reads itself again every \(Self.refresh) seconds."),
          .tag(
            "progress",
            [("max", "\(max(1, progress.all))"), ("value", "\(progress.settled)"), ("aria-label", "Tasks done")], words),
        ] + (lines.isEmpty ? [] : [.tag("ul", [], lines)]))
    ]
  }

  private func section(_ section: ReportSection) -> HTML {
    let heading = "\(section.anchor)-heading"
    return .tag(
      "section", [("id", section.anchor), ("aria-labelledby", heading)],
      [.tag("h2", [("id", heading)], section.title)] + section.blocks.flatMap(block))
  }

  // MARK: - Blocks

  private func block(_ block: ReportBlock) -> [HTML] {
    switch block {
    case .heading(let text): [.tag("h3", [], text)]
    case .paragraph(let text): [.tag("p", [], text)]
    case .list(let items): items.isEmpty ? [] : [.tag("ul", [], items.map { .tag("li", [], $0) })]
    case .notice(let text): [.tag("p", [("class", "notice")], text)]
    case .table(let table): table.grid.rows.count > Self.longest ? files([table]) : [self.table(table)]
    case .files(let tables): files(tables)
    case .figure(let figure): [self.figure(figure)]
    case .pictures(let figures): [.tag("div", [("class", "gallery")], figures.map(figure))]
    case .code(let text, let name): [.tag("pre", [("tabindex", "0"), ("role", "region"), ("aria-label", name)], text)]
    case .details(let summary, let blocks):
      [.tag("details", [], [.tag("summary", [], summary)] + blocks.flatMap(self.block))]
    }
  }

  private func files(_ tables: [ReportTable]) -> [HTML] {
    guard !tables.isEmpty else { return [] }
    return [
      .tag("p", [], "Beside this page:"),
      .tag(
        "ul", [],
        tables.map { table in
          let words = ": \(table.grid.title), \(counted(table.grid.rows.count, "row"))"
          return .tag("li", [], [link(to: "\(table.name).csv"), .text(words)])
        }),
    ]
  }

  private func link(to file: String) -> HTML {
    let path = "\(Report.filesFolder(of: report.name))/\(file)"
    return .tag("a", [("href", path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path)], file)
  }

  // MARK: - Tables

  private func table(_ table: ReportTable) -> HTML {
    let (grid, name) = (table.grid, "table-\(table.name)")
    let isLong = grid.header.indices.map { column in
      grid.rows.contains { $0[column].text.count > 48 }
    }
    func kind(_ column: Int, isBest: Bool = false) -> [(String, String)] {
      let names =
        (column < grid.labels ? ["label"] : []) + (isLong[column] ? ["label", "long"] : []) + (isBest ? ["best"] : [])
      let unique = names.uniqued()
      return unique.isEmpty ? [] : [("class", unique.joined(separator: " "))]
    }
    let head = grid.header.enumerated().map { HTML.tag("th", [("scope", "col")] + kind($0), $1) }
    let rows = grid.rows.map { row in
      HTML.tag(
        "tr", [],
        row.enumerated().map { column, cell in
          let words: [HTML] =
            [.text(cell.text)]
            + (cell.isBest ? [.tag("span", [("class", "unseen")], " (\(table.mark))")] : [])
          return column == 0 && grid.labels > 0
            ? .tag("th", [("scope", "row")] + kind(column), words)
            : .tag("td", kind(column, isBest: cell.isBest), words)
        })
    }
    let box = HTML.tag(
      "div", [("class", "scroll"), ("role", "region"), ("aria-labelledby", name), ("tabindex", "0")],
      [
        .tag(
          "table", Self.width(of: grid),
          [
            .tag("caption", [("id", name)], [.tag("span", [], grid.title)]), .tag("thead", [], [.tag("tr", [], head)]),
            .tag("tbody", [], rows),
          ])
      ])
    let notes = grid.notes.map { HTML.tag("li", [], $0) } + [.tag("li", [], [link(to: "\(table.name).csv")])]
    return .tag("div", [("class", "table")], [box, .tag("ul", [("class", "notes")], notes)])
  }

  /// What makes a table smaller in print, where it has more columns than paper has room for.
  private static func width(of grid: Grid) -> [(String, String)] {
    switch grid.header.count {
    case ...9: []
    case ...16: [("class", "wide")]
    default: [("class", "widest")]
    }
  }

  // MARK: - Figures

  private func figure(_ figure: ReportFigure) -> HTML {
    let (file, content): (String, HTML) =
      switch figure.content {
      case .svg(let text): ("\(figure.name).svg", .drawing(Self.element(of: text, saying: figure.alt)))
      case .png(let bytes): ("\(figure.name).png", image(bytes, of: figure))
      }
    return .tag(
      "figure", [("id", "figure-\(figure.name)")],
      [
        .tag(
          "div", [("class", "scroll paper"), ("role", "region"), ("aria-label", figure.title), ("tabindex", "0")],
          [content]),
        .tag("figcaption", [], [.text(figure.caption + " "), link(to: file)]),
      ])
  }

  /// The drawing alone, without what may stand before it in a file, and with its words for a screen reader.
  private static func element(of svg: String, saying words: String) -> String {
    guard let start = svg.range(of: "<svg") else { return "" }
    return "<svg aria-label=\"\(Markup.escaped(words))\"" + svg[start.upperBound...]
  }

  private func image(_ png: [UInt8], of figure: ReportFigure) -> HTML {
    guard held.contains(figure.name) else {
      return .tag("p", [("class", "apart")], "\(figure.title): beside this page, which would get too large with it.")
    }
    var size: [(String, String)] = []
    if let found = Self.size(of: png) { size = [("width", "\(found.width)"), ("height", "\(found.height)")] }
    let source = "data:image/png;base64," + Data(png).base64EncodedString()
    return .tag("img", [("alt", figure.alt)] + size + [("src", source)])
  }

  /// The size in pixels that a PNG file begins with; nil for bytes that are none.
  private static func size(of png: [UInt8]) -> (width: Int, height: Int)? {
    guard png.count >= 24, png.starts(with: [0x89, 0x50, 0x4e, 0x47]) else { return nil }
    func number(_ place: Int) -> Int { png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }
}
