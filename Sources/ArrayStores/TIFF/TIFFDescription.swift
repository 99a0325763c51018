/// What the text beside the first page says about the order of pages and the size of voxels.
struct TIFFDescription {
  /// The axes of the pages with their extents, slowest first; nil when the text says nothing.
  private(set) var pageAxes: [(name: String, size: Int)]?
  /// µm along z, y, x; nil when unknown.
  private(set) var voxelSize: [Double]?
  /// Who wrote the text, for messages.
  private(set) var writer = ""
  /// Which page holds each plane; nil without OME-XML.
  private(set) var planes: OMEPlanes?

  /// - Parameter pixelsPerUnit: From the resolution of the page, along y and x.
  init(_ text: String, pixelsPerUnit: (y: Double, x: Double)?) {
    if text.hasPrefix("ImageJ=") {
      readImageJ(text, pixelsPerUnit)
    } else if let start = OMEPlanes.place(of: "<Pixels", in: text.utf8[...]) {
      let element = text[start...].prefix { $0 != ">" }
      let rest = text[element.endIndex...]
      readOME(element, content: rest[..<(OMEPlanes.place(of: "</Pixels", in: rest.utf8[...]) ?? rest.endIndex)])
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

  /// The attributes of the element `Pixels` and of the `TiffData` in it; nothing else of the XML is looked at, no entity
  /// is resolved.
  private mutating func readOME(_ element: Substring, content: Substring) {
    writer = "OME-XML"
    func attribute(_ name: String) -> String? { OMEPlanes.attribute(name, of: element) }
    let order = attribute("DimensionOrder") ?? "XYZCT"
    guard order.count == 5, order.hasPrefix("XY") else { return }
    pageAxes = order.dropFirst(2).reversed().map { letter in
      (letter.lowercased(), attribute("Size\(letter)").flatMap { Int($0) } ?? 1)
    }
    // Samples of a pixel count as channels, though they share a page.
    let samples = OMEPlanes.place(of: "<Channel", in: content.utf8[...])
      .flatMap { OMEPlanes.attribute("SamplesPerPixel", of: content[$0...].prefix { $0 != ">" }) }.flatMap { Int($0) }
    planes = OMEPlanes(
      content,
      axes: order.dropFirst(2).map { letter in
        let extent = attribute("Size\(letter)").flatMap { Int($0) } ?? 1
        let perPage = letter == "C" ? max(samples ?? 1, 1) : 1
        return (letter, extent % perPage == 0 ? extent / perPage : extent)
      })
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
