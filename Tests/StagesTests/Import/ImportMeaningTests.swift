import Foundation
import SystemPackage
import Testing

@testable import Stages

/// A change of the miniature's manifest.
struct ManifestChange: CustomTestStringConvertible {
  let what: String
  let old: String
  let new: String

  init(_ what: String, _ old: String, _ new: String) { (self.what, self.old, self.new) = (what, old, new) }

  var testDescription: String { what }
}

@Suite struct ImportMeaningTests {
  @Test(arguments: [
    ManifestChange("a comment", "markers:\n", "# a comment\nmarkers:\n"),
    ManifestChange(
      "the order of keys", "marker: cfos\n    image: cfos/volume.zarr", "image: cfos/volume.zarr\n    marker: cfos"),
    ManifestChange("the order of columns", "columns: [z, y, x], base", "columns: [x, z, y], order: [x, z, y], base"),
    ManifestChange("another marker's tolerance", "NeuN, tolerance: 6 px", "NeuN, tolerance: 7 px"),
    ManifestChange("the way a number is written", "tolerance: 6 px}\n\nvolumes", "tolerance: 6.0 px}\n\nvolumes"),
  ])
  func `the meaning stays with`(change: ManifestChange) throws {
    let copy = try MiniatureCopy()
    let before = try copy.meaning("cfos")
    try copy.replace(change.old, with: change.new)
    #expect(try copy.meaning("cfos") == before)
  }

  @Test func `the meaning stays when files move and the manifest is renamed`() throws {
    let copy = try MiniatureCopy()
    let before = try copy.meaning("cfos")
    try FileManager.default.moveItem(
      atPath: copy.root.appending("cfos").string, toPath: copy.root.appending("moved").string)
    try copy.replace("cfos/volume.zarr", with: "moved/volume.zarr")
    try copy.replace("cfos/centres.csv", with: copy.root.appending("moved/centres.csv").string)
    #expect(try copy.meaning("cfos") == before)
    #expect(try MiniatureCopy().meaning("cfos") == before)
  }

  @Test func `a whole volume means its box`() throws {
    let copy = try MiniatureCopy()
    let before = try copy.meaning("cfos", split: "whole")
    try copy.replace(
      "cfos: {train: [cfos_brain]}", with: "cfos: {train: [{volume: cfos_brain, box: [[0, 0, 0], [16, 48, 64]]}]}")
    #expect(try copy.meaning("cfos", split: "whole") == before)
  }

  @Test(arguments: [
    ManifestChange(
      "a box", "train: [{volume: cfos_brain, region: train-1}]",
      "train: [{volume: cfos_brain, box: [[0, 0, 0], [8, 48, 31]]}]"),
    ManifestChange("an ignore box", "[10, 20, 40]", "[10, 20, 41]"),
    ManifestChange("the tolerance", "cFos, tolerance: 6 px", "cFos, tolerance: 7 px"),
    ManifestChange("the display name", "display: cFos", "display: c-Fos"),
    ManifestChange("the base", "base: 0, unit: voxel", "base: 1, unit: voxel"),
    ManifestChange("the unit", "base: 0, unit: voxel", "base: 0, unit: um"),
    ManifestChange("the columns", "columns: [z, y, x], base", "columns: [z, y, x], order: [z, x, y], base"),
    ManifestChange("the voxel size", "voxel: [4 um, 1.8 um, 1.8 um]", "voxel: [5 um, 1.8 um, 1.8 um]"),
    ManifestChange("the roles", "validation: [{volume: cfos_brain, region: train-2}]\n", "validation: []\n"),
  ])
  func `the meaning changes with`(change: ManifestChange) throws {
    let copy = try MiniatureCopy()
    let before = try copy.meaning("cfos")
    try copy.replace(change.old, with: change.new)
    #expect(try copy.meaning("cfos") != before)
  }

  @Test func `the meaning changes with a centre`() throws {
    let copy = try MiniatureCopy()
    let before = try copy.meaning("cfos")
    try copy.replace("\n1,10.25,", with: "\n1,10.5,", in: "data/cfos/centres.csv")
    #expect(try copy.meaning("cfos") != before)
  }

  @Test(arguments: ["0/zarr.json", "extra"])
  func `the meaning changes with a file of a folder`(file: String) throws {
    let copy = try MiniatureCopy()
    let before = try copy.meaning("cfos")
    let path = copy.root.appending("cfos/volume.zarr").appending(file)
    let text = FileManager.default.fileExists(atPath: path.string) ? try ImportSamples.text(path) : ""
    try copy.write(text + "\n", to: "data/cfos/volume.zarr/\(file)")
    #expect(try copy.meaning("cfos") != before)
  }
}
