import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import ArrayStores

@Suite struct ConsolidatedTests {
  /// A store with groups in groups, and an array in each.
  private func makeStore(_ version: Int, in folder: TemporaryFolder) throws -> (root: FilePath, array: NDArray) {
    let root = folder.path.appending("store")
    let array = try NDArray((0..<60).map { UInt16($0) }, shape: [5, 12])
    var layout = ZarrLayout(chunkShape: [2, 5])
    layout.version = version
    try ZarrGroup.write(to: root, attributes: ["who": "µ"], version: version)
    try ZarrGroup.write(to: root.appending("g"), version: version)
    for name in ["a", "g/b"] {
      try ZarrArray.write(array, to: root.appending(name), layout: layout, attributes: ["name": .text(name)])
    }
    return (root, array)
  }

  @Test(arguments: [2, 3]) func `a store is read through its list of metadata`(version: Int) throws {
    let folder = try TemporaryFolder()
    let (root, array) = try makeStore(version, in: folder)
    #expect(try ConsolidatedSource(opening: root) == nil)
    try ZarrGroup.consolidate(root)
    try ZarrGroup.consolidate(root)  // again: the list does not list itself
    // Without the metadata of the nodes only the list can tell.
    let name = version == 2 ? ".zarray" : "zarr.json"
    try FileManager.default.removeItem(atPath: root.appending("g/b/\(name)").string)
    let source = try #require(try ConsolidatedSource(opening: root))
    #expect(source.paths == ["", "a", "g", "g/b"])
    #expect(try ZarrGroup(opening: source).members() == ["a", "g"])
    #expect(try ZarrGroup(opening: source).attributes == ["who": "µ"])
    #expect(try ZarrGroup(opening: source, group: "g").members() == ["b"])
    let opened = try ZarrArray(opening: source, array: "g/b")
    #expect(opened.attributes == ["name": "g/b"])
    #expect(try opened.read() == array)
    #expect(throws: ArrayStoreError.self) { try ZarrArray(opening: root, array: "g/b") }
    let error = try #require(throws: ArrayStoreError.self) { try ZarrArray(opening: source, array: "g/c") }
    #expect(error.code == .notFound)
  }

  @Test func `without the list the nodes themselves are asked`() throws {
    let folder = try TemporaryFolder()
    let (root, array) = try makeStore(3, in: folder)
    try ZarrGroup.consolidate(root)
    try ZarrArray.write(array, to: root.appending("late"))
    #expect(try ZarrGroup(opening: root).members() == ["a", "g", "late"])
    let source = try #require(try ConsolidatedSource(opening: root))
    #expect(try ZarrGroup(opening: source).members() == ["a", "g"])
  }

  @Test(arguments: [
    (#"{"zarr_consolidated_format": 1, "metadata": {"../x/.zarray": {}}}"#, "path_escape"),
    (#"{"zarr_consolidated_format": 1, "metadata": {"x/0.0": {}}}"#, "metadata_invalid"),
    (#"{"zarr_consolidated_format": 2, "metadata": {}}"#, "unsupported_version"),
    (#"{"zarr_consolidated_format": 1}"#, "metadata_invalid"),
    ("{", "metadata_json"),
  ])
  func `a damaged list is refused`(text: String, code: String) throws {
    let source = MemorySource([".zmetadata": Array(text.utf8)])
    let error = try #require(throws: ArrayStoreError.self) { try ConsolidatedSource(source) }
    #expect(error.code.description == code, "\(error)")
  }

  @Test func `an array has no list`() throws {
    let folder = try TemporaryFolder()
    try ZarrArray.write(try NDArray([1.0], shape: [1]), to: folder.path.appending("a"))
    let error = try #require(throws: ArrayStoreError.self) { try ZarrGroup.consolidate(folder.path.appending("a")) }
    #expect(error.message == "an array stands where a group is wanted")
  }
}
