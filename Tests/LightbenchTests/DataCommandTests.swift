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
      #expect(named.output.hasSuffix("\"shape\":[8, 84, 84], \"type\":\"uint16\"}], \"others\":[], \"schema\":1}\n"))
    }

    @Test func `a damaged chunk is refused with its place, and the others are named`() async throws {
      let place = try await place()
      let chunk = place.folder.appending("regions/test-1.ome.zarr/0/c/0/0/1").string
      var bytes = try Data(contentsOf: URL(filePath: chunk))
      bytes[bytes.count / 2] ^= 0xFF
      try bytes.write(to: URL(filePath: chunk))
      let words = try await place.expect(5, "data", "digest", "regions/test-1.ome.zarr")
      #expect(words.output.isEmpty)
      #expect(words.errors.hasPrefix("error: 'regions/test-1.ome.zarr', array '0', chunk [0, 0, 1]: zstd: "))
      let document = try await place.expect(5, "data", "digest", "--json", "regions/test-1.ome.zarr")
      #expect(
        document.output.contains("\"at\":{\"array\":\"0\", \"chunk\":[0, 0, 1], \"store\":\"regions/test-1.ome.zarr\"}")
      )
      #expect(document.errors.isEmpty)
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
