import Testing

extension EndToEnd {
  /// The number of tasks at once, and with it that of threads, changes no byte.
  @Suite struct SameBytesTests {
    @Test func `one task at once gives the bytes of two at once`() async throws {
      let two = try await Shared.finished.store
      let place = try Workplace(copying: try await Shared.regions)
      try await place.expect(0, "run", "tiny.yaml", "-j", "1")
      #expect(try place.store.outputs() == two.outputs())
      try expectSameObjects(place.store, two)
    }

    @Test func `phantoms made by one task at once have the bytes of two at once`() async throws {
      let two = try await Shared.regions.store
      let place = try Workplace()
      try await place.expect(0, "run", "tiny.yaml", "-j", "1", "--variant", "one", "--only", "regions")
      let (few, all) = (try place.store.contents(of: "objects"), try two.contents(of: "objects"))
      #expect(!few.isEmpty)
      #expect(few == all.filter { few[$0.key] != nil })
    }
  }
}

/// Compares two stores file by file.
func expectSameObjects(_ found: StoreFiles, _ wanted: StoreFiles, at location: SourceLocation = #_sourceLocation) throws
{
  let (found, wanted) = (try found.contents(of: "objects"), try wanted.contents(of: "objects"))
  #expect(found.keys.sorted() == wanted.keys.sorted(), sourceLocation: location)
  let different = found.keys.filter { found[$0] != wanted[$0] }.sorted()
  #expect(different.isEmpty, sourceLocation: location)
}
