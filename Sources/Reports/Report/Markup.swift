/// Text as HTML and SVG may hold it.
enum Markup {
  /// Text that a browser shows as it is, between tags and in values in double quotes.
  ///
  /// Works by scalar: a sign and the accent after it are one character, and the sign is dangerous all the same. What no
  /// XML document may hold is dropped: control characters other than line end and tab, and what is no character.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.properties.generalCategory == .control || scalar.properties.isNoncharacterCodePoint: continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
