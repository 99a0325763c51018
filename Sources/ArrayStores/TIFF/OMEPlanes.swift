/// Which page of a file holds each plane of an image, from the elements `TiffData` of OME-XML.
struct OMEPlanes: Sendable {
  /// The page of each plane, in the order of the planes; empty where pages follow the planes.
  private(set) var pages: [Int] = []
  /// Whether planes are said to lie in more than one file.
  private(set) var areInSeveralFiles = false
  /// Whether the elements name a plane twice, one that does not exist, or not all of them.
  private(set) var isInvalid = false

  /// - Parameters:
  ///   - pixels: The content of the element `Pixels`.
  ///   - axes: The axes of the planes with their extents, fastest first.
  init(_ pixels: Substring, axes: [(name: Character, size: Int)]) {
    var files: Set<String> = []
    var known: [Int: Int] = [:]
    var count = 1
    for axis in axes {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis.size)
      guard !overflow, axis.size > 0, product <= Self.maximumPlanes else { return }
      count = product
    }
    var rest = pixels.utf8[...]
    while let start = Self.place(of: "<TiffData", in: rest) {
      let element = rest[start...].prefix { $0 != UInt8(ascii: ">") }
      rest = rest[element.endIndex...]
      let next = Self.place(of: "<TiffData", in: rest) ?? rest.endIndex
      if let name = Self.attribute("FileName", of: Substring(rest[..<next])) { files.insert(name) }
      guard known.count <= count else { break }
      note(element: Substring(element), axes, count, &known)
    }
    areInSeveralFiles = files.count > 1
    if known.isEmpty || isInvalid { return }
    let all = (0..<count).compactMap { known[$0] }
    isInvalid = all.count != count || Set(all).count != count
    if !isInvalid, all != Array(0..<count) { pages = all }
  }

  private static let maximumPlanes = 1 << 20

  /// `IFD` is the page of the first plane, `First.` its place, `PlaneCount` how many follow one another.
  private mutating func note(
    element: Substring, _ axes: [(name: Character, size: Int)], _ count: Int, _ known: inout [Int: Int]
  ) {
    func number(_ name: String) -> Int? { Self.attribute(name, of: element).flatMap { Int($0) } }
    var (first, stride) = (0, 1)
    for axis in axes {
      let place = number("First\(axis.name)") ?? 0
      guard (0..<axis.size).contains(place) else {
        isInvalid = true
        return
      }
      first += place * stride
      stride *= axis.size
    }
    let page = number("IFD")
    // Without a page all planes from the first one on; with one, that plane alone.
    let length = number("PlaneCount") ?? (page == nil ? count - first : 1)
    guard length >= 0, length <= count - first, (page ?? 0) >= 0, (page ?? 0) <= Self.maximumPlanes else {
      isInvalid = true
      return
    }
    for step in 0..<length where known.updateValue((page ?? 0) + step, forKey: first + step) != nil {
      isInvalid = true
    }
  }

  /// The value of an attribute of the first element of a text.
  static func attribute(_ name: String, of element: Substring) -> String? {
    guard let start = place(of: " " + name + "=\"", in: element.utf8[...]) else { return nil }
    return String(element[start...].dropFirst(name.count + 3).prefix { $0 != "\"" })
  }

  static func place(of word: String, in text: Substring.UTF8View.SubSequence) -> String.Index? {
    let wanted = Array(word.utf8)
    var index = text.startIndex
    while index < text.endIndex {
      if text[index] == wanted[0], text[index...].starts(with: wanted) { return index }
      index = text.index(after: index)
    }
    return nil
  }
}
