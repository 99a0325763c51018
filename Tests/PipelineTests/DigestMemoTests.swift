import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct DigestMemoTests {
  let temporary: TemporaryStore
  let file: FilePath

  init() throws {
    temporary = try TemporaryStore()
    file = temporary.store.root.appending("tmp").appending("file")
    try Posix.write([1, 2, 3], to: file)
  }

  private var remembered: Int { get throws { try Posix.names(in: temporary.store.root.appending("memo")).count } }

  /// Waits until the change time of the file, which nobody can set, is out of the racy two seconds.
  private func age() async throws { try await Task.sleep(for: .milliseconds(2100)) }

  @Test func `a file that has just changed is not remembered`() throws {
    _ = try DigestMemo(in: temporary.store).digest(of: file)
    #expect(try remembered == 0)
  }

  @Test func `a quiet file is remembered until it changes, and read again with rehash`() async throws {
    try await age()
    let memo = DigestMemo(in: temporary.store)
    let digest = try memo.digest(of: file)
    #expect(digest == (try Posix.digest(of: file)))
    #expect(try remembered == 1)
    // A false memory shows which of the two was asked.
    let entry = temporary.store.root.appending("memo").appending(try Posix.names(in: temporary.store.root.appending("memo"))[0])
    let text = String(decoding: try Posix.read(entry), as: UTF8.self)
    try Posix.write(Array(text.replacing(digest.hex, with: String(repeating: "0", count: 64)).utf8), to: entry)
    #expect(try memo.digest(of: file) != digest)
    #expect(try DigestMemo(in: temporary.store, rehash: true).digest(of: file) == digest)
    try Posix.write([1, 2, 4], to: file)
    #expect(try memo.digest(of: file) == (try Posix.digest(of: file)))
  }

  @Test func `a file that is not there is bad data, with its path`() throws {
    let failure = try #require(throws: TaskFailure.self) { try DigestMemo(in: temporary.store).digest(of: "/no/such.tif") }
    #expect(failure.code == .badData)
    #expect(failure.message == "there is no file '/no/such.tif'")
  }
}
