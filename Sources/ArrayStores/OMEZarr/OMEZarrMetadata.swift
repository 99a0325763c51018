import Fingerprints

/// What the attributes of a group say about an image, checked.
struct OMEZarrMetadata {
  let version: String
  let name: String?
  let axes: [OMEZarrImage.Axis]
  let levels: [OMEZarrImage.Level]
  let channels: [OMEZarrImage.Channel]

  init(_ attributes: CanonicalValue, zarrVersion: Int) throws {
    var metadata = try Entries(attributes, "the attributes")
    if zarrVersion == 3 { metadata = try Entries(try metadata.required("ome"), "'ome'") }
    guard let first = try metadata.list("multiscales").first else {
      throw ArrayStoreError(.metadataInvalid, "'multiscales' is empty: this is no image")
    }
    let image = try Entries(first, "'multiscales'")
    version = try Self.version(zarrVersion == 3 ? metadata["version"] : image["version"], zarrVersion)
    name = if case .text(let name)? = image["name"] { name } else { nil }
    axes = try Self.axes(try image.list("axes"))
    let rank = axes.count
    let outer = try image["coordinateTransformations"].map { try Transformation($0, rank: rank, needsScale: false) }
    levels = try image.list("datasets").map { dataset in
      let entries = try Entries(dataset, "a dataset")
      let inner = try Transformation(try entries.required("coordinateTransformations"), rank: rank, needsScale: true)
      let whole = inner.followed(by: outer)
      return OMEZarrImage.Level(path: try entries.text("path"), scale: whole.scale, translation: whole.translation)
    }
    guard !levels.isEmpty else { throw ArrayStoreError(.metadataInvalid, "'datasets' is empty") }
    channels = try metadata["omero"].map { try Self.channels(try Entries($0, "'omero'")) } ?? []
  }

  /// The names in the attributes of a group of labels.
  static func labels(_ attributes: CanonicalValue, zarrVersion: Int) throws -> [String] {
    var metadata = try Entries(attributes, "the attributes")
    if zarrVersion == 3 { metadata = try Entries(try metadata.required("ome"), "'ome'") }
    return try metadata.list("labels").map { value in
      guard case .text(let name) = value else {
        throw ArrayStoreError(.metadataInvalid, "'labels' holds \(value), which is not a text")
      }
      return name
    }
  }

  // MARK: -

  private static func version(_ value: CanonicalValue?, _ zarrVersion: Int) throws -> String {
    let expected = zarrVersion == 3 ? "0.5" : "0.4"
    switch value {
    case .text(expected): return expected
    case nil where zarrVersion == 2: return expected
    case .text(let other): throw ArrayStoreError(.unsupportedVersion, "OME-Zarr \(other) is not supported here")
    default: throw ArrayStoreError(.metadataInvalid, "the version of OME-Zarr is not a text")
    }
  }

  private static func axes(_ values: [CanonicalValue]) throws -> [OMEZarrImage.Axis] {
    let axes = try values.map { value in
      let entries = try Entries(value, "an axis")
      return OMEZarrImage.Axis(
        name: try entries.text("name"), type: try entries.optionalText("type"), unit: try entries.optionalText("unit"))
    }
    guard (2...5).contains(axes.count) else {
      throw ArrayStoreError(.metadataInvalid, "an image has two to five axes, not \(axes.count)")
    }
    guard Set(axes.map(\.name)).count == axes.count else {
      throw ArrayStoreError(.metadataInvalid, "two axes have the same name")
    }
    // Time comes first, then channels and the like, then space.
    let ranks = axes.map { $0.type == "time" ? 0 : $0.type == "space" ? 2 : 1 }
    guard ranks == ranks.sorted(), (2...3).contains(ranks.count { $0 == 2 }), ranks.count(where: { $0 == 0 }) <= 1,
      ranks.count(where: { $0 == 1 }) <= 1
    else {
      throw ArrayStoreError(.metadataInvalid, "the axes are not time, channel and two or three of space, in this order")
    }
    return axes
  }

  private static func channels(_ omero: Entries) throws -> [OMEZarrImage.Channel] {
    guard omero["channels"] != nil else { return [] }
    return try omero.list("channels").map { value in
      let entries = try Entries(value, "a channel")
      let window = try entries["window"].map { try Entries($0, "'window'") }
      func bound(_ key: String) throws -> Double? {
        guard let window, let value = window[key], value != .null else { return nil }
        switch value {
        case .number(let number): return number
        case .integer(let number): return Double(number)
        default: throw ArrayStoreError(.metadataInvalid, "'\(key)' of a window is not a number")
        }
      }
      return OMEZarrImage.Channel(
        label: try entries.optionalText("label"), color: try entries.optionalText("color"),
        isActive: entries["active"] != .boolean(false), start: try bound("start"), end: try bound("end"),
        minimum: try bound("min"), maximum: try bound("max"))
    }
  }

  /// A scale, then a translation.
  private struct Transformation {
    var scale: [Double]
    var translation: [Double]

    init(_ value: CanonicalValue, rank: Int, needsScale: Bool) throws {
      (scale, translation) = ([Double](repeating: 1, count: rank), [Double](repeating: 0, count: rank))
      guard case .list(let steps) = value else {
        throw ArrayStoreError(.metadataInvalid, "'coordinateTransformations' is not a list")
      }
      var kinds: [String] = []
      for step in steps {
        let entries = try Entries(step, "a transformation")
        let kind = try entries.text("type")
        kinds.append(kind)
        switch kind {
        case "scale":
          scale = try entries.numbers("scale", count: rank)
          guard scale.allSatisfy({ $0 > 0 }) else {
            throw ArrayStoreError(.metadataInvalid, "scale \(scale) is not positive")
          }
        case "translation": translation = try entries.numbers("translation", count: rank)
        case "identity" where !needsScale: kinds.removeLast()
        default: throw ArrayStoreError(.unsupportedExtension, "transformation '\(kind)' is not supported")
        }
      }
      guard [["scale"], ["scale", "translation"]].contains(kinds) || kinds.isEmpty && !needsScale else {
        throw ArrayStoreError(
          .metadataInvalid, "transformations \(kinds) are not one scale and at most one translation after it")
      }
    }

    func followed(by outer: Transformation?) -> Transformation {
      guard let outer else { return self }
      var whole = self
      for axis in scale.indices {
        whole.scale[axis] *= outer.scale[axis]
        whole.translation[axis] = translation[axis] * outer.scale[axis] + outer.translation[axis]
      }
      return whole
    }
  }
}

/// A map whose entries must have certain types.
private struct Entries {
  private let entries: [String: CanonicalValue]

  init(_ value: CanonicalValue, _ what: String) throws {
    guard case .map(let entries) = value else { throw ArrayStoreError(.metadataInvalid, "\(what) is not an object") }
    self.entries = entries
  }

  subscript(key: String) -> CanonicalValue? { entries[key] }

  func required(_ key: String) throws -> CanonicalValue {
    guard let value = entries[key] else { throw ArrayStoreError(.metadataInvalid, "'\(key)' is missing") }
    return value
  }

  func list(_ key: String) throws -> [CanonicalValue] {
    guard case .list(let values) = try required(key) else {
      throw ArrayStoreError(.metadataInvalid, "'\(key)' is not a list")
    }
    return values
  }

  func text(_ key: String) throws -> String {
    guard case .text(let text) = try required(key) else {
      throw ArrayStoreError(.metadataInvalid, "'\(key)' is not a text")
    }
    return text
  }

  func optionalText(_ key: String) throws -> String? {
    guard let value = entries[key], value != .null else { return nil }
    return try text(key)
  }

  func numbers(_ key: String, count: Int) throws -> [Double] {
    let numbers = try list(key).map { value -> Double in
      switch value {
      case .number(let number) where number.isFinite: return number
      case .integer(let number): return Double(number)
      default: throw ArrayStoreError(.metadataInvalid, "'\(key)' holds \(value), which is not a finite number")
      }
    }
    guard numbers.count == count else {
      throw ArrayStoreError(.metadataInvalid, "'\(key)' has \(numbers.count) entries for \(count) axes")
    }
    return numbers
  }
}
