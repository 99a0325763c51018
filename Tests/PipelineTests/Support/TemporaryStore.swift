import ArrayStores
import Fingerprints
import Foundation
import SystemPackage

@testable import Pipeline

typealias Port = Pipeline.Port

/// A store in a folder that is removed with it.
final class TemporaryStore: Sendable {
  let store: Store

  init(in folder: FilePath = FilePath(FileManager.default.temporaryDirectory.path)) throws {
    let name = "lightbench-tests-\(UUID().uuidString)"
    store = try Store(at: folder.appending(name))
  }

  deinit { try? Posix.remove(store.root) }

  /// Every file below a folder of the store, as paths from it.
  func files(in name: String) throws -> [String] { try ObjectFolder(path: store.root.appending(name)).fileNames() }

  /// The first file of that name below `objects`.
  func objectFile(_ digest: Digest, _ name: String) -> FilePath { store.objectFolder(digest).appending(name) }

  /// Replaces the bytes of a published file.
  func damage(_ path: FilePath, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try Posix.read(path)
    change(&bytes)
    try Posix.remove(path)
    try Posix.write(bytes, to: path)
  }
}

/// Keys, bundles and orders that tests agree on.
enum Sample {
  static let ports = [Port("value", ArtifactType("value"))]

  static func key(_ kind: String = "test.constant", _ parameters: [String: CanonicalValue] = [:]) -> TaskKey {
    TaskKey(kind: kind, revision: 1, parameters: parameters, inputs: [], seed: 7, numerics: 1)
  }

  static func bundle(_ value: Float = 1, type: String = "value") throws -> Pipeline.Bundle {
    let volume = try NDArray((0..<4 * 5 * 6).map { value + Float($0) }, shape: [4, 5, 6])
    return Pipeline.Bundle(
      ArtifactType(type), facts: ["value": .number(Double(value)), "name": "sample"],
      tables: [
        .init("points/centres", try NDArray([value, 2, 3], shape: [1, 3])),
        .init("count", try NDArray([Int32(1)], shape: [])),
      ], volumes: [.init("image", volume, voxelSize: [2, 1, 1])])
  }

  static let provenance = Manifest.Provenance(
    address: "sample", host: "here", process: 1, build: "test", started: 0, seconds: 2, log: "/dev/null")

  static func publish(
    _ key: TaskKey = key(), _ value: Float = 1, in store: Store
  ) throws -> (manifest: Manifest, outcome: Publication.Outcome) {
    let publication = try Publication(in: store, of: key, ports: ports)
    try publication.write("value", try bundle(value))
    return try publication.publish([Metric("length", 3, unit: "px", better: .higher)], provenance: provenance)
  }

  static func order(
    _ kind: String, _ parameters: String = "", in store: Store, address: String? = nil, timeLimit: Double? = nil,
    folder: String = "/", extra: [String: CanonicalValue] = [:]
  ) throws -> TaskOrder {
    let key = key(kind, ["text": .text(parameters)].merging(extra) { $1 })
    let address = address ?? kind
    return TaskOrder(
      address: address, kind: kind, parameters: parameters, key: key, inputs: [:], folder: folder, dataRoot: nil,
      store: store.root.string, threads: 1, timeLimit: timeLimit, checkpointInterval: 3600,
      log: store.root.appending("runs").appending("logs").appending(address + ".log").string)
  }
}
