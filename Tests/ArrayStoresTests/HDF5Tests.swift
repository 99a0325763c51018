import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct HDF5Tests {
  @Test(arguments: ElementType.allCases)
  func `arrays of any type and rank come back`(type: ElementType) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    var random = Sequence64(seed: 11)
    var contents: [(path: String, array: NDArray)] = []
    for (index, shape) in [[], [0], [7], [3, 0, 2], [3, 4, 5]].enumerated() {
      contents.append(("layers/\(index)/weight", try random.array(type, shape)))
    }
    try HDF5File.write(contents, to: path)
    let file = try HDF5File(opening: path)
    #expect(try file.datasets().map(\.path) == contents.map(\.path))
    #expect(try file.datasets().map(\.shape) == contents.map(\.array.shape))
    #expect(try file.datasets().allSatisfy { $0.type == type })
    for (path, array) in contents { #expect(try file.read(path) == array) }
    let box = Region(start: [1, 0, 2], shape: [2, 4, 1])
    #expect(try file.read("layers/4/weight", box) == contents[4].array.region(box))
  }

  @Test func `attributes come back as texts and numbers`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    let numbers = ["steps": try NDArray([Int64(1500)], shape: []), "size": try NDArray([6.0, 1.62, 1.62], shape: [3])]
    try HDF5File.write([], attributes: ["model": "ConvMixer µ", "empty": ""], numbers: numbers, to: path)
    #expect(
      try HDF5File(opening: path).attributes == [
        "model": "ConvMixer µ", "empty": "", "steps": .array(numbers["steps"]!), "size": .array(numbers["size"]!),
      ])
  }

  @Test func `the same contents give the same bytes in any order and at any time`() throws {
    let folder = try TemporaryFolder()
    var random = Sequence64(seed: 12)
    let contents = try ["b/x", "a", "b/c/y"].map { (path: $0, array: try random.array(.float32, [10, 10])) }
    try HDF5File.write(contents, attributes: ["k": "v", "a": "b"], to: folder.path.appending("1.h5"))
    Thread.sleep(forTimeInterval: 1.1)  // HDF5 counts times in seconds
    try HDF5File.write(contents.reversed(), attributes: ["a": "b", "k": "v"], to: folder.path.appending("2.h5"))
    let files = TemporaryFolder.files(folder.path)
    #expect(files["1.h5"] == files["2.h5"])
  }

  @Test func `what is not there is said to be so`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    try HDF5File.write([("g/x", try NDArray([Float(1)], shape: [1]))], to: path)
    let file = try HDF5File(opening: path)
    for name in ["y", "g/y", "g/x/z", "g", ""] {
      let error = try #require(throws: ArrayStoreError.self) { try file.read(name) }
      #expect(error.code == .notFound, "\(name): \(error)")
    }
    let error = try #require(throws: ArrayStoreError.self) { try HDF5File(opening: folder.path.appending("none.h5")) }
    #expect(error.code == .notFound)
  }

  @Test(arguments: ["", "/a", "a//b", "a/", "a/./b"])
  func `a path that names no dataset is refused`(name: String) throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ArrayStoreError.self) {
      try HDF5File.write([(name, try NDArray([Float(1)], shape: [1]))], to: folder.path.appending("a.h5"))
    }
    #expect(error.code == .invalidArgument)
  }

  @Test func `a file is never written over another`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    try HDF5File.write([], to: path)
    #expect(throws: ArrayStoreError.self) { try HDF5File.write([], to: path) }
  }

  @Test func `many threads can read one file`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("a.h5")
    var random = Sequence64(seed: 13)
    let array = try random.array(.uint16, [50, 50])
    try HDF5File.write([("x", array)], to: path)
    let file = try HDF5File(opening: path)
    try await withThrowingTaskGroup { group in
      for _ in 0..<16 { group.addTask { try file.read("x") } }
      for try await read in group { #expect(read == array) }
    }
  }
}
