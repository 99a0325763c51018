/// A piece of an HTML page: an element, or text that is escaped when it is written.
indirect enum HTML: Sendable, Equatable {
  /// One attribute of an element; its value is escaped when it is written.
  struct Attribute: Sendable, Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  case element(String, [Attribute], [HTML])
  case text(String)
  /// A drawing of this module, which has escaped its texts itself.
  case drawing(String)
  /// The text of a style sheet, which knows no escapes; of this module only.
  case style(String)

  /// Elements that have no content and no end.
  private static let void: Set<String> = ["meta", "img", "br", "hr", "link"]
  /// Elements that stand on lines of their own, so that the source can be read.
  private static let blocks: Set<String> = [
    "html", "head", "body", "header", "main", "footer", "nav", "section", "figure", "figcaption", "div", "table",
    "thead", "tbody", "tr", "caption", "ul", "ol", "li", "p", "h1", "h2", "h3", "h4", "details", "summary", "pre",
    "meta", "title", "style", "dl",
  ]

  // MARK: - Making

  /// An element with content.
  static func tag(_ name: String, _ attributes: [(String, String)] = [], _ content: [HTML] = []) -> HTML {
    .element(name, attributes.map { Attribute($0.0, $0.1) }, content)
  }

  /// An element with text in it.
  static func tag(_ name: String, _ attributes: [(String, String)] = [], _ text: String) -> HTML {
    tag(name, attributes, [.text(text)])
  }

  // MARK: - Writing

  /// The page, after its document type.
  var document: String { "<!DOCTYPE html>\n" + written }

  /// The markup.
  var written: String {
    var text = ""
    write(into: &text)
    return text
  }

  private func write(into text: inout String) {
    switch self {
    case .text(let content): text += Markup.escaped(content)
    case .drawing(let markup), .style(let markup): text += markup
    case .element(let name, let attributes, let content):
      text += "<" + name
      for attribute in attributes { text += " \(attribute.name)=\"\(Markup.escaped(attribute.value))\"" }
      text += ">"
      if !Self.void.contains(name) {
        for piece in content { piece.write(into: &text) }
        text += "</\(name)>"
      }
      if Self.blocks.contains(name) { text += "\n" }
    }
  }
}
