import Imaging
import Recipes
import SystemPackage
import Testing

@testable import Stages

/// One mistake in the miniature's manifest, and what is said about it.
struct ManifestMistake: CustomTestStringConvertible {
  let old: String
  let new: String
  let said: [String]

  init(_ old: String, _ new: String, _ said: String...) {
    (self.old, self.new, self.said) = (old, new, said)
  }

  var testDescription: String { new }
}

@Suite struct RegionManifestTests {
  /// Line, column, message and hint of everything that is wrong with a manifest.
  static func mistakes(in text: String) -> [String] {
    do throws(RecipeError) {
      _ = try RegionManifest(Array(text.utf8), file: "m.yaml")
      return []
    } catch {
      return error.diagnostics.map { diagnostic in
        "\(diagnostic.range?.description ?? "?"): \(diagnostic.message)" + (diagnostic.hint.map { " | \($0)" } ?? "")
      }
    }
  }

  static let text = (try? ImportSamples.text(ImportSamples.fixtures.appending("canvas-miniature.yaml"))) ?? ""

  @Test(arguments: ["canvas.yaml", "light-sheet.yaml"])
  func `the manifests of the experiments are sound`(name: String) throws {
    let text = try ImportSamples.text(ImportSamples.experiments.appending(name))
    #expect(Self.mistakes(in: text) == [])
  }

  @Test func `the manifest of the miniature is read`() throws {
    let manifest = try RegionManifest(Array(Self.text.utf8), file: "m.yaml")
    #expect(manifest.markers["neun"]?.displayName == "NeuN")
    #expect(manifest.markers["neun"]?.tolerance == 6)
    #expect(manifest.volumes["cfos_brain"]?.ignore.count == 1)
    #expect(manifest.volumes["cfos_brain"]?.voxel?.y == 1.8)
    #expect(manifest.splits["published"]?["cfos"]?.map(\.role) == [.train, .validation, .test])
    #expect(manifest.splits["whole"]?["neun"]?.first?.box == nil)
  }

  @Test(arguments: [
    ManifestMistake(
      "display: NeuN", "dsplay: NeuN", "m.yaml:3:10: unknown key 'dsplay' of marker 'neun' | did you mean 'display'?"),
    ManifestMistake(
      "tolerance: 6 px}\n  cfos", "tolerance: 6}\n  cfos",
      "m.yaml:3:36: marker 'neun': tolerance: expected a length such as '6 px', found '6'"),
    ManifestMistake(
      "tolerance: 6 px}\n  cfos", "tolerance: 0 px}\n  cfos",
      "m.yaml:3:36: marker 'neun': tolerance: '0 px' is not more than 0"),
    ManifestMistake(
      "markers:\n", "marker:\n",
      "m.yaml:2:1: unknown key 'marker' of the manifest | did you mean 'markers'?",
      "m.yaml:2:1: the manifest needs 'markers'"),
    ManifestMistake(
      "marker: neun\n", "marker: neuns\n",
      "m.yaml:8:13: volume 'neun_brain': there is no marker 'neuns' | did you mean 'neun'?"),
    ManifestMistake(
      "whole:\n    neun: {train: [neun_brain]}", "whole:\n    neun: {train: [cfos_brain]}",
      "m.yaml:38:20: split 'whole' of 'neun': volume 'cfos_brain' is of marker 'cfos'"),
    ManifestMistake("    image: neun/volume.zarr\n", "", "m.yaml:8:5: volume 'neun_brain' needs 'image'"),
    ManifestMistake(
      "columns: [z, y, x], base: 0", "columns: [x, y, z], base: 0",
      "m.yaml:19:48: volume 'cfos_brain': centres: columns: the first column is z, but 'columns' says x, y, z | write '[z, y, x]', or add 'order: [x, y, z]'"
    ),
    ManifestMistake(
      "columns: [z, y, x], base: 0", "columns: [z, y], base: 0",
      "m.yaml:19:48: volume 'cfos_brain': centres: columns: expected three different names"),
    ManifestMistake(
      "columns: [z, y, x], base: 0", "base: 0",
      "m.yaml:19:14: volume 'cfos_brain': centres needs 'columns', or 'order' for a table without a header | write 'columns: [z, y, x]', or 'order: [z, y, x]'"
    ),
    ManifestMistake(
      "order: [x, y, z]", "order: [x, y, y]",
      "m.yaml:10:66: volume 'neun_brain': centres: order: expected each of z, y and x once"),
    ManifestMistake(
      "order: [x, y, z]", "order: [_, x, y, z]",
      "m.yaml:10:66: volume 'neun_brain': centres: order: expected one axis for each of three columns"),
    ManifestMistake(
      "order: [x, y, z]", "order: [w, y, z]",
      "m.yaml:10:67: volume 'neun_brain': centres: order: 'w' is not one of z, y, x, _"),
    ManifestMistake(
      "base: 0, unit: voxel", "base: 2, unit: pixel",
      "m.yaml:19:65: volume 'cfos_brain': centres: base: '2' is not one of 0, 1",
      "m.yaml:19:74: volume 'cfos_brain': centres: unit: 'pixel' is not one of voxel, um"),
    ManifestMistake(
      "    voxel: [4 um, 1.8 um, 1.8 um]\n    regions", "    regions",
      "m.yaml:10:92: volume 'neun_brain': centres in um need the volume's 'voxel' | add 'voxel: [z, y, x]' in um, or write 'unit: voxel'"
    ),
    ManifestMistake(
      "voxel: [4 um, 1.8 um, 1.8 um]\n    regions", "voxel: [4 um, 0, 1.8 px]\n    regions",
      "m.yaml:11:19: volume 'neun_brain': voxel: a voxel of 0.0 um has no size"),
    ManifestMistake(
      "ignore: [[[6, 10, 20], [10, 20, 40]]]", "ignore: [[6, 10, 20], [10, 20, 40]]",
      "m.yaml:21:14: volume 'cfos_brain': ignore: expected a box such as '[[0, 0, 0], [120, 200, 200]]', found a list | write the first z, y, x and the z, y, x after the last",
      "m.yaml:21:27: volume 'cfos_brain': ignore: expected a box such as '[[0, 0, 0], [120, 200, 200]]', found a list | write the first z, y, x and the z, y, x after the last"
    ),
    ManifestMistake(
      "[[6, 10, 20], [10, 20, 40]]", "[[6, 10, 20], [6, 20, 40]]",
      "m.yaml:21:14: volume 'cfos_brain': ignore: the box from [6, 10, 20] to [6, 20, 40] holds no voxel | write the first z, y, x and the z, y, x after the last"
    ),
    ManifestMistake(
      "{volume: cfos_brain, region: train-2}", "{volume: cfos_brian, region: train-2}",
      "m.yaml:35:29: split 'published' of 'cfos': there is no volume 'cfos_brian' | did you mean 'cfos_brain'?"),
    ManifestMistake(
      "{volume: cfos_brain, region: train-2}", "{volume: cfos_brain, region: train-4}",
      "m.yaml:35:49: volume 'cfos_brain': there is no region 'train-4' | did you mean 'train-1'?"),
    ManifestMistake(
      "{volume: cfos_brain, region: train-2}", "{volume: cfos_brain, box: [[0, 0, 31], [8, 48, 64]]}",
      "m.yaml:35:20: split 'published' of 'cfos': a part of volume 'cfos_brain' is in 'train' and in 'validation' | a model must not be tested on what it saw"
    ),
    ManifestMistake(
      "cfos: {train: [cfos_brain]}", "cfos: {train: [cfos_brain, cfos_brain], tests: []}",
      "m.yaml:39:32: split 'whole' of 'cfos': volume 'cfos_brain' is listed twice under 'train'",
      "m.yaml:39:45: unknown key 'tests' of split 'whole' of 'cfos' | did you mean 'test'?"),
    ManifestMistake(
      "    cfos: {train: [cfos_brain]}", "    gfap: {train: []}",
      "m.yaml:39:5: split 'whole': there is no marker 'gfap' | there are neun, cfos"),
    ManifestMistake(
      "  whole:\n    neun: {train: [neun_brain]}", "  whole:\n    neun: {train: neun_brain}",
      "m.yaml:38:19: split 'whole' of 'neun': train: expected a list, found 'neun_brain'"),
    ManifestMistake(
      "  neun_brain:\n", "  neun brain:\n",
      "m.yaml:7:3: the manifest: volumes: 'neun brain' is no name | use letters, digits and '.', '_', '+', '-'",
      "m.yaml:30:24: split 'published' of 'neun': there is no volume 'neun_brain' | did you mean 'neun brain'?",
      "m.yaml:31:29: split 'published' of 'neun': there is no volume 'neun_brain' | did you mean 'neun brain'?",
      "m.yaml:32:23: split 'published' of 'neun': there is no volume 'neun_brain' | did you mean 'neun brain'?",
      "m.yaml:38:20: split 'whole' of 'neun': there is no volume 'neun_brain' | did you mean 'neun brain'?"),
  ])
  func `a mistake is named with its place and a hint`(mistake: ManifestMistake) {
    #expect(Self.text.contains(mistake.old))
    var text = Self.text
    if let range = text.firstRange(of: mistake.old) { text.replaceSubrange(range, with: mistake.new) }
    #expect(Self.mistakes(in: text) == mistake.said)
  }

  @Test func `two names for one image do not hide that it is tested on what was trained on`() throws {
    let text = Self.text.replacing(
      "  cfos_brain:\n",
      with: """
          copy:
            marker: cfos
            image: cfos/volume.zarr
            centres: {file: cfos/centres.csv, columns: [z, y, x], base: 0, unit: voxel}
          cfos_brain:

        """
    ).replacing("cfos: {train: [cfos_brain]}", with: "cfos: {train: [cfos_brain], test: [copy]}")
    #expect(
      Self.mistakes(in: text).map { $0.drop { $0 != " " } } == [
        " split 'whole' of 'cfos': volume 'copy' is in 'train' and in 'test' | a model must not be tested on what it saw"
      ])
  }
}
