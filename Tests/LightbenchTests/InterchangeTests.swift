import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Models out of the program and into it, and heatmaps of volumes.
  @Suite struct InterchangeTests {
    private static let cfos = "tiny.yaml:train[marker=cfos]"

    /// A workplace with a finished run, a model file and a volume.
    private func place() async throws -> Workplace {
      let place = try Workplace(copying: try await Shared.finished)
      try await place.expect(0, "model", "export", Self.cfos, "-o", "cfos.safetensors")
      try await place.expect(0, "get", "tiny.yaml", "regions[marker=neun]", "-o", "regions")
      return place
    }

    private func files(_ place: Workplace, _ name: String) throws -> [String: Data] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: place.folder.appending(name).string)
      return Dictionary(
        uniqueKeysWithValues: names.compactMap { file in
          FileManager.default.contents(atPath: place.folder.appending(name).appending(file).string).map { (file, $0) }
        })
    }

    @Test func `a model goes out, is shown, and predicts as it does from the store`() async throws {
      let place = try await place()
      let shown = try await place.expect(0, "model", "show", "cfos.safetensors")
      #expect(shown.output == (try await place.expect(0, "model", "show", Self.cfos)).output)
      let lines = shown.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(
        lines.first?.joined(separator: " ")
          == "architecture convmixer3d: dim 8, depth 1, kernel 3 x 3 x 3, patch 1 x 2 x 2")
      #expect(lines.contains(["0.weight", "8", "x", "1", "x", "1", "x", "2", "x", "2", "32"]))
      for word in ["marker", "normalisation", "voxel", "minimum", "tau", "seen", "parameters"] {
        #expect(lines.contains { $0.first == word }, "\(word)")
      }
      try await place.expect(0, "get", "tiny.yaml", "train[marker=cfos]", "-o", "got.safetensors")
      #expect(try place.bytes("got.safetensors") == place.bytes("cfos.safetensors"))

      let volume = "regions/test-1.ome.zarr"
      let file = try await place.expect(
        0, "predict", "--model", "cfos.safetensors", "--input", volume, "-o", "one.zarr", "-j", "1")
      #expect(file.output == "cfos.safetensors, \(volume) -> one.zarr: 8 x 84 x 84 voxels\n")
      try await place.expect(0, "predict", "--model", Self.cfos, "--input", volume, "-o", "two.zarr", "-j", "2")
      let (one, two) = (try files(place, "one.zarr"), try files(place, "two.zarr"))
      #expect(one == two)
      #expect(
        one.keys.sorted()
          == ["0/c/0/0/0", "0/c/0/0/1", "0/c/0/1/0", "0/c/0/1/1", "0/zarr.json", "zarr.json"])
      let source = try place.read(volume + "/zarr.json")
      let scale = try #require(source.firstMatch(of: /"scale": \[[^\]]*\]/)).output
      #expect(try place.read("one.zarr/zarr.json").contains(scale))
    }

    @Test func `a foreign file is shown, checked and completed`() async throws {
      let place = try await place()
      try place.forget("cfos.safetensors", as: "foreign.safetensors")
      let shown = try await place.expect(0, "model", "show", "foreign.safetensors")
      #expect(shown.output.hasPrefix("no metadata of a model; 'lightbench model import' completes it\n\ntensor "))
      let options = ["--normalisation", "percentile", "--tau", "0.5", "--minimum-distance", "3"]
      let checked = try await place.start(["model", "import", "foreign.safetensors"] + options).ending()
      #expect(
        checked.output
          == "foreign.safetensors fits convmixer3d: dim 8, depth 1, kernel 3 x 3 x 3, patch 1 x 2 x 2; "
          + "-o writes the model file\n")
      let imported = try await place.start(
        ["model", "import", "foreign.safetensors", "-o", "ours.safetensors"] + options
      ).ending()
      #expect(imported.code == 0, "\(imported.all)")
      let volume = "regions/test-1.ome.zarr"
      try await place.expect(0, "predict", "--model", "cfos.safetensors", "--input", volume, "-o", "a.zarr")
      let prediction = try await place.expect(
        0, "predict", "--model", "ours.safetensors", "--input", volume, "-o", "b.zarr")
      #expect(prediction.errors.isEmpty, "\(prediction.all)")
      #expect(try files(place, "a.zarr")["0/c/0/0/0"] == files(place, "b.zarr")["0/c/0/0/0"])
      try await place.expect(
        0, "model", "import", "foreign.safetensors", "-o", "fine.safetensors", "--normalisation", "log-ratio",
        "--window", "3,9,9", "--tau", "0.5", "--minimum-distance", "3", "--voxel", "1,1,1")
      let warned = try await place.expect(
        0, "predict", "--model", "fine.safetensors", "--input", volume, "-o", "c.zarr", "--voxel", "2,1,1")
      #expect(
        warned.errors
          == "warning: the volume has voxels of 2.0 x 1.0 x 1.0 um, the model was trained on 1.0 x 1.0 x 1.0 um\n")
    }

    @Test func `mistakes end with their code and what to do`() async throws {
      let place = try await place()
      try place.forget("cfos.safetensors", as: "foreign.safetensors")
      try place.write("no tensors", to: "text.safetensors")
      let volume = "regions/test-1.ome.zarr"
      let predict = ["predict", "--input", volume, "-o", "out.zarr", "--model"]
      let mistakes: [(Int32, String, [String])] = [
        (2, "there is no model file 'nothing.safetensors'", predict + ["nothing.safetensors"]),
        (2, "complete it with 'lightbench model import'", predict + ["foreign.safetensors"]),
        (2, "'text.safetensors': the first 8 bytes give a header of", predict + ["text.safetensors"]),
        (2, "there is no volume 'no.tif'", ["predict", "--input", "no.tif", "-o", "o", "--model", "cfos.safetensors"]),
        (2, "-j takes a number of threads from 1, not 0", predict + ["cfos.safetensors", "-j", "0"]),
        (3, "cannot read 'nothing.yaml'", predict + ["nothing.yaml:train"]),
        (4, "matches 2 tasks, such as 'train[marker=neun]'", predict + ["tiny.yaml:train"]),
        (4, "no task matches 'train[marker=pv]'", predict + ["tiny.yaml:train[marker=pv]"]),
        (4, "is no model but of type 'detections'", predict + ["tiny.yaml:detect[model=neun,test=cfos]"]),
        (
          4, "has no result yet; run 'lightbench run tiny.yaml -S train.steps=31' first",
          predict + [Self.cfos, "-S", "train.steps=31"]
        ),
        (6, "something stands there already", Array(predict.prefix(3)) + ["-o", "regions", "--model", Self.cfos]),
        (6, "cannot", Array(predict.prefix(3)) + ["-o", "tiny.yaml/out", "--model", Self.cfos]),
        (6, "no/folder/x': no such file or directory", ["model", "export", Self.cfos, "-o", "no/folder/x"]),
        (
          2, "give --normalisation, --tau, --minimum-distance", ["model", "import", "foreign.safetensors", "-o", "x"]
        ),
        (2, "--window belongs to '--normalisation log-ratio'", ["model", "import", "x", "--window", "3,3,3"]),
        (2, "there is no file 'x'", ["model", "import", "x"]),
      ]
      for (code, words, arguments) in mistakes {
        let ending = try await place.start(arguments).ending()
        #expect(ending.code == code, "\(arguments): \(ending.all)")
        #expect(ending.errors.contains(words), "\(arguments): \(ending.all)")
      }
      #expect(try !place.names(in: ".").contains { $0.hasPrefix("out.zarr") })
    }
  }
}

extension Workplace {
  /// Copies a safetensors file without its metadata: as another program would have written it.
  fileprivate func forget(_ name: String, as copy: String) throws {
    let bytes = try bytes(name)
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: bytes.dropFirst(8).prefix(length)) as? [String: Any])
    let tensors = try JSONSerialization.data(withJSONObject: header.filter { $0.key != "__metadata__" })
    let size = Data((0..<8).map { UInt8(truncatingIfNeeded: tensors.count >> (8 * $0)) })
    try (size + tensors + bytes.dropFirst(8 + length)).write(to: URL(filePath: folder.appending(copy).string))
  }
}
