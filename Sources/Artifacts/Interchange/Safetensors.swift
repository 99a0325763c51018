import Fingerprints
import Foundation
public import Neural
public import SystemPackage
import Tensors

/// Named tensors and texts in the safetensors format: eight bytes of header length, a JSON header, the values.
///
/// Format: github.com/huggingface/safetensors, README, section "Format". Read are F32, and as Float32 also F64, F16,
/// BF16 and I64 (see the errors); written are F32, and I64 for the counts that PyTorch keeps as such.
public struct Safetensors: Sendable {
  /// The tensors in the order of the header.
  public let tensors: NamedTensors
  /// What stands under `__metadata__`.
  public let metadata: [String: String]

  /// A file of tensors and texts.
  public init(_ tensors: NamedTensors, metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  // MARK: - Reading

  /// Reads the bytes of a file; nothing in them is believed before it is checked.
  ///
  /// - Throws: `SafetensorsError` for a header that is too long, cut short, no JSON or has a name twice; for offsets
  ///   outside the file, that overlap, leave holes or do not agree with type and shape; for a type that is not read
  ///   here, and a number that Float32 cannot hold (F64 beyond its range, I64 that it would round).
  public init(bytes: [UInt8]) throws {
    let length = try SafetensorsHeader.length(bytes, fileSize: bytes.count)
    let header = try SafetensorsHeader(Array(bytes[8..<8 + length]), valueBytes: bytes.count - 8 - length)
    try self.init(header) { bytes[8 + length + $0.lowerBound..<8 + length + $0.upperBound] }
  }

  /// Reads a file, tensor by tensor.
  ///
  /// - Throws: `SafetensorsError` as from bytes, and with the path for a file that cannot be read.
  public init(reading path: FilePath) throws {
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
      guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int else {
        throw SafetensorsError("this is no file; name a safetensors file")
      }
      let file = try FileHandle(forReadingFrom: URL(filePath: path.string))
      defer { file.closeFile() }
      let length = try SafetensorsHeader.length(try file.exactly(min(8, size)), fileSize: size)
      let header = try SafetensorsHeader(try file.exactly(length), valueBytes: size - 8 - length)
      try self.init(header) { range in
        try file.seek(toOffset: UInt64(8 + length + range.lowerBound))
        return try file.exactly(range.count)[...]
      }
    } catch let error as SafetensorsError {
      throw SafetensorsError("'\(path)': \(error)")
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
      throw SafetensorsError("there is no file '\(path)'")
    } catch let error as CocoaError {
      throw SafetensorsError("cannot read '\(path)': \(error.localizedDescription)")
    }
  }

  private init(_ header: SafetensorsHeader, bytes: (Range<Int>) throws -> ArraySlice<UInt8>) throws {
    metadata = header.metadata
    tensors = NamedTensors(
      try header.entries.map { entry in
        (entry.name, Tensor(try entry.element.floats(bytes(entry.range), of: entry.name), shape: entry.shape))
      })
  }

  // MARK: - Writing

  /// The file; equal tensors and texts give equal bytes.
  ///
  /// Tensors of 8-byte elements come first, so that each begins at a multiple of its element's size, which PyTorch's
  /// reader asks for.
  public var bytes: [UInt8] {
    let elements = tensors.entries.map { Self.element(of: $0.name, $0.tensor) }
    var values: [UInt8] = []
    values.reserveCapacity(8 * tensors.entries.reduce(0) { $0 + $1.tensor.count })
    var ranges = [Range<Int>](repeating: 0..<0, count: elements.count)
    for kind in [SafetensorsElement.int64, .float32] {
      for (place, entry) in tensors.entries.enumerated() where elements[place] == kind {
        let start = values.count
        for value in entry.tensor.values { Self.append(value, as: kind, to: &values) }
        ranges[place] = start..<values.count
      }
    }
    let header = header(elements, ranges)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + values
  }

  /// The header, filled up with spaces to whole 8 bytes.
  private func header(_ elements: [SafetensorsElement], _ ranges: [Range<Int>]) -> [UInt8] {
    var fields: [JSON.Entry] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      fields.append(JSON.Entry("__metadata__", .object(texts.map { JSON.Entry($0.key, .text($0.value)) })))
    }
    func list(_ integers: [Int]) -> JSON { .list(integers.map { .number(String($0)) }) }
    for (place, (name, tensor)) in tensors.entries.enumerated() {
      let tensor: [JSON.Entry] = [
        JSON.Entry("dtype", .text(elements[place].rawValue)), JSON.Entry("shape", list(tensor.shape)),
        JSON.Entry("data_offsets", list([ranges[place].lowerBound, ranges[place].upperBound])),
      ]
      fields.append(JSON.Entry(name, .object(tensor)))
    }
    var header = Array(JSON.object(fields).compact.utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return header
  }

  /// PyTorch counts the batches that a batch norm has seen in 64-bit integers.
  private static func element(of name: String, _ tensor: Tensor) -> SafetensorsElement {
    let isCount = name.hasSuffix("num_batches_tracked") && tensor.values.allSatisfy { Int64(exactly: $0) != nil }
    return isCount ? .int64 : .float32
  }

  private static func append(_ value: Float, as element: SafetensorsElement, to bytes: inout [UInt8]) {
    let pattern = element == .int64 ? UInt64(bitPattern: Int64(value)) : UInt64(value.bitPattern)
    for byte in 0..<element.size { bytes.append(UInt8(truncatingIfNeeded: pattern >> UInt64(8 * byte))) }
  }
}

extension FileHandle {
  /// The next bytes, as many as asked for.
  fileprivate func exactly(_ count: Int) throws -> [UInt8] {
    let bytes = count == 0 ? [] : [UInt8](try read(upToCount: count) ?? Data())
    guard bytes.count == count else {
      throw SafetensorsError("the file ends early, \(count - bytes.count) bytes are missing; was it changed meanwhile?")
    }
    return bytes
  }
}
