import Fingerprints
import SystemPackage

@testable import ArrayStores

/// What the program says of a case in processes of its own, so that a signal, a time-out or a bomb is that case's alone.
extension ConformanceCheck {
  private var child: ConformanceChild { ConformanceChild(limits: test.limits) }

  /// Notes a process that did not end by itself within its limits; false for one.
  private mutating func ended(_ outcome: ConformanceChild.Outcome, _ what: String) -> Bool {
    took(outcome.kibibytes)
    let limits = test.limits
    if outcome.isLate {
      expect(false, "\(what): killed after \(limits.seconds) s")
    } else if outcome.signal != 0 || ![0, 5].contains(outcome.code) {
      expect(false, "\(what): ended with code \(outcome.code), signal \(outcome.signal): \(outcome.words)")
    } else {
      let mebibytes = Double(outcome.kibibytes) / 1_024
      expect(mebibytes <= limits.mebibytes, "\(what): took \(mebibytes) MiB, \(limits.mebibytes) are allowed")
      expect(outcome.document != nil, "\(what): no JSON but \(outcome.words)")
      expect((outcome.code == 0) == (outcome.error == nil), "\(what): code \(outcome.code), \(outcome.message)")
      if outcome.error != nil {
        let at = outcome.document?["at"]
        expect(at?["store"]?.text?.isEmpty == false && !outcome.message.isEmpty, "\(what): names no place")
      }
      return true
    }
    return false
  }

  // MARK: - Good cases

  mutating func checkGoodInChildren() async throws {
    if test.kind == "equivalence" { return try await checkEquivalence() }
    // Arrays in one store go to one process; tiles are files of their own.
    let whole = test.arrays.filter { $0["sha256"]?.text != nil }
    if test.kind == "tiff-tiles" {
      for expected in whole {
        let name = expected["path"]?.text ?? ""
        let path = name.isEmpty ? test.path : test.path.appending(name)
        let outcome = try await child.digest(path, kind: test.kind)
        if ended(outcome, name) { compare(outcome, "", expected) }
      }
    } else if !whole.isEmpty {
      let names = whole.map { $0["path"]?.text ?? "" }
      let isSingle = ["tiff", "tiff-sequence"].contains(test.kind)
      let outcome = try await child.digest(test.path, kind: test.arrayKind, isSingle ? [] : names)
      guard ended(outcome, test.id) else { return }
      for expected in whole { compare(outcome, expected["path"]?.text ?? "", expected) }
    }
    // And without a name, as a person would: an image with its levels, a file with all that is in it.
    guard test.isSmallEnoughToReadWhole else { return }
    let outcome = try await child.digest(test.path, kind: test.kind)
    guard ended(outcome, test.id), test.kind != "tiff-tiles", let error = outcome.error else { return }
    let levels = [test.level] + test.arrays.compactMap { $0["level"]?.text }
    expect(levels.contains { Self.mayRefuse($0, error) }, "as a whole: \(error): \(outcome.message)")
  }

  private mutating func compare(_ outcome: ConformanceChild.Outcome, _ name: String, _ expected: CanonicalValue) {
    guard let found = outcome.array(name) else {
      let failure = outcome.document?["failures"]?.list?.first { $0["at"]?["array"]?.text == name } ?? outcome.document
      let (error, message) = (failure?["error"]?.text ?? "", failure?["message"]?.text ?? outcome.words)
      let level = expected["level"]?.text ?? test.level
      if Self.mayRefuse(level, error) {
        refused("\(name): \(message) (\(error))")
      } else {
        expect(false, "\(name): \(message) (\(error))")
      }
      return
    }
    expect(found["shape"]?.integers == expected["shape"]?.integers, "\(name): shape \(found["shape"] ?? .null)")
    expect(found["type"]?.text == expected["dtype"]?.text, "\(name): type \(found["type"] ?? .null)")
    expect(found["sha256"]?.text == expected["sha256"]?.text, "\(name): other values")
    expect(found["digest"]?.text.flatMap { Digest(hex: $0) } != nil, "\(name): no digest")
  }

  /// Stores of equal values have one digest, whatever their format; those that differ have others.
  private mutating func checkEquivalence() async throws {
    var digests: [String: String] = [:]
    for list in ["equal", "different"] {
      for entry in test.expected[list]?.list ?? [] {
        let (file, name, kind) = (entry["file"]?.text ?? "", entry["path"]?.text ?? "", entry["kind"]?.text ?? "zarr")
        let isSingle = ["tiff", "tiff-sequence"].contains(kind)
        let outcome = try await child.digest(test.folder.appending(file), kind: kind, isSingle ? [] : [name])
        guard ended(outcome, file) else { continue }
        digests["\(list) \(file) \(name)"] = outcome.array(name)?["digest"]?.text ?? "\(outcome.message)"
        let facts = test.arrays.first { $0["file"]?.text == file && $0["path"]?.text ?? "" == name }
        if let facts { compare(outcome, name, facts) }
      }
    }
    let equal = Set(digests.filter { $0.key.hasPrefix("equal ") }.values)
    expect(equal.count == 1, "\(equal.count) digests of equal arrays: \(digests)")
    for (place, digest) in digests where place.hasPrefix("different ") {
      expect(!equal.contains(digest), "\(place) has the same digest")
    }
  }

  // MARK: - Broken cases

  /// What is asked for by name must be refused; where nothing is, reading all of the path must be.
  mutating func checkBrokenInChildren() async throws {
    let asked = ["open_as_dataset", "read_as_number", "open_as_array", "requests"].flatMap(test.names)
    for name in asked {
      let outcome = try await child.digest(test.path, kind: test.arrayKind, [name])
      if ended(outcome, "'\(name)'") { judge(outcome, "'\(name)'") }
    }
    guard asked.isEmpty, test.names("read_as_string").isEmpty else { return }
    let outcome = try await child.digest(test.path, kind: test.kind)
    guard ended(outcome, test.id) else { return }
    judge(outcome, test.id)
    if let number = test.expected["missing_number"]?.integers(1)?.first {
      expect(outcome.message.contains("\(number)"), "the missing number \(number) is not named: \(outcome.message)")
    }
    if let file = test.expected["at_file"]?.text {
      let place = (outcome.document?["at"]?["store"]?.text ?? "") + outcome.message
      expect(place.contains(file), "'\(file)' is not named: \(place)")
    }
    if let chunk = test.expected["at"]?["chunk"]?.integers, outcome.error != nil {
      let found = outcome.document?["at"]?["chunk"]?.integers
      expect(found == chunk, "chunk \(found.map { "\($0)" } ?? "none") is named instead of \(chunk)")
    }
  }

  private mutating func judge(_ outcome: ConformanceChild.Outcome, _ what: String) {
    guard let error = outcome.error else {
      return expect(test.outcomes.contains(nil), "\(what): read without an error")
    }
    // A link out of the file is refused as a feature, whatever is behind it.
    let isFine = test.outcomes.contains(error) || test.kind == "hdf5" && error == "unsupported_extension"
    expect(isFine, "\(what): \(error): \(outcome.message)")
  }
}
