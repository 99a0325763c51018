/// What the text beside the first page says about the order of pages and the size of voxels.
struct TIFFDescription {
  /// The axes of the pages with their extents, slowest first; nil when the text says nothing.
  private(set) var pageAxes: [(name: String, size: Int)]?
  /// µm along z, y, x; nil when unknown.
  private(set) var voxelSize: [Double]?
  /// Who wrote the text, for messages.
  private(set) var writer = ""

  /// - Parameter pixelsPerUnit: From the resolution of the page, along y and x.
  init(_ text: String, pixelsPerUnit: (y: Double, x: Double)?) {
    if text.hasPrefix("ImageJ=") {
      readImageJ(text, pixelsPerUnit)
    } else if let start = Self.place(of: "<Pixels", in: text) {
      readOME(text[start...].prefix { $0 != ">" })
    }
  }

  /// Lines of `key=value`; channels vary fastest, then slices, then frames.
  private mutating func readImageJ(_ text: String, _ pixelsPerUnit: (y: Double, x: Double)?) {
    writer = "ImageJ"
    var values: [Substring: Substring] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
    func count(_ key: Substring) -> Int { values[key].flatMap { Int($0) } ?? 1 }
    let images = count("images")
    let all = [("t", count("frames")), ("z", count("slices")), ("c", count("channels"))]
    let (product, isTooLarge) = Self.product(all.map(\.1))
    pageAxes = images > 1 && (isTooLarge || product != images) ? [("z", images)] : all
    guard let unit = values["unit"].flatMap({ Self.micrometres(String($0)) }), let pixelsPerUnit,
      let spacing = values["spacing"].flatMap({ Double($0) }), pixelsPerUnit.x > 0, pixelsPerUnit.y > 0, spacing > 0
    else { return }
    voxelSize = [spacing * unit, unit / pixelsPerUnit.y, unit / pixelsPerUnit.x]
  }

  /// The attributes of the element `Pixels`; nothing else of the XML is looked at, no entity is resolved.
  private mutating func readOME(_ element: Substring) {
    writer = "OME-XML"
    func attribute(_ name: String) -> String? {
      guard let start = Self.place(of: " " + name + "=\"", in: String(element)) else { return nil }
      let text = String(element)
      return String(text[start...].dropFirst(name.count + 3).prefix { $0 != "\"" })
    }
    let order = attribute("DimensionOrder") ?? "XYZCT"
    guard order.count == 5, order.hasPrefix("XY") else { return }
    pageAxes = order.dropFirst(2).reversed().map { letter in
      (letter.lowercased(), attribute("Size\(letter)").flatMap { Int($0) } ?? 1)
    }
    var size: [Double] = []
    for axis in ["Z", "Y", "X"] {
      guard let value = attribute("PhysicalSize\(axis)").flatMap({ Double($0) }), value > 0,
        let unit = Self.micrometres(attribute("PhysicalSize\(axis)Unit") ?? "µm")
      else { return }
      size.append(value * unit)
    }
    voxelSize = size
  }

  // MARK: -

  private static func place(of word: String, in text: String) -> String.Index? {
    let (bytes, wanted) = (text.utf8, Array(word.utf8))
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index...].starts(with: wanted) { return index }
      index = bytes.index(after: index)
    }
    return nil
  }

  private static func product(_ values: [Int]) -> (Int, Bool) {
    values.reduce((1, false)) { partial, value in
      let (product, overflow) = partial.0.multipliedReportingOverflow(by: value)
      return (product, partial.1 || overflow || value < 1)
    }
  }

  /// µm in a unit of length; nil for one that is not known, as 'pixel'.
  private static func micrometres(_ unit: String) -> Double? {
    switch unit {
    // ImageJ writes Latin-1, in which the sign for micro is no UTF-8, or an escape.
    case "µm", "μm", "um", "micron", "microns", "micrometer", "\\u00B5m", "\u{fffd}m", "&#181;m", "&#xb5;m": 1
    case "nm", "nanometer": 1e-3
    case "mm", "millimeter": 1e3
    case "cm": 1e4
    case "m": 1e6
    case "inch": 25_400
    default: nil
    }
  }
}
