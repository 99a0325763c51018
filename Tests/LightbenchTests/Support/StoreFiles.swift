import Foundation
import SystemPackage

/// A store as files: what a test may say about it without the program's own words.
struct StoreFiles {
  let root: FilePath

  /// Whether a run has got as far as to make it.
  var isThere: Bool { FileManager.default.fileExists(atPath: root.appending("store.json").string) }

  /// Every file below a folder of the store, with its bytes.
  func contents(of name: String) throws -> [String: Data] {
    let folder = root.appending(name).string
    guard FileManager.default.fileExists(atPath: folder) else { return [:] }
    var found: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let full = folder + "/" + path
      let type = try FileManager.default.attributesOfItem(atPath: full)[.type] as? FileAttributeType
      guard type == .typeRegular else { continue }
      found[path] = try Data(contentsOf: URL(filePath: full))
    }
    return found
  }

  /// Changes one bit in the middle of a file below `objects`.
  func flip(_ path: String) throws {
    let file = root.appending("objects").appending(path).string
    var bytes = try Data(contentsOf: URL(filePath: file))
    bytes[bytes.count / 2] ^= 0x10
    try FileManager.default.removeItem(atPath: file)
    try bytes.write(to: URL(filePath: file))
  }

  /// The objects of each task, by fingerprint: what two stores must agree about.
  func outputs() throws -> [String: [String: String]] {
    struct Row: Decodable {
      struct Output: Decodable { let digest: String }
      let fingerprint: String
      let outputs: [String: Output]
    }
    return try contents(of: "actions").values.reduce(into: [:]) { all, bytes in
      let row = try JSONDecoder().decode(Row.self, from: bytes)
      all[row.fingerprint] = row.outputs.mapValues(\.digest)
    }
  }

  /// The fingerprints of what is published.
  func published() throws -> Set<String> { Set(try outputs().keys) }

  /// The steps of the checkpoints that lie there now.
  func checkpoints() -> [Int] {
    let folder = root.appending("trajectories").string
    let owners = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return owners.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + $0)) ?? [] }
      .compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }.sorted()
  }

  // MARK: - Records

  /// A line about a task in the record of a run.
  struct Line: Decodable {
    let address: String
    let state: String
    let fingerprint: String?
    let step: Int?
  }

  /// The names of the records of runs, the oldest first.
  func records() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending("runs").string)) ?? []
    return names.filter { $0.hasSuffix(".jsonl") }.sorted()
  }

  /// The lines about tasks in a record; a last line that was cut off is left out.
  func record(_ name: String) throws -> [Line] {
    struct Outer: Decodable {
      struct Wrapped: Decodable {
        enum CodingKeys: String, CodingKey { case line = "_0" }
        let line: Line
      }
      let task: Wrapped?
    }
    let text = try String(contentsOfFile: root.appending("runs").appending(name).string, encoding: .utf8)
    return text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Outer.self, from: Data($0.utf8)).task?.line
    }
  }
}
