import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Cells out of volumes, and points of anybody scored and ranked.
  @Suite struct PointCommandTests {
    private static let cfos = "tiny.yaml:train[marker=cfos]"

    /// A workplace with a finished run, its test regions and what was found in them.
    private func place() async throws -> Workplace {
      let place = try Workplace(copying: try await Shared.finished)
      try await place.expect(0, "get", "tiny.yaml", "regions[marker=neun]", "-o", "regions")
      return place
    }

    @Test func `cells of a volume are those of the experiment, in every format`() async throws {
      let place = try await place()
      // The volume is normalised on itself, as prepare does; the experiment kept every maximum from 0.02 on.
      let volume = "regions/test-1.ome.zarr"
      let found = try await place.expect(
        0, "detect", "--model", Self.cfos, "--input", volume, "--tau", "0.02", "-o", "cells.csv", "-j", "1")
      #expect(found.output.contains("cells in 8 x 84 x 84 voxels, tau 0.02"))
      #expect(found.errors.hasPrefix("about ") && found.errors.contains(" MiB a block"))
      try await place.expect(0, "get", "tiny.yaml", "detect[model=cfos,test=neun]", "-o", "stored.csv")
      let ours = try place.read("cells.csv").split(separator: "\n").dropFirst()
      let stored = try place.read("stored.csv").split(separator: "\n").filter { $0.hasPrefix("test-1,") }
      #expect(Array(ours) == stored.map { $0.dropFirst("test-1".count) })

      for name in ["cells.xml", "cells.napari.csv", "cells.precomputed"] {
        try await place.expect(
          0, "detect", "--model", Self.cfos, "--input", volume, "--tau", "0.02", "-o", name, "-j", "2")
        let same = try await place.expect(
          0, "score", "--predictions", name, "--annotations", "cells.csv", "--tolerance", "0", "--rule", "optimal",
          "--format", "csv")
        #expect(same.output.contains(",1.0,1.0,1.0,0.0,"), "\(name): \(same.output)")
      }
    }

    @Test func `another voxel size is an error, unless the volume is resampled`() async throws {
      let place = try await place()
      let volume = "regions/test-1.ome.zarr"
      let refused = try await place.expect(
        2, "detect", "--model", Self.cfos, "--input", volume, "--voxel", "4,0.9,0.9", "-o", "cells.csv")
      #expect(
        refused.errors
          == "error: the volume has voxels of 4.0 x 0.9 x 0.9 um (z, y, x), the model was trained on 4.0 x 1.8 x 1.8; "
          + "--resample looks at the volume on the model's grid\n")
      try await place.expect(
        0, "detect", "--model", Self.cfos, "--input", volume, "--voxel", "4,0.9,0.9", "--resample", "--tau", "0.02",
        "-o", "cells.csv")
      let ending = try await place.expect(
        2, "detect", "--model", Self.cfos, "--input", volume, "-o", "cells.txt")
      #expect(ending.errors.contains("'cells.txt' does not say a format; end it in .csv"))
      #expect(try await place.lightbench("score", "--predictions", "a.csv", "--annotations", "b.csv").code == 2)
    }

    @Test func `score takes whole numbers for sizes and finite thresholds`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try place.write("z,y,x\n1,5,5\n", to: "a.csv")
      let score = ["score", "--predictions", "a.csv", "--annotations", "a.csv", "--tolerance", "3"]
      for (options, words) in [
        (["--size", "1e30,1,1"], "The value '1e30,1,1' is invalid for '--size <size>'"),
        (["--size", "0.5,1,1"], "The value '0.5,1,1' is invalid for '--size <size>'"),
        (["--tau", "nan"], "--tau takes a finite number, not nan"),
        (
          ["--tau", "0.5"], "error: a threshold of 0.500 needs scores, and the predictions have none; leave --tau out\n"
        ),
      ] {
        let ending = try await place.start(score + options).ending()
        #expect(ending.code == 2 && ending.errors.contains(words), "\(ending.all)")
      }
      let notes = try await place.start(score + ["--size", "4,40,40", "--border", "1", "--format", "csv"]).ending()
      #expect(notes.code == 0 && notes.errors.contains("left out: 0 ignore boxes, a border of 1 px\n"), "\(notes.all)")
    }

    @Test func `detections come out for other programs, a file a region`() async throws {
      let place = try await place()
      try await place.expect(0, "get", "tiny.yaml", "dog[test=neun]", "-o", "dog.csv")
      let many = try await place.expect(0, "get", "tiny.yaml", "dog[test=neun]", "-o", "dog.xml")
      let names = try place.names(in: ".").filter { $0.hasPrefix("dog.") && $0.hasSuffix("xml") }
      #expect(!names.isEmpty && names.allSatisfy { many.output.contains($0) })
    }

    @Test func `thresholds chosen again and a joint model come on top of a matrix that is there`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let extended = try place.read("tiny.yaml").replacing("generalization.yaml", with: "generalization-extended.yaml")
        .replacing(
          "axes: {marker: [neun, cfos]}", with: "axes: {marker: [neun, cfos], training: {all: {markers: [neun, cfos]}}}"
        )
        .replacing(
          "  train.steps: 30\n",
          with:
            "  train.steps: 30\n  train_joint.model: {kind: convmixer3d, dim: 8, depth: 1, kernel: 3, patch: [1, 2, 2]}\n"
            + "  train_joint.crop: [8, 32, 32]\n  train_joint.batch: 1\n  train_joint.steps: 30\n")
      try place.write(extended, to: "extended.yaml")
      // 22 of the 23 tasks are those of the plain matrix, all but its table.
      let plan = try await place.expect(0, "plan", "extended.yaml", "--json")
      #expect(
        plan.output.contains("\"cached\":22,") || plan.output.contains("\"cached\":22 "), "\(plan.output.prefix(300))")
      try await place.expect(0, "run", "extended.yaml")
      let table = try await place.expect(0, "table", "extended.yaml", "--format", "csv")
      let rows = table.output.split(separator: "\n").map { $0.split(separator: ",").prefix(2).joined(separator: ",") }
      #expect(
        rows == [
          "row,kind", "neun,model", "cfos,model", "neun tuned,variant", "cfos tuned,variant", "joint,variant",
          "dog,baseline", "chance,baseline",
        ])
      // On its own marker a threshold chosen again is the one that was chosen.
      let cells = table.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      #expect(cells[1][2] == cells[3][2] && cells[2][3] == cells[4][3], "\(table.output)")
      let shown = try await place.expect(0, "table", "extended.yaml", "--format", "md", "--intervals")
      for words in [
        "joint: one model trained on 2 markers",
        "tuned: threshold chosen again on the validation regions of the test marker",
        "95% intervals by bootstrap", "## tuned: f1.pooled: diagonal ",
      ] {
        #expect(shown.output.contains(words), "\(words)")
      }
    }

    @Test func `submissions are scored, ranked and refused twice`() async throws {
      let place = try await place()
      for model in ["dog", "chance"] {
        for marker in ["neun", "cfos"] {
          let folder = place.folder.appending("\(model)/\(marker)")
          try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
          try await place.expect(0, "get", "tiny.yaml", "\(model)[test=\(marker)]", "-o", "\(model)-\(marker).csv")
          let lines = try place.read("\(model)-\(marker).csv").split(separator: "\n").dropFirst()
          let regions = Dictionary(grouping: lines) { String($0.prefix { $0 != "," }) }
          for (region, rows) in regions {
            let text = (["region,z,y,x,score"] + rows).joined(separator: "\n") + "\n"
            try place.write(text, to: "\(model)/\(marker)/\(region).csv")
          }
        }
        try place.write("name: \(model)\nmethod: baseline\n", to: "\(model)/submission.yaml")
        try await place.expect(0, "leaderboard", "add", "tiny.yaml", model)
      }
      let shown = try await place.expect(0, "leaderboard", "show", "tiny.yaml", "--format", "csv")
      let lines = shown.output.split(separator: "\n")
      #expect(lines[0] == "rank,name,method,F1,neun,cfos,regions" && lines.count == 3)
      let again = try await place.expect(2, "leaderboard", "add", "tiny.yaml", "dog")
      #expect(again.errors == "error: 'dog' is on the board already; --replace scores it again\n")
      try await place.expect(0, "leaderboard", "add", "tiny.yaml", "dog", "--replace")
      #expect(
        try await place.expect(0, "leaderboard", "show", "tiny", "--json").output.contains(
          "\"listing\":\"leaderboard\""))
    }
  }
}
