import Fingerprints

/// The JSON header of a safetensors file, checked against the number of bytes that follow it.
struct SafetensorsHeader {
  /// A tensor's place among the values.
  struct Entry {
    let name: String
    let element: SafetensorsElement
    let shape: [Int]
    /// Bytes from the end of the header.
    let range: Range<Int>
  }

  /// No header is longer, in bytes; the limit of the reference implementation.
  static let largest = 100_000_000

  /// In the order of the header.
  let entries: [Entry]
  /// Texts by name.
  let metadata: [String: String]

  /// The length of the header, which is what the first eight bytes say.
  ///
  /// - Parameter fileSize: The bytes of the whole file.
  static func length(_ first: some Sequence<UInt8>, fileSize: Int) throws(SafetensorsError) -> Int {
    guard fileSize >= 8 else {
      throw SafetensorsError(
        "the file has \(fileSize) bytes, but a safetensors file begins with 8 that give the length of its header; "
          + "was it cut short?")
    }
    let length = first.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    guard length <= UInt64(largest) else {
      throw SafetensorsError(
        "the first 8 bytes give a header of \(length) bytes, the limit is \(largest); is this a safetensors file?")
    }
    guard length <= UInt64(fileSize - 8) else {
      throw SafetensorsError(
        "the first 8 bytes give a header of \(length) bytes, but only \(fileSize - 8) follow; was the file cut short?")
    }
    return Int(length)
  }

  /// Reads a header.
  ///
  /// - Parameter valueBytes: The bytes that follow it.
  init(_ json: [UInt8], valueBytes: Int) throws(SafetensorsError) {
    guard json.first == UInt8(ascii: "{") else {
      throw SafetensorsError("the header does not begin with '{'; is this a safetensors file?")
    }
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    guard case .object(let fields) = try Self.document(json) else {
      throw SafetensorsError("the header is no JSON object; write the file again")
    }
    for field in fields {
      if field.key == "__metadata__" {
        metadata = try Self.metadata(field.value)
      } else {
        entries.append(try Self.entry(field))
      }
    }
    (self.entries, self.metadata) = (entries, metadata)
    try checkPlaces(valueBytes: valueBytes)
  }

  // MARK: - Private

  private static func document(_ json: [UInt8]) throws(SafetensorsError) -> JSON {
    do {
      return try JSON(parsing: json)
    } catch {
      throw SafetensorsError("the header is not JSON: \(error); write the file again")
    }
  }

  private static func metadata(_ json: JSON) throws(SafetensorsError) -> [String: String] {
    guard case .object(let fields) = json else {
      throw SafetensorsError("'__metadata__' is no object of texts; write the file again")
    }
    var metadata: [String: String] = [:]
    for field in fields {
      guard case .text(let text) = field.value else {
        throw SafetensorsError("'\(field.key)' of '__metadata__' is no text; write the file again")
      }
      metadata[field.key] = text
    }
    return metadata
  }

  private static func entry(_ field: JSON.Entry) throws(SafetensorsError) -> Entry {
    let name = field.key
    let element = try element(field.value["dtype"], of: name)
    let shape = try integers(field.value["shape"], "shape", of: name)
    let offsets = try integers(field.value["data_offsets"], "data_offsets", of: name)
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw SafetensorsError("tensor '\(name)' has the data_offsets \(offsets), expected begin and end in this order")
    }
    guard let bytes = product(shape + [element.size]) else {
      throw SafetensorsError("tensor '\(name)' has the shape \(shape), whose number of bytes does not fit 64 bits")
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw SafetensorsError(
        "tensor '\(name)' of type \(element.rawValue) and shape \(shape) takes \(bytes) bytes, "
          + "but its data_offsets \(offsets) hold \(offsets[1] - offsets[0])")
    }
    return Entry(name: name, element: element, shape: shape, range: offsets[0]..<offsets[1])
  }

  private static func element(_ json: JSON?, of name: String) throws(SafetensorsError) -> SafetensorsElement {
    guard case .text(let type)? = json else {
      throw SafetensorsError("tensor '\(name)' has no text 'dtype'; write the file again")
    }
    if let element = SafetensorsElement(rawValue: type) { return element }
    guard SafetensorsElement.refused.contains(type) else {
      throw SafetensorsError("tensor '\(name)' has the unknown dtype '\(type)'; known are F32, F64, F16, BF16 and I64")
    }
    throw SafetensorsError(
      "tensor '\(name)' has the dtype \(type), which is not read here; "
        + "save it as F32 (F64, F16, BF16 and I64 are read too)")
  }

  private static func integers(_ json: JSON?, _ key: String, of name: String) throws(SafetensorsError) -> [Int] {
    guard case .list(let items)? = json else {
      throw SafetensorsError("tensor '\(name)' has no list '\(key)'; write the file again")
    }
    var integers: [Int] = []
    for item in items {
      guard case .number(let text) = item, let integer = Int(text), integer >= 0 else {
        throw SafetensorsError(
          "'\(key)' of tensor '\(name)' holds \(item.compact), expected whole numbers from 0 below 2^63")
      }
      integers.append(integer)
    }
    return integers
  }

  /// Nil where it does not fit.
  private static func product(_ factors: [Int]) -> Int? {
    if factors.contains(0) { return 0 }
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// The tensors, by their place, must fill the values without hole and overlap.
  private func checkPlaces(valueBytes: Int) throws(SafetensorsError) {
    var end = 0
    var last: String?
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in sorted {
      let range = "\(entry.range.lowerBound)..<\(entry.range.upperBound)"
      guard entry.range.upperBound <= valueBytes else {
        throw SafetensorsError(
          "tensor '\(entry.name)' takes the bytes \(range), but only \(valueBytes) follow the header; "
            + "was the file cut short?")
      }
      guard entry.range.lowerBound >= end else {
        throw SafetensorsError(
          "tensor '\(entry.name)' at the bytes \(range) overlaps '\(last ?? "")', which ends at \(end); "
            + "write the file again")
      }
      guard entry.range.lowerBound == end else {
        throw SafetensorsError(
          "the bytes \(end)..<\(entry.range.lowerBound) before tensor '\(entry.name)' belong to no tensor; "
            + "write the file again")
      }
      (end, last) = (entry.range.upperBound, entry.name)
    }
    guard end == valueBytes else {
      throw SafetensorsError(
        "the last \(valueBytes - end) bytes of the file belong to no tensor; was something appended to it?")
    }
  }
}
