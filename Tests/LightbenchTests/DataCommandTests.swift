import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// `lightbench data` on files as people have them.
  @Suite struct DataCommandTests {
    /// A workplace with the volume `regions/test-1.ome.zarr` and its centres.
    private func place() async throws -> Workplace {
      let place = try Workplace(copying: try await Shared.regions)
      try await place.expect(0, "get", "tiny.yaml", "regions[marker=neun]", "-o", "regions")
      return place
    }

    @Test func `a volume is shown with its shape, type, voxel size and storage`() async throws {
      let place = try await place()
      let shown = try await place.expect(0, "data", "show", "regions/test-1.ome.zarr")
      let lines = shown.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
      #expect(lines[0] == "path regions/test-1.ome.zarr")
      #expect(lines[1] == "format OME-Zarr 0.5 in Zarr version 3")
      #expect(lines[2].hasPrefix("on disk "))
      #expect(
        lines[3] == "image 'test-1', axes z in micrometer, y in micrometer, x in micrometer, 1 level")
      #expect(lines[4...].prefix(3) == ["array 0", "shape 8 x 84 x 84 (z, y, x)", "type uint16, 110 KiB of values"])
      #expect(lines[7] == "voxel size 4 x 1.8 x 1.8 um")
      #expect(Array(lines[8...]) == ["chunks 8 x 64 x 64", "stored as little-endian, zstd", "fill 0"])

      let measured = try await place.expect(0, "data", "show", "--statistics", "--json", "regions/test-1.ome.zarr")
      #expect(measured.output.contains("\"schema\":1"))
      #expect(measured.output.contains("\"voxel_size_um\":[4.0, 1.8, 1.8]"))
      #expect(measured.output.contains("\"percent\":99.9"))
    }

    @Test func `a digest names the content of every array`() async throws {
      let place = try await place()
      let one = try await place.expect(0, "data", "digest", "regions/test-1.ome.zarr")
      let parts = one.output.split(separator: " ").map(String.init)
      #expect(parts.count == 2 && parts[0].count == 64)
      #expect(parts.last == "regions/test-1.ome.zarr:0\n")
      let named = try await place.expect(
        0, "data", "digest", "--json", "--sha256", "--array", "0", "regions/test-1.ome.zarr")
      #expect(named.output.hasPrefix("{\"arrays\":[{\"array\":\"0\", \"digest\":\"\(parts[0])\", \"sha256\":\""))
      #expect(
        named.output.hasSuffix(
          "\"shape\":[8, 84, 84], \"type\":\"uint16\"}], \"listing\":\"data digest\", \"others\":[], \"schema\":1}\n"))
    }

    @Test func `a damaged chunk is refused with its place, and the others are named`() async throws {
      let place = try await place()
      let chunk = place.folder.appending("regions/test-1.ome.zarr/0/c/0/0/1").string
      var bytes = try Data(contentsOf: URL(filePath: chunk))
      bytes[bytes.count / 2] ^= 0xFF
      try bytes.write(to: URL(filePath: chunk))
      let words = try await place.expect(5, "data", "digest", "regions/test-1.ome.zarr")
      #expect(words.output.isEmpty)
      #expect(
        words.errors.hasPrefix("error: 'regions/test-1.ome.zarr', array '0', chunk [0, 0, 1], byte 0, codec zstd: "))
      let document = try await place.expect(5, "data", "digest", "--json", "regions/test-1.ome.zarr")
      #expect(
        document.output.contains(
          "\"at\":{\"array\":\"0\", \"chunk\":[0, 0, 1], \"codec\":\"zstd\", \"offset\":0, "
            + "\"store\":\"regions/test-1.ome.zarr\"}")
      )
      #expect(document.errors.isEmpty)
    }

    @Test func `a volume keeps its values and its voxel size through every format`() async throws {
      let place = try await place()
      let named = try await place.expect(0, "data", "digest", "--array", "0", "regions/test-1.ome.zarr")
      let digest = String(named.output.prefix(64))
      var source = "regions/test-1.ome.zarr"
      for (target, options) in [
        ("a.h5", []), ("b.ome.zarr", ["--levels", "2"]), ("c.zarr", ["--codec", "blosc", "--chunk", "8,32,32"]),
        ("d.h5", ["--codec", "gzip"]), ("e.ome.zarr", ["--zarr", "2", "--voxel", "4,1.8,1.8"]),
      ] {
        let ending = try await place.start(["data", "convert", source, "-o", target] + options).ending()
        #expect(ending.code == 0, "\(ending.all)")
        #expect(ending.output.hasPrefix("\(source) -> \(target): "))
        #expect(ending.output.hasSuffix(", digest \(digest)\n"), "\(ending.all)")
        if target != "d.h5" {
          let shown = try await place.expect(0, "data", "show", "--json", target)
          #expect(shown.output.contains("\"voxel_size_um\":[4.0, 1.8, 1.8]"), "\(shown.output)")
        }
        source = target
      }
      let again = try await place.expect(6, "data", "convert", source, "-o", "a.h5")
      #expect(again.errors == "error: 'a.h5' stands there already; choose another name\n")
      #expect(try !place.names(in: ".").contains { $0.contains(".partial") })
    }

    @Test func `a voxel size that is given and a volume that is chosen are written into every format`() async throws {
      let place = try await place()
      let source = "regions/test-1.ome.zarr"
      try await place.expect(0, "data", "convert", source, "-o", "whole.h5")
      for target in ["a.zarr", "a.h5", "a.ome.zarr"] {
        try await place.expect(0, "data", "convert", source, "--voxel", "5,2,2", "-o", target)
        let shown = try await place.expect(0, "data", "show", "--json", target)
        #expect(shown.output.contains("\"voxel_size_um\":[5.0, 2.0, 2.0]"), "\(shown.output)")
        let refused = try await place.start(
          ["data", "convert", source, "--leading", "1", "-o", "b.\(target.dropFirst(2))"]
        ).ending()
        #expect(refused.code == 2)
        #expect(
          refused.errors
            == "error: '\(source)': the array has no axes before z, y, x along which to choose (invalid_argument)\n")
      }
    }

    @Test func `a projection is a PNG whose size follows the voxels`() async throws {
      let place = try await place()
      let ending = try await place.expect(
        0, "data", "mip", "regions/test-1.ome.zarr", "--axis", "y", "--scale", "2", "--plain", "-o", "y.png")
      #expect(ending.output.hasPrefix("regions/test-1.ome.zarr -> y.png: maximum along y, black "))
      let bytes = [UInt8](try place.bytes("y.png"))
      #expect(bytes.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      // 84 columns of 1.8 um, 8 rows of 4 um, two pixels a column.
      #expect(bytes[16..<24] == [0, 0, 0, 168, 0, 0, 0, 36])
    }

    @Test func `centres that are read in the wrong order are told`() async throws {
      let place = try await place()
      let right = try await place.expect(
        0, "data", "preview", "regions/test-1.ome.zarr", "--centres", "regions/test-1.csv", "-o", "right.png")
      #expect(right.output.hasPrefix("test-1.ome.zarr -> right.png: "))
      #expect(right.errors.isEmpty, "\(right.errors)")
      let wrong = try await place.expect(
        0, "data", "preview", "regions/test-1.ome.zarr", "--centres", "regions/test-1.csv", "--order", "z,x,y", "-o",
        "wrong.png")
      #expect(wrong.errors.contains("columns z, y, x with base 0 fit better"), "\(wrong.errors)")
      try await place.expect(
        0, "data", "preview", "tiny.yaml:regions[marker=neun]", "--region", "test-1", "-o", "store.png")
      #expect(try place.bytes("store.png").count > 10_000)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
      let code: Int32
      let words: String
      let arguments: [String]

      init(_ code: Int32, _ words: String, _ arguments: String...) {
        (self.code, self.words, self.arguments) = (code, words, arguments)
      }

      var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
      Refusal(5, "error: 'nothing': nothing stands there (not_found)\n", "data", "show", "nothing"),
      Refusal(
        5, "error: 'tiny.yaml': the file is neither TIFF nor HDF5 nor NIfTI (format_invalid)\n", "data", "show",
        "tiny.yaml"),
      Refusal(
        5, "error: 'store': the folder has neither 'zarr.json' nor '.zarray' nor '.zgroup' (metadata_missing)\n",
        "data",
        "digest", "store"),
      Refusal(
        2,
        "Error: The value 'png' is invalid for '--format <format>': there is no format 'png'; there are zarr, ome-zarr, "
          + "hdf5, tiff, planes, nifti\n", "data", "digest", "--format", "png", "tiny.yaml"),
      Refusal(
        2,
        "Error: the format of 'x.png' is not told by its name: say --to ome-zarr, zarr, hdf5, tiff\n",
        "data", "convert", "store", "-o", "x.png"),
      Refusal(
        2, "Error: TIFF has no chunks: leave out --chunk and --shard\n",
        "data", "convert", "store", "-o", "x.tif", "--chunk", "8,8,8"),
      Refusal(
        2, "Error: only Zarr version 3 has shards: leave out --shard\n",
        "data", "convert", "store", "-o", "x.h5", "--shard", "8,8,8"),
      Refusal(
        2, "Error: --level of gzip takes 0 to 9, not 12\n", "data", "convert", "store", "-o", "x.h5", "--codec", "gzip",
        "--level", "12"),
      Refusal(
        6, "error: 'store' stands there already; choose another name\n", "data", "mip", "tiny.yaml", "-o", "store"),
      Refusal(4, "error: a volume needs its centres: --centres FILE\n", "data", "preview", "tiny.yaml", "-o", "x.png"),
      Refusal(
        4,
        "error: there are 3 regions: 'train-1', 'validation-1', 'test-1'; name one with --region\n",
        "data", "preview",
        "tiny.yaml:regions[marker=neun]", "-o", "x.png"),
      Refusal(
        2, "Error: --manifest needs --marker and --split\n", "data", "preview", "--manifest", "m.yaml", "-o", "x.png"),
      Refusal(
        5, "error: 'store', array '../x': '../x' is not a path inside the store (path_escape)\n", "data", "digest",
        "--array", "../x", "store"),
    ])
    func `what cannot be read is refused by name`(refusal: Refusal) async throws {
      let place = try Workplace(copying: try await Shared.regions)
      let ending = try await place.start(refusal.arguments).ending()
      #expect(ending.code == refusal.code, "\(ending.all)")
      #expect(ending.errors.hasPrefix(refusal.words), "\(ending.all)")
      #expect(ending.output.isEmpty)
    }
  }
}
