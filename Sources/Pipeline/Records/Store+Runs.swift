public import Fingerprints
import Foundation
import SystemPackage

/// Reading the records of runs.
extension Store {
  /// The names of all runs, the oldest first.
  public func runs() throws -> [String] {
    try Posix.names(in: folder("runs")).filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }
  }

  /// The record of a run, merged from its lines; lines that a full disk or a power cut tore are left out.
  ///
  /// A record tells what happened and proves nothing: what it lacks costs a reason or an estimate.
  ///
  /// - Throws: `StoreError` where there is no such run, or its first line cannot be read.
  public func run(_ id: String) throws -> RunRecord {
    let path = folder("runs").appending(id + ".jsonl")
    guard !id.contains("/"), try Posix.status(of: path) != nil else {
      throw StoreError("there is no run '\(id)' in the store '\(root)'; 'lightbench status' lists them")
    }
    var lines = try Posix.read(path).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    lines.removeLast()  // what follows the last line end: nothing, or a line that was cut off
    var header: RunRecord.Header?
    var tasks: [RunRecord.Task] = []
    var places: [String: Int] = [:]
    var book = LegBook()
    var end: RunRecord.End?
    for (index, line) in lines.enumerated() {
      let content: RunLine? =
        if index == 0 { try decodeFirst(line, of: path) } else { try? JSONLine.decode(from: Array(line)) }
      switch content {
      case nil: continue
      case .header(let found): header = found
      case .end(let found): end = found
      case .task(let task):
        book.add(task)
        if let place = places[task.address] {
          tasks[place].update(with: task)
        } else {
          places[task.address] = tasks.count
          tasks.append(task)
        }
      }
    }
    guard let header else { throw StoreError("the run record '\(path)' has no first line; remove it") }
    return RunRecord(id: id, header: header, tasks: tasks, legs: book.legs, end: end)
  }

  private func decodeFirst(_ line: ArraySlice<UInt8>, of path: FilePath) throws -> RunLine {
    do {
      return try JSONLine.decode(from: Array(line))
    } catch {
      throw StoreError("line 1 of the run record '\(path)' cannot be read: \(error)")
    }
  }

  /// The latest run of an experiment, by its name and variant; of any variant where `variant` is nil.
  public func latestRun(of experiment: String, variant: String?? = nil) throws -> RunRecord? {
    for id in try runs().reversed() {
      guard let header = try header(of: id), header.name == experiment else { continue }
      if case .some(let wanted) = variant, wanted != header.variant { continue }
      return try run(id)
    }
    return nil
  }

  /// Whether a run that began since a time, in seconds since 1970, is on record with all that one would use: of the
  /// same name and overrides, of all tasks or the same choice, done, and with these results, which another recipe or
  /// other data behind the same words change.
  func hasRun(
    covering wanted: RunRecord.Header, using fingerprints: Set<Digest>, since time: Double
  ) throws -> Bool {
    for id in try runs().reversed() {
      guard let header = try header(of: id) else { continue }
      if header.started < time { return false }
      guard header.title == wanted.title, header.overrides == wanted.overrides else { continue }
      let isWhole = header.choice.map { !$0.isPartial } ?? true
      guard isWhole || header.choice?.words == wanted.choice?.words else { continue }
      let bytes = try Posix.read(folder("runs").appending(id + ".jsonl"))
      if Self.isDone(bytes), fingerprints.isSubset(of: Self.fingerprints(in: bytes)) { return true }
    }
    return false
  }

  /// Whether the last line of a record says that the run came to its end without a failure.
  private static func isDone(_ record: [UInt8]) -> Bool {
    let bytes = record.dropLast()
    let last = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[($0 + 1)...] } ?? bytes
    guard case .end(let end)? = try? JSONLine.decode(RunLine.self, from: Array(last)) else {
      return false  // it goes on, or was killed
    }
    return end.exitCode == 0
  }

  /// The fingerprints that stand in a record, whose lines are not decoded: who has nothing to do shall not wait.
  private static func fingerprints(in record: [UInt8]) -> Set<Digest> {
    let name = Array(#""fingerprint":""#.utf8)
    var found: Set<Digest> = []
    var start = record.startIndex
    while let place = record[start...].firstIndex(of: name[0]) {
      start = place + 1
      let value = place + name.count
      guard value + 64 < record.endIndex, record[place..<value].elementsEqual(name) else { continue }
      if let digest = Digest(hex: String(decoding: record[value..<value + 64], as: UTF8.self)) { found.insert(digest) }
    }
    return found
  }

  func header(of id: String) throws -> RunRecord.Header? {
    let path = folder("runs").appending(id + ".jsonl")
    // The line alone: behind it are megabytes where there are thousands of tasks.
    guard let line = try Posix.firstLine(of: path), case .header(let header) = try decodeFirst(line[...], of: path)
    else { return nil }
    return header
  }

  /// Everything that runs of an experiment computed or used, in any variant.
  public func fingerprints(ofRunsOf experiment: String) throws -> Set<Digest> {
    var found: Set<Digest> = []
    for id in try runs() where try header(of: id)?.name == experiment {
      found.formUnion(try run(id).tasks.compactMap(\.fingerprint))
    }
    return found
  }

  /// Everything that runs since a time computed or used.
  func fingerprintsOfRuns(since time: Double) throws -> Set<Digest> {
    var found: Set<Digest> = []
    for id in try runs().reversed() {
      guard let header = try header(of: id) else { continue }
      if header.started < time { break }
      found.formUnion(try run(id).tasks.compactMap(\.fingerprint))
    }
    return found
  }

  /// The tasks that a run computed.
  ///
  /// Most runs of a large experiment compute little: a record that tells of no publication is not decoded.
  func computedTasks(of id: String) throws -> [RunRecord.Task] {
    guard try Posix.read(folder("runs").appending(id + ".jsonl")).holds(#""published""#) else { return [] }
    return try run(id).tasks.filter { $0.state == .published }
  }
}

extension [UInt8] {
  /// Whether the bytes of a text stand somewhere in it.
  fileprivate func holds(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard let first = wanted.first, count >= wanted.count else { return wanted.isEmpty }
    var start = startIndex
    while let found = self[start...].firstIndex(of: first), found + wanted.count <= endIndex {
      if self[found..<found + wanted.count].elementsEqual(wanted) { return true }
      start = found + 1
    }
    return false
  }
}
