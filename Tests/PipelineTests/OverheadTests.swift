import Foundation
import SystemPackage
import Testing

@testable import Pipeline

/// What the store costs beside the work itself; figures, not limits: `LIGHTBENCH_BENCH=1 swift test -c release`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LIGHTBENCH_BENCH"] != nil), .serialized)
struct OverheadTests {
  private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .milliseconds(1)
  }

  @Test func `publishing and looking up`() throws {
    let onDisk = try TemporaryStore()
    // In memory a flush costs nothing: what is left is our own.
    let inMemory = try TemporaryStore(in: "/dev/shm")
    func publish(_ index: Int, in store: Store) throws -> Manifest {
      try Sample.publish(Sample.key("k\(index)"), Float(index), in: store).manifest
    }
    var manifests: [Manifest] = []
    let publishing = try (0..<50).map { index in
      try milliseconds { manifests.append(try publish(index, in: onDisk.store)) }
    }
    let own = try (0..<50).map { index in try milliseconds { _ = try publish(index, in: inMemory.store) } }
    let file = onDisk.store.root.appending("tmp").appending("file")
    let flushing = try (0..<50).map { index in
      try milliseconds {
        try Posix.write([UInt8](repeating: UInt8(index), count: 1000), to: file)
        try Posix.synchronise(file)
      }
    }
    let looking = try milliseconds {
      for manifest in manifests { _ = try #require(try onDisk.store.lookup(manifest.fingerprint)) }
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    print("publish \(median(publishing)) ms, without flushing \(median(own)) ms; one flush \(median(flushing)) ms")
    print("look up 50 manifests \(looking) ms")
  }
}
