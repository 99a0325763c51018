import Fingerprints
import Foundation
import Neural
import SystemPackage
import Tensors
import Testing

@testable import Artifacts

@Suite struct SafetensorsTests {
  // MARK: - What the format's own package writes

  private func fixture(_ name: String, _ type: String) throws -> FilePath {
    FilePath(try #require(Foundation.Bundle.module.path(forResource: name, ofType: type, inDirectory: "Fixtures")))
  }

  private struct Expected: Decodable {
    struct Values: Decodable {
      let shape: [Int]
      let bits: [UInt32]
    }
    let metadata: [String: String]
    let tensors: [String: Values]
  }

  @Test(arguments: ["types", "shapes", "none", "unordered"])
  func `a file of the safetensors package is read to the bit`(_ name: String) throws {
    let path = try fixture(name, "safetensors")
    let json = try Data(contentsOf: URL(filePath: fixture(name, "json").string))
    let expected = try JSONDecoder().decode(Expected.self, from: json)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path.string)))
    for file in [try Safetensors(reading: path), try Safetensors(bytes: bytes)] {
      #expect(file.metadata == expected.metadata)
      #expect(Set(file.tensors.names) == Set(expected.tensors.keys))
      for (name, tensor) in file.tensors.entries {
        let values = try #require(expected.tensors[name])
        #expect(tensor.shape == values.shape)
        #expect(tensor.values.map(\.bitPattern) == values.bits, "\(name)")
      }
    }
  }

  @Test func `tensors come in the order of the header`() throws {
    #expect(try Safetensors(reading: fixture("unordered", "safetensors")).tensors.names == ["b", "a"])
  }

  // MARK: - What is malformed

  struct Malformed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let message: String

    /// A file with a header and zeros for values.
    init(_ name: String, _ header: String, values: Int = 0, length: UInt64? = nil, _ message: String) {
      self.init(name, header: Array(header.utf8), values: values, length: length, message)
    }

    init(_ name: String, header: [UInt8], values: Int = 0, length: UInt64? = nil, _ message: String) {
      testDescription = name
      let length = length ?? UInt64(header.count)
      bytes =
        (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header + [UInt8](repeating: 0, count: values)
      self.message = message
    }

    init(_ name: String, bytes: [UInt8], _ message: String) {
      (testDescription, self.bytes, self.message) = (name, bytes, message)
    }

    /// A header of one tensor.
    static func one(_ dtype: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]") -> String {
      "{\"a\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    /// A header of two tensors of two values.
    static func two(_ first: String, _ second: String) -> String {
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\(first)},"
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\(second)}}"
    }
  }

  @Test(arguments: headers + entries + places + numbers)
  func `a malformed file is refused with its reason`(_ file: Malformed) throws {
    let error = try #require(throws: SafetensorsError.self) { try Safetensors(bytes: file.bytes) }
    #expect(error.description == file.message)
    let folder = try TemporaryFolder()
    let path = folder.path.appending("file.safetensors")
    try Data(file.bytes).write(to: URL(filePath: path.string))
    let located = try #require(throws: SafetensorsError.self) { try Safetensors(reading: path) }
    #expect(located.description == "'\(path)': \(file.message)")
  }

  static let headers = [
    Malformed(
      "nothing", bytes: [],
      "the file has 0 bytes, but a safetensors file begins with 8 that give the length of its header; "
        + "was it cut short?"),
    Malformed(
      "seven bytes", bytes: [2, 0, 0, 0, 0, 0, 0],
      "the file has 7 bytes, but a safetensors file begins with 8 that give the length of its header; "
        + "was it cut short?"),
    Malformed(
      "a header longer than the file", "{}", length: 3,
      "the first 8 bytes give a header of 3 bytes, but only 2 follow; was the file cut short?"),
    Malformed(
      "a header longer than any", "{}", length: .max,
      "the first 8 bytes give a header of 18446744073709551615 bytes, the limit is 100000000; "
        + "is this a safetensors file?"),
    Malformed("no header", "", "the header does not begin with '{'; is this a safetensors file?"),
    Malformed("a header that is a list", "[]", "the header does not begin with '{'; is this a safetensors file?"),
    Malformed("space before the header", " {}", "the header does not begin with '{'; is this a safetensors file?"),
    Malformed(
      "a header cut short", "{\"a\":",
      "the header is not JSON: the document ends early, at byte 5; write the file again"
    ),
    Malformed(
      "something after the header", "{}x",
      "the header is not JSON: something follows the document, at byte 2; write the file again"),
    Malformed(
      "a name that is not UTF-8", header: Array("{\"".utf8) + [0xff] + Array("\":1}".utf8),
      "the header is not JSON: a text is not UTF-8, at byte 4; write the file again"),
    Malformed(
      "a name twice", "{\"a\":{},\"a\":{}}",
      "the header is not JSON: key 'a' stands twice, at byte 11; write the file again"),
    Malformed(
      "metadata that is a list", "{\"__metadata__\":[]}", "'__metadata__' is no object of texts; write the file again"),
    Malformed(
      "metadata of numbers", "{\"__metadata__\":{\"tau\":1}}",
      "'tau' of '__metadata__' is no text; write the file again"),
  ]

  static let entries = [
    Malformed("a tensor that is a number", "{\"a\":1}", "tensor 'a' has no text 'dtype'; write the file again"),
    Malformed(
      "a dtype that is a number", "{\"a\":{\"dtype\":32}}", "tensor 'a' has no text 'dtype'; write the file again"),
    Malformed(
      "an unknown dtype", Malformed.one("Q7"), values: 8,
      "tensor 'a' has the unknown dtype 'Q7'; known are F32, F64, F16, BF16 and I64"),
    Malformed(
      "a dtype that is not read", Malformed.one("I32"), values: 8,
      "tensor 'a' has the dtype I32, which is not read here; save it as F32 (F64, F16, BF16 and I64 are read too)"),
    Malformed(
      "no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", values: 4,
      "tensor 'a' has no list 'shape'; write the file again"),
    Malformed(
      "a negative length", Malformed.one("F32", "[-2]"), values: 8,
      "'shape' of tensor 'a' holds -2, expected whole numbers from 0 below 2^63"),
    Malformed(
      "a length of 2^63", Malformed.one("F32", "[9223372036854775808]"), values: 8,
      "'shape' of tensor 'a' holds 9223372036854775808, expected whole numbers from 0 below 2^63"),
    Malformed(
      "a length that is no whole number", Malformed.one("F32", "[2.0]"), values: 8,
      "'shape' of tensor 'a' holds 2.0, expected whole numbers from 0 below 2^63"),
    Malformed(
      "a length that is a text", Malformed.one("F32", "[\"2\"]"), values: 8,
      "'shape' of tensor 'a' holds \"2\", expected whole numbers from 0 below 2^63"),
    Malformed(
      "a product of lengths beyond 64 bits", Malformed.one("F32", "[4294967296,4294967296]"), values: 8,
      "tensor 'a' has the shape [4294967296, 4294967296], whose number of bytes does not fit 64 bits"),
    Malformed(
      "a number of bytes beyond 64 bits", Malformed.one("F32", "[4611686018427387904]"), values: 8,
      "tensor 'a' has the shape [4611686018427387904], whose number of bytes does not fit 64 bits"),
    Malformed(
      "no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", values: 8,
      "tensor 'a' has no list 'data_offsets'; write the file again"),
    Malformed(
      "one offset", Malformed.one("F32", "[2]", "[8]"), values: 8,
      "tensor 'a' has the data_offsets [8], expected begin and end in this order"),
    Malformed(
      "offsets in the wrong order", Malformed.one("F32", "[2]", "[8,0]"), values: 8,
      "tensor 'a' has the data_offsets [8, 0], expected begin and end in this order"),
    Malformed(
      "a shape larger than its bytes", Malformed.one("F32", "[3]"), values: 8,
      "tensor 'a' of type F32 and shape [3] takes 12 bytes, but its data_offsets [0, 8] hold 8"),
    Malformed(
      "a shape smaller than its bytes", Malformed.one("F64", "[]", "[0,12]"), values: 12,
      "tensor 'a' of type F64 and shape [] takes 8 bytes, but its data_offsets [0, 12] hold 12"),
  ]

  static let places = [
    Malformed(
      "values cut short", Malformed.one(), values: 7,
      "tensor 'a' takes the bytes 0..<8, but only 7 follow the header; was the file cut short?"),
    Malformed(
      "offsets far beyond the file", Malformed.one("F32", "[2]", "[9223372036854775799,9223372036854775807]"),
      values: 8,
      "tensor 'a' takes the bytes 9223372036854775799..<9223372036854775807, but only 8 follow the header; "
        + "was the file cut short?"),
    Malformed(
      "tensors that overlap", Malformed.two("[4,12]", "[0,8]"), values: 16,
      "tensor 'a' at the bytes 4..<12 overlaps 'b', which ends at 8; write the file again"),
    Malformed(
      "tensors at one place", Malformed.two("[0,8]", "[0,8]"), values: 8,
      "tensor 'b' at the bytes 0..<8 overlaps 'a', which ends at 8; write the file again"),
    Malformed(
      "a hole between tensors", Malformed.two("[0,8]", "[12,20]"), values: 20,
      "the bytes 8..<12 before tensor 'b' belong to no tensor; write the file again"),
    Malformed(
      "a hole at the beginning", Malformed.one("F32", "[2]", "[8,16]"), values: 16,
      "the bytes 0..<8 before tensor 'a' belong to no tensor; write the file again"),
    Malformed(
      "bytes at the end", Malformed.one(), values: 9,
      "the last 1 bytes of the file belong to no tensor; was something appended to it?"),
    Malformed(
      "bytes without tensors", "{}", values: 4,
      "the last 4 bytes of the file belong to no tensor; was something appended to it?"),
  ]

  static let numbers = [
    Malformed(
      "a count that Float32 would round", bytes: file("I64", 1 << 24 + 1),
      "tensor 'a' holds 16777217, which Float32 cannot hold; convert the tensor where the file was written"),
    Malformed(
      "a number beyond Float32", bytes: file("F64", (1e39).bitPattern),
      "tensor 'a' holds 1e+39, which Float32 cannot hold; convert the tensor where the file was written"),
  ]

  private static func file(_ dtype: String, _ pattern: UInt64) -> [UInt8] {
    Malformed("", Malformed.one(dtype, "[]"), "").bytes + (0..<8).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) }
  }

  @Test func `a file that is not there, and a folder, are said to be so`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("nothing.safetensors")
    let missing = try #require(throws: SafetensorsError.self) { try Safetensors(reading: path) }
    #expect(missing.description == "there is no file '\(path)'")
    let error = try #require(throws: SafetensorsError.self) { try Safetensors(reading: folder.path) }
    #expect(error.description == "'\(folder.path)': this is no file; name a safetensors file")
  }

  // MARK: - Written, then read

  @Test(arguments: 0..<40)
  func `what is written is read again`(seed: UInt64) throws {
    var random = Philox(seed: seed, purpose: "safetensors")
    var tensors = NamedTensors()
    for place in 0..<Int(random.uniform(in: 0...9)) {
      let shape = (0..<Int(random.uniform(in: 0...4.9))).map { _ in Int(random.uniform(in: 0...5.9)) }
      let isCount = random.uniform(in: 0...1) < 0.3
      let values = (0..<shape.reduce(1, *)).map { _ in
        let value = Float(random.uniform(in: -1e4...1e4))
        return isCount ? value.rounded() : value
      }
      let name = "\(place) \"µ\\\n" + (isCount ? "num_batches_tracked" : "weight")
      tensors[name] = Tensor(values, shape: shape)
    }
    let metadata = Dictionary(uniqueKeysWithValues: (0..<Int(seed % 4)).map { ("key \($0) \"", "text\t\($0)é") })
    let bytes = Safetensors(tensors, metadata: metadata).bytes
    let again = try Safetensors(bytes: bytes)
    #expect(again.metadata == metadata)
    #expect(again.tensors.names == tensors.names)
    for (mine, theirs) in zip(again.tensors.entries, tensors.entries) {
      #expect(mine.tensor.shape == theirs.tensor.shape)
      #expect(mine.tensor.values == theirs.tensor.values)
    }
    #expect(again.bytes == bytes)
  }

  @Test func `no byte of a file can be changed so that reading it traps`() throws {
    let whole = Safetensors(try Sample.model().state, metadata: ["tau": "0.5"]).bytes
    let bytes = Array(whole.prefix(8 + 400))
    for place in 0..<bytes.count {
      for change in [0x01, 0x10, 0x80] as [UInt8] {
        var changed = whole
        changed[place] ^= change
        // It is either read or refused.
        _ = try? Safetensors(bytes: changed)
      }
    }
  }
}
