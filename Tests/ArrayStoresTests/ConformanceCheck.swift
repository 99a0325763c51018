import Fingerprints
import Foundation
import SystemPackage

@testable import ArrayStores

/// Reads one case of the corpus and says what came of it.
struct ConformanceCheck {
  enum Verdict: Equatable {
    case passed
    /// Not read, by name, where the corpus allows that.
    case refused
    case failed
  }

  let test: Corpus.Case
  private(set) var mistakes: [String] = []
  private(set) var refusals: [String] = []
  /// The most that a process took for the case.
  private(set) var kibibytes = 0

  init(_ test: Corpus.Case) { self.test = test }

  /// Runs the case: first in processes of its own, then, where none of those died, what only this process can ask.
  mutating func run() async throws -> Verdict {
    if test.level == "broken" { try await checkBrokenInChildren() } else { try await checkGoodInChildren() }
    if mistakes.isEmpty {
      if test.level == "broken" { checkBroken() } else { checkGood() }
    }
    return !mistakes.isEmpty ? .failed : refusals.isEmpty ? .passed : .refused
  }

  mutating func expect(_ isTrue: Bool, _ mistake: @autoclosure () -> String) {
    if !isTrue { mistakes.append(mistake()) }
  }

  mutating func refused(_ words: String) { refusals.append(words) }

  mutating func took(_ kibibytes: Int) { self.kibibytes = max(self.kibibytes, kibibytes) }

  // MARK: - Good cases

  private mutating func checkGood() {
    for expected in test.arrays where test.kind != "equivalence" {
      let name = expected["path"]?.text ?? ""
      attempt(name, expected["level"]?.text ?? test.level) { try $0.checkArray(name, expected) }
    }
    attempt("", test.level) { check in
      for group in check.test.expected["groups"]?.list ?? [] { try check.checkGroup(group) }
      for image in check.test.expected["images"]?.list ?? [] { try check.checkImage(image) }
      check.checkAbsent()
    }
  }

  /// A refusal by name is fine for what is exotic, and counted for what should be read.
  private mutating func attempt(_ name: String, _ level: String, _ body: (inout Self) throws -> Void) {
    do {
      try body(&self)
    } catch let error as ArrayStoreError {
      if Self.mayRefuse(level, error.code.description) {
        refusals.append("\(name): \(error)")
      } else {
        mistakes.append("\(name): \(error)")
      }
    } catch {
      mistakes.append("\(name): \(error)")
    }
  }

  /// Whether an array of a level may be refused with an error of a name.
  static func mayRefuse(_ level: String, _ error: String) -> Bool {
    error.hasPrefix("unsupported_") && ["exotic", "extended"].contains(level)
  }

  func open(_ name: String) throws -> any StoredArray {
    switch test.kind {
    case "hdf5": try HDF5File(opening: test.path).array(name)
    case "tiff", "tiff-sequence", "tiff-tiles":
      try TIFFArray(opening: name.isEmpty ? test.path : test.path.appending(name))
    default: try ZarrArray(opening: test.path, array: name)
    }
  }

  private mutating func checkArray(_ name: String, _ expected: CanonicalValue) throws {
    if test.kind == "hdf5", expected["shape"] == .null {
      let dataset = try HDF5File(opening: test.path).datasets().first { $0.path == name }
      return expect(dataset?.type == nil && dataset?.shape == [], "\(name): it has no elements")
    }
    if expected["columns"] != nil { return try checkTable(name, expected) }
    if test.kind == "hdf5", expected["dtype"]?.text == "string" { return try checkTexts(name, expected) }
    let array = try open(name)
    let shape = expected["shape"]?.integers ?? []
    expect(array.shape == shape, "\(name): shape \(array.shape)")
    expect(array.type.rawValue == expected["dtype"]?.text, "\(name): type \(array.type)")
    guard array.shape == shape else { return }
    for region in expected["regions"]?.list ?? [] {
      let box = Region(start: region["start"]?.integers ?? [], shape: region["shape"]?.integers ?? [])
      let found = Digest.of(try array.read(box).bytes).hex
      expect(found == region["sha256"]?.text, "\(name) \(box): other values")
    }
    for sample in expected["samples"]?.list ?? [] {
      let index = sample["index"]?.integers ?? []
      let bytes = try array.read(start: index, shape: index.map { _ in 1 }).bytes
      expect(Hex.text(bytes) == sample["hex"]?.text, "\(name) \(index): \(Hex.text(bytes))")
    }
    if let zarr = array as? ZarrArray { checkZarr(name, zarr, expected) }
    if let tiff = array as? TIFFArray, let size = expected["spacing_um"]?.numbers {
      let found = tiff.voxelSize ?? []
      expect(zip(found, size).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == size.count, "voxel size \(found)")
      expect(expected["axes"]?.text?.lowercased() == tiff.axes.joined(), "axes \(tiff.axes)")
    }
  }

  private mutating func checkZarr(_ name: String, _ array: ZarrArray, _ expected: CanonicalValue) {
    if let chunk = expected["chunk_shape"]?.integers {
      let isFine = array.chunkShape == chunk || test.contradicts(chunk, of: name)
      expect(isFine, "\(name): chunks \(array.chunkShape)")
    }
    if let shard = expected["shard_shape"]?.integers {
      expect(array.shardShape == shard, "\(name): shards \(array.shardShape ?? [])")
    }
    if let fill = expected["fill_hex"]?.text {
      expect(Hex.text(array.fillValue.bytes) == fill, "\(name): fill \(Hex.text(array.fillValue.bytes))")
    }
    if let names = expected["dimension_names"]?.list {
      expect(array.dimensionNames ?? [] == names.map(\.text), "\(name): names \(array.dimensionNames ?? [])")
    }
    if let attributes = expected["attributes"] {
      expect(array.attributes == attributes, "\(name): attributes \(array.attributes)")
    }
  }

  private mutating func checkTexts(_ name: String, _ expected: CanonicalValue) throws {
    let texts = try HDF5File(opening: test.path).texts(name)
    expect(texts.shape == expected["shape"]?.integers, "\(name): shape \(texts.shape)")
    expect(texts.values == expected["values"]?.list?.compactMap(\.text), "\(name): \(texts.values)")
  }

  private mutating func checkTable(_ name: String, _ expected: CanonicalValue) throws {
    let columns = try HDF5File(opening: test.path).table(name)
    guard case .map(let wanted)? = expected["columns"] else { return }
    expect(Set(columns.map(\.name)) == Set(wanted.keys), "\(name): columns \(columns.map(\.name))")
    for column in columns {
      guard let facts = wanted[column.name] else { continue }
      switch column.values {
      case .texts(let texts): expect(texts == facts["values"]?.list?.compactMap(\.text), "\(column.name): \(texts)")
      case .numbers(let array):
        expect(array.shape == facts["shape"]?.integers, "\(column.name): shape \(array.shape)")
        expect(Digest.of(array.bytes).hex == facts["sha256"]?.text, "\(column.name): other values")
      }
    }
  }

  private mutating func checkGroup(_ expected: CanonicalValue) throws {
    let name = expected["path"]?.text ?? ""
    let members = expected["members"]?.list?.compactMap(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if test.kind == "hdf5" {
      let file = try HDF5File(opening: test.path)
      let found = try file.members(of: name)
      expect(members.map { $0 == found } ?? true, "\(name): members \(found)")
      guard case .map(let wanted)? = expected["attributes"] else { return }
      let attributes = try file.attributes(of: name).mapValues(\.canonical)
      // An attribute without a shape has no value.
      expect(attributes == wanted.filter { $0.value != .null }, "\(name): attributes \(attributes)")
    } else {
      let group = try ZarrGroup(opening: test.path, group: name)
      let found = try group.members()
      expect(members.map { $0 == found } ?? true, "\(name): members \(found)")
      if let attributes = expected["attributes"] {
        expect(group.attributes == attributes, "\(name): attributes \(group.attributes)")
      }
    }
  }

  private mutating func checkImage(_ expected: CanonicalValue) throws {
    let path = expected["path"]?.text ?? ""
    let image = try OMEZarrImage(opening: FolderSource(test.path), image: path)
    expect(image.version == expected["version"]?.text, "version \(image.version)")
    for (axis, wanted) in zip(image.axes, expected["axes"]?.list ?? []) {
      expect(axis.name == wanted["name"]?.text && axis.type == wanted["type"]?.text, "axis \(axis)")
      expect(axis.unit == wanted["unit"]?.text, "axis \(axis)")
    }
    let levels = expected["levels"]?.list ?? []
    expect(levels.count == image.levels.count && image.axes.count == expected["axes"]?.list?.count, "\(image.levels)")
    for (index, (level, wanted)) in zip(image.levels, levels).enumerated() {
      func isNear(_ found: [Double], _ key: String) -> Bool {
        let numbers = wanted[key]?.numbers ?? []
        return found.count == numbers.count && zip(found, numbers).allSatisfy { abs($0 - $1) < 1e-9 }
      }
      expect(level.path == wanted["path"]?.text, "level \(level.path)")
      expect(isNear(level.scale, "scale") && isNear(level.translation, "translation"), "level \(level)")
      let shape = try image.array(level: index).shape
      expect(shape == wanted["shape"]?.integers, "level \(level.path): shape \(shape)")
    }
    for (channel, wanted) in zip(image.channels, expected["channels"]?.list ?? []) {
      expect(channel.label == wanted["label"]?.text && channel.color == wanted["color"]?.text, "channel \(channel)")
      expect(channel.end == wanted["window"]?["end"]?.numbers(1)?[0], "channel \(channel)")
    }
    let labels = (expected["labels"] ?? test.expected["labels"])?.list?.compactMap(\.text) ?? []
    if path.isEmpty, !labels.isEmpty {
      let found = try image.labels()
      expect(found == labels, "labels \(found)")
      for label in labels { _ = try image.label(label) }
    }
  }

  private mutating func checkAbsent() {
    let names = (test.expected["not_found"]?.list ?? []) + (test.expected["absent"]?.list ?? [])
    for name in names.compactMap(\.text) {
      do {
        _ = try open(name)
        mistakes.append("'\(name)' was found")
      } catch {
        let code = (error as? ArrayStoreError)?.code
        expect(code == .notFound || code == .metadataMissing, "'\(name)': \(error)")
      }
    }
  }

  // MARK: - Broken cases

  /// What must be readable although another chunk is broken, and what only an API can be asked.
  private mutating func checkBroken() {
    for region in test.expected["still_readable"]?.list ?? [] {
      let box = Region(start: region["start"]?.integers ?? [], shape: region["shape"]?.integers ?? [])
      do {
        let bytes = try open(region["path"]?.text ?? "").read(box).bytes
        expect(Digest.of(bytes).hex == region["sha256"]?.text, "\(box): other values")
      } catch {
        mistakes.append("\(box): \(error)")
      }
    }
    for name in test.names("read_as_string") {
      expectRefusal("'\(name)' as texts") { _ = try HDF5File(opening: $0.path).texts(name) }
    }
    for name in test.names("open_as_group") {
      expectRefusal("'\(name)' as a group") { test in
        if test.kind == "hdf5" {
          _ = try HDF5File(opening: test.path).members(of: name)
        } else {
          _ = try ZarrGroup(opening: test.path, group: name)
        }
      }
    }
  }

  private mutating func expectRefusal(_ what: String, _ body: (Corpus.Case) throws -> Void) {
    do {
      try body(test)
      expect(test.outcomes.contains(nil), "\(what) was read")
    } catch let error as ArrayStoreError {
      expect(test.outcomes.contains(error.code.description), "\(what): \(error)")
    } catch {
      mistakes.append("\(what): \(error)")
    }
  }
}

enum Hex {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension CanonicalValue {
  /// The value as so many numbers.
  func numbers(_ count: Int) -> [Double]? {
    let all = CanonicalValue.list([self]).numbers
    return all?.count == count ? all : nil
  }
}

extension HDF5File.Attribute {
  /// As the corpus writes it: nested lists, NaN as a text.
  var canonical: CanonicalValue {
    switch self {
    case .text(let text): .text(text)
    case .texts(let texts): .list(texts.map { .text($0) })
    case .array(let array): Self.nested(Self.numbers(array)[...], array.shape)
    }
  }

  private static func numbers(_ array: NDArray) -> [CanonicalValue] {
    func real(_ value: Double) -> CanonicalValue { value.isNaN ? "NaN" : .number(value) }
    switch array.type {
    case .bool: return array.bytes.map { .boolean($0 == 1) }
    case .float32: return ((try? array.values(as: Float.self)) ?? []).map { real(Double($0)) }
    case .float64: return ((try? array.values(as: Double.self)) ?? []).map(real)
    case .uint64:
      return ((try? array.values(as: UInt64.self)) ?? []).map {
        Int64(exactly: $0).map { .integer($0) } ?? .number(Double($0))
      }
    case .int64: return ((try? array.values(as: Int64.self)) ?? []).map { .integer($0) }
    default: return array.floats().map { .integer(Int64($0)) }
    }
  }

  private static func nested(_ values: ArraySlice<CanonicalValue>, _ shape: [Int]) -> CanonicalValue {
    guard let first = shape.first else { return values.first ?? .null }
    let size = values.count / max(first, 1)
    return .list((0..<first).map { nested(values.dropFirst($0 * size).prefix(size), Array(shape.dropFirst())) })
  }
}
