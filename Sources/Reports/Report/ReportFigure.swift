/// A figure or a picture of a report, whoever made it.
public struct ReportFigure: Sendable, Equatable {
  /// What is shown.
  public enum Content: Sendable, Equatable {
    /// A whole SVG document without scripts, styles, identifiers or references to elsewhere: it is set into the page.
    case svg(String)
    /// The bytes of a PNG file.
    case png([UInt8])
  }

  /// The name of its file without the ending, only of `A-Z a-z 0-9 . _ -`: `matrix-sensitivity`.
  public let name: String
  /// What it is, in a few words.
  public let title: String
  /// What stands below it: what is shown, and how to read it.
  public let caption: String
  /// What it shows in words, for those who cannot see it.
  public let alt: String
  public let content: Content

  /// A figure from its parts.
  public init(name: String, title: String, caption: String, alt: String, content: Content) {
    self.name = name
    self.title = title
    self.caption = caption
    self.alt = alt
    self.content = content
  }

  /// The same under another name.
  func named(_ name: String) -> ReportFigure {
    ReportFigure(name: name, title: title, caption: caption, alt: alt, content: content)
  }
}
