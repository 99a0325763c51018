import ArrayStores
import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

/// Results that travel between stores, and parcels that nobody should open.
@Suite struct ExchangeTests {
  let here: TemporaryStore
  let there: TemporaryStore
  let parcel: FilePath

  init() throws {
    here = try TemporaryStore()
    there = try TemporaryStore()
    parcel = here.store.root.appending("tmp").appending("parcel")
  }

  private func exported() throws -> [Manifest] {
    let rows = try [("a", 1 as Float), ("b", 2)].map { try Sample.publish(Sample.key($0), $1, in: here.store).manifest }
    try here.store.export(rows, to: parcel)
    return rows
  }

  private func file(_ row: Manifest) -> FilePath {
    let hex = row.fingerprint.hex
    return parcel.appending("actions").appending(String(hex.prefix(2))).appending(hex + ".json")
  }

  private func object(_ row: Manifest, _ port: String = "value") throws -> FilePath {
    let hex = try #require(row.outputs[port]).digest.hex
    return parcel.appending("objects").appending(String(hex.prefix(2))).appending(hex)
  }

  private func refusal() throws -> String {
    let error = try #require(throws: StoreError.self) { try there.store.importRows(from: parcel) }
    #expect(try there.store.rows().isEmpty)
    #expect(try there.store.entries(of: "objects").isEmpty)
    #expect(error.message.hasSuffix("; nothing was imported"))
    return error.message
  }

  private func replace(_ old: String, _ new: String, in path: FilePath) throws {
    let text = String(decoding: try Posix.read(path), as: UTF8.self)
    #expect(text.contains(old))
    try here.damage(path) { $0 = Array(text.replacing(old, with: new).utf8) }
  }

  @Test func `what goes out comes in, with the same objects, once`() throws {
    let rows = try exported()
    #expect(try there.store.importRows(from: parcel) == .init(published: 2))
    for row in rows {
      let found = try #require(try there.store.lookup(row.fingerprint))
      #expect(found.outputs.mapValues(\.digest) == row.outputs.mapValues(\.digest))
      #expect(found.metrics == row.metrics)
      #expect(found.provenance.log == "")
    }
    #expect(try there.files(in: "objects") == here.files(in: "objects"))
    #expect(try there.store.verifyAll().isSound)
    #expect(try there.store.importRows(from: parcel) == .init(alreadyThere: 2))
  }

  @Test func `what is there with other outputs stays, and the other is on record`() throws {
    let rows = try exported()
    _ = try Sample.publish(rows[0].key, 5, in: there.store)
    #expect(try there.store.importRows(from: parcel) == .init(published: 1, conflicts: 1))
    let conflict = try #require(try there.store.conflicts().first)
    #expect(conflict.fingerprint == rows[0].fingerprint && conflict.ports == ["value"])
    #expect(try there.store.verifyAll().conflicts == ["sample: another result for 'value' was computed later"])
  }

  @Test func `a folder with files in it is not written to`() throws {
    _ = try exported()
    let error = try #require(throws: StoreError.self) { try here.store.export([], to: parcel) }
    #expect(error.message == "'\(parcel)' is not empty; name a folder that is new")
  }

  @Test func `rows whose outputs are gone stay out, and a damaged object is an error`() throws {
    let rows = try [("a", 1 as Float), ("b", 2)].map { try Sample.publish(Sample.key($0), $1, in: here.store).manifest }
    try TemporaryOutputs(in: here.store).drop(rows[0])
    #expect(try here.store.export(rows, to: parcel).missing == 1)
    #expect(try there.store.importRows(from: parcel) == .init(published: 1))
    #expect(try there.store.lookup(rows[1].fingerprint) != nil)
    try here.damage(here.objectFile(try #require(rows[1].outputs["value"]).digest, "tables.h5")) { $0[0] ^= 1 }
    let error = try #require(throws: StoreError.self) {
      try here.store.export(rows, to: here.store.root.appending("tmp").appending("second"))
    }
    #expect(error.message.hasSuffix("'lightbench cache verify' mends"))
  }

  @Test func `the lineage of a row comes in with it`() throws {
    let publication = try Publication(in: here.store, of: Sample.key("a"), ports: Sample.ports)
    try publication.write("value", try Sample.bundle())
    let place = RegionPlace(name: "brain", source: Digest.of([1]), lower: [0, 0, 0], upper: [4, 5, 6])
    let lineage = ["value": Lineage(regions: [], learned: [place])]
    let row = try publication.publish([], provenance: Sample.provenance, lineage: lineage).manifest
    try here.store.export([row], to: parcel)
    #expect(try there.store.importRows(from: parcel) == .init(published: 1))
    #expect(row.lineage != nil)
    #expect(try there.store.lookup(row.fingerprint)?.lineage == row.lineage)
    try replace("\"lower\":[0,0,0]", "\"lower\":[0,0,0,0]", in: file(row))
    let error = try #require(throws: StoreError.self) { try there.store.importRows(from: parcel) }
    #expect(error.message.hasSuffix(" names a region whose corners have different axes; nothing was imported"))
  }

  /// Exports a result with the rung of a training without `steps`.
  private func exportedRung() throws -> Rung {
    let key = Sample.key("test.training", ["steps": 30, "rate": 2])
    let rung = Rung(
      trajectory: try key.trajectory(without: ["steps"]).digest(), key: key, step: 10,
      metrics: [Metric("loss", 0.5, better: .lower)])
    _ = try here.store.keep(rung)
    let row = try Sample.publish(Sample.key("a"), in: here.store).manifest
    #expect(try here.store.export([row], rungs: [rung.trajectory], to: parcel) == (0, 1))
    return rung
  }

  @Test func `what trainings came to at rungs goes along, and what is there stays`() throws {
    let rung = try exportedRung()
    #expect(try there.store.importRows(from: parcel) == .init(published: 1, rungs: 1))
    #expect(try there.store.rung(rung.trajectory, at: 10) == rung)
    #expect(try there.files(in: "rungs") == here.files(in: "rungs"))
    #expect(try there.store.importRows(from: parcel) == .init(alreadyThere: 1))
    let third = try TemporaryStore()
    let other = Rung(trajectory: rung.trajectory, key: rung.key, step: 10, metrics: [Metric("loss", 1, better: .lower)])
    _ = try third.store.keep(other)
    #expect(try third.store.importRows(from: parcel) == .init(published: 1, conflicts: 1))
    #expect(try third.store.rung(rung.trajectory, at: 10) == other)
    #expect(try here.store.export([], rungs: [], to: here.store.root.appending("tmp").appending("none")).rungs == 0)
  }

  @Test(arguments: [
    ("\"seed\":7", "\"seed\":8", "' is that of another training; "),
    ("\"step\":10", "\"step\":11", "' has another name; "),
    ("\"metrics\"", "\"metric\"", "' cannot be read: "),
  ])
  func `a rung that is not what it says is refused`(old: String, new: String, words: String) throws {
    let rung = try exportedRung()
    let file = parcel.appending("rungs").appending(rung.fileName)
    try replace(old, new, in: file)
    #expect(try refusal().contains(words))
  }

  @Test func `a table that lacks numbers comes in as it is`() throws {
    let publication = try Publication(in: here.store, of: Sample.key("a"), ports: Sample.ports)
    var bundle = try Sample.bundle()
    bundle.tables = [.init("values", try NDArray([Float.nan, 1], shape: [2]), mayLackNumbers: true)]
    try publication.write("value", bundle)
    let row = try publication.publish([], provenance: Sample.provenance).manifest
    try here.store.export([row], to: parcel)
    #expect(try there.store.importRows(from: parcel) == .init(published: 1))
    #expect(try there.files(in: "objects") == here.files(in: "objects"))
  }

  @Test func `an empty parcel is no parcel`() throws {
    let error = try #require(throws: StoreError.self) { try there.store.importRows(from: "/no/such") }
    #expect(error.message == "'/no/such' holds no results; 'lightbench cache export' writes some")
  }

  // MARK: - Hostile parcels

  @Test(arguments: ["tables.h5", "object.json"])
  func `a damaged object is refused`(name: String) throws {
    let path = try object(exported()[1]).appending(name)
    try here.damage(path) { $0[$0.count / 2] ^= 1 }
    #expect(try refusal().contains(" is damaged: "))
  }

  @Test func `a row whose key is another's is refused`() throws {
    let rows = try exported()
    try replace("\"seed\":7", "\"seed\":8", in: file(rows[0]))
    #expect(try refusal().contains("' does not give its fingerprint; "))
  }

  @Test func `a row under another name is refused`() throws {
    let rows = try exported()
    let folder = file(rows[0]).removingLastComponent()
    try Posix.rename(file(rows[0]), to: folder.appending(rows[1].fingerprint.hex + ".json"))
    #expect(try refusal().contains("' has another name; "))
  }

  @Test func `metrics that its object does not hold are refused`() throws {
    let rows = try exported()
    try replace("\"value\":3", "\"value\":4", in: file(rows[0]))
    #expect(try refusal().contains(" shows other metrics than its object holds; "))
  }

  @Test func `an output whose name is a path is refused`() throws {
    let rows = try exported()
    try replace("\"value\":{\"digest\"", "\"../../../escape\":{\"digest\"", in: file(rows[0]))
    #expect(try refusal().contains(" names an output '../../../escape', which is no name; "))
  }

  @Test func `an object of another type is refused`() throws {
    let rows = try exported()
    try replace("\"type\":\"value\"", "\"type\":\"volume\"", in: file(rows[0]))
    #expect(try refusal().contains(" is damaged: its type is 'value'; "))
  }

  @Test func `a link is refused, wherever it leads`() throws {
    let path = try object(exported()[0])
    let tables = path.appending("tables.h5")
    try Posix.rename(tables, to: parcel.appending("elsewhere"))
    try FileManager.default.createSymbolicLink(
      atPath: tables.string, withDestinationPath: parcel.appending("elsewhere").string)
    #expect(try refusal().contains(" is damaged: 'tables.h5' is no plain file; "))
  }

  @Test func `a folder that is a link is refused`() throws {
    let path = try object(exported()[0])
    try Posix.rename(path, to: parcel.appending("elsewhere"))
    try FileManager.default.createSymbolicLink(
      atPath: path.string, withDestinationPath: parcel.appending("elsewhere").string)
    #expect(try refusal().contains("' is no folder; "))
  }

  @Test func `a file that is not listed is refused`() throws {
    try Posix.write([1], to: try object(exported()[0]).appending("more"))
    #expect(try refusal().contains(" is damaged: it holds files that it does not list; "))
  }

  /// Puts an object that lists what its writer likes in the place of an output of the second row.
  private func smuggle(_ change: (ObjectListing) -> [ObjectListing.Array]) throws {
    let row = try exported()[1]
    let path = try object(row)
    let listing = try ObjectFolder(path: path).listing(named: nil)
    let hostile = ObjectListing(
      type: listing.type, facts: listing.facts, arrays: change(listing), files: listing.files)
    let hex = try hostile.digest.hex
    let target = parcel.appending("objects").appending(String(hex.prefix(2))).appending(hex)
    try Posix.makeFolder(target.removingLastComponent())
    try Posix.rename(path, to: target)
    try here.damage(target.appending(ObjectListing.fileName)) { $0 = (try? hostile.text()) ?? [] }
    try replace(try #require(row.outputs["value"]).digest.hex, hex, in: file(row))
  }

  @Test(arguments: ["../../escape", "/etc/escape", "a//b", ".hidden", "a\\b", ""])
  func `an array whose name leads out of its object is refused before anything is opened`(name: String) throws {
    try smuggle { listing in
      listing.arrays.map { array in
        .init(
          name: array.isVolume ? name : array.name, isVolume: array.isVolume, digest: array.digest,
          voxelSize: array.voxelSize)
      }
    }
    #expect(try refusal().contains(" is damaged: it lists an array '\(name)', which is no name; "))
  }

  @Test func `an array inside another, which could not be written, is refused`() throws {
    try smuggle { listing in
      listing.arrays.map { array in
        .init(
          name: array.name == "count" ? "points" : array.name, isVolume: array.isVolume, digest: array.digest,
          voxelSize: array.voxelSize)
      }
    }
    #expect(try refusal().contains(" is damaged: it lists an array 'points/centres' inside another; "))
  }
}
