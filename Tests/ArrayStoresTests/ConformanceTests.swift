import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite(.enabled(if: Corpus.folder != nil, "the conformance corpus was not found")) struct ConformanceTests {
  /// One open array, whatever its format.
  struct Opened {
    let type: ElementType
    let shape: [Int]
    let read: (Region) throws -> NDArray
  }

  /// Element types that are refused by name.
  static let refusedTypes: Set = ["float16", "complex64", "complex128"]
  /// Cases that may be refused by name, because of a form that is not supported yet.
  static let refused = [
    "zarr-v2/filters", "zarr-v2/compressors-other", "zarr-v2/nonnumeric", "zarr-v3/nonnumeric", "zarr-v3/r16",
    "hdf5/filter-lzf", "hdf5/filter-packed", "hdf5/filter-plugins", "hdf5/other-types", "hdf5/virtual-external",
    "hdf5/strings", "hdf5/compound", "tiff/rgb", "tiff/minority-tags",
  ]

  static func open(_ test: Corpus.Case, _ name: String) throws -> Opened {
    if test.id.contains("hdf5/") {
      let file = try HDF5File(opening: test.path)
      // Which dataset it is, is known after reading only where links are followed.
      let dataset = try file.datasets().first { $0.path == name }
      return Opened(type: dataset?.type ?? .bool, shape: dataset?.shape ?? []) { try file.read(name, $0) }
    }
    if test.id.contains("tiff/") {
      let volume = try TIFFVolume.read(name.isEmpty ? test.path : test.path.appending(name))
      return Opened(type: volume.type, shape: volume.shape) { try volume.region($0) }
    }
    let array = try ZarrArray(opening: test.path, array: name)
    return Opened(type: array.type, shape: array.shape) { try array.read($0) }
  }

  @Test(arguments: ["zarr-v2", "zarr-v3", "ome-zarr", "hdf5", "tiff"].flatMap(Corpus.cases))
  func `good arrays are read exactly, in whole and in part`(test: Corpus.Case) throws {
    for expected in test.arrays where test.expected["kind"]?.text != "tiff-sequence" {
      let name = expected["path"]?.text ?? ""
      do {
        try compare(test, name, expected)
      } catch let error as ArrayStoreError {
        let mayRefuse =
          error.code.description.hasPrefix("unsupported_")
          && (Self.refusedTypes.contains(expected["dtype"]?.text ?? "")
            || error.message.contains("'blosc'") || Self.refused.contains(test.id))
        #expect(mayRefuse, "\(test.id) \(name): \(error)")
      }
    }
  }

  private func compare(_ test: Corpus.Case, _ name: String, _ expected: CanonicalValue) throws {
    let array = try Self.open(test, name)
    let isVolume = test.id.hasPrefix("tiff/")
    let shape = isVolume ? array.shape : expected["shape"]?.integers ?? []
    if !test.id.contains("hdf5/") || !array.shape.isEmpty { #expect(array.shape == shape, "\(name)") }
    if let hash = expected["sha256"]?.text {
      let whole = try array.read(Region(all: shape))
      #expect(whole.type.rawValue == expected["dtype"]?.text, "\(name)")
      #expect(Digest.of(whole.bytes).hex == hash, "\(test.id) \(name)")
    }
    // A page read as a volume has an axis more than the corpus counts.
    guard !isVolume || shape == expected["shape"]?.integers else { return }
    for region in expected["regions"]?.list ?? [] {
      let box = Region(start: region["start"]?.integers ?? [], shape: region["shape"]?.integers ?? [])
      #expect(Digest.of(try array.read(box).bytes).hex == region["sha256"]?.text, "\(test.id) \(name) \(box)")
    }
  }

  @Test(arguments: ["broken-zarr-v2", "broken-zarr-v3", "broken-hdf5", "broken-tiff"].flatMap(Corpus.cases))
  func `broken files are refused for the right reason`(test: Corpus.Case) throws {
    guard test.expected["kind"]?.text != "tiff-sequence" else { return }
    let isRefused = test.id.contains("blosc") || test.id.contains("complex")
    let at = test.expected["at"]
    var outcome: String?
    do {
      let name = at?["array"]?.text ?? at?["dataset"]?.text ?? at?["path"]?.text ?? ""
      if test.id == "broken-zarr-v3/group-escape" {
        _ = try ZarrArray(opening: test.path, array: "../data")
      } else if test.id.contains("hdf5/") {
        try readEverything(test.path)
      } else {
        let array = try Self.open(test, name)
        _ = try array.read(Region(all: array.shape))
      }
    } catch let error as ArrayStoreError {
      outcome = error.code.description
      #expect(!error.message.isEmpty && !error.store.isEmpty)
      #expect(
        isRefused && outcome?.hasPrefix("unsupported_") == true || test.outcomes.contains(outcome),
        "\(test.id): \(error)")
      try checkReadable(test)
      return
    }
    #expect(test.outcomes.contains(nil), "\(test.id) was read without an error")
  }

  private func readEverything(_ path: FilePath) throws {
    let file = try HDF5File(opening: path)
    for dataset in try file.datasets() { _ = try file.read(dataset.path) }
    if path.string.contains("not-found") { _ = try file.read("nowhere/at/all") }
  }

  /// Parts that are sound must be readable beside those that are not.
  private func checkReadable(_ test: Corpus.Case) throws {
    guard !test.id.contains("blosc"), !test.id.contains("tiff/") else { return }
    for region in test.expected["still_readable"]?.list ?? [] {
      let box = Region(start: region["start"]?.integers ?? [], shape: region["shape"]?.integers ?? [])
      let array = try Self.open(test, region["path"]?.text ?? "")
      #expect(Digest.of(try array.read(box).bytes).hex == region["sha256"]?.text, "\(test.id) \(box)")
    }
  }

  @Test(arguments: Corpus.cases("ome-zarr"))
  func `images have the axes and the effective scales of the corpus`(test: Corpus.Case) throws {
    for expected in test.expected["images"]?.list ?? [] {
      let path = expected["path"]?.text ?? ""
      let image = try OMEZarrImage(opening: path.isEmpty ? test.path : test.path.appending(path))
      #expect(image.version == expected["version"]?.text)
      #expect(image.axes.map(\.name) == expected["axes"]?.list?.compactMap { $0["name"]?.text })
      for (index, level) in (expected["levels"]?.list ?? []).enumerated() {
        #expect(image.levels[index].path == level["path"]?.text)
        #expect(zip(image.levels[index].scale, level["scale"]?.numbers ?? []).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(
          zip(image.levels[index].translation, level["translation"]?.numbers ?? []).allSatisfy { abs($0 - $1) < 1e-9 })
        do {
          #expect(try image.array(level: index).shape == level["shape"]?.integers)
        } catch let error as ArrayStoreError {
          #expect(error.message.contains("'blosc'"), "\(error)")
        }
      }
    }
  }

  @Test(arguments: Corpus.cases("broken-ome-zarr"))
  func `broken images are refused for the right reason`(test: Corpus.Case) throws {
    do {
      let image = try OMEZarrImage(opening: test.path)
      for level in image.levels.indices { _ = try image.array(level: level) }
      #expect(test.outcomes.contains(nil), "\(test.id) was opened without an error")
    } catch let error as ArrayStoreError {
      #expect(test.outcomes.contains(error.code.description), "\(test.id): \(error)")
    }
  }
}
