import ArrayStores
import Artifacts
import Fingerprints
import Foundation
import Imaging
import Pipeline
import Recipes
import Stages
import SystemPackage
import Testing

@Suite struct ExecCommandTests {
  private let bench: StageBench

  init() throws { bench = try StageBench() }

  private func detections() throws -> InputArtifact {
    let found = Detections(points: [Point(1, 2.5, 3), Point(4, 5, 6)], scores: [0.25, 0.75])
    return try bench.keep(RegionDetections(regions: ["a", "b"], detections: [found, Detections()]).bundle())
  }

  /// A folder with tools in it.
  private func folder(_ tools: [String: String]) throws -> OutsideData {
    let folder = try StageContext.temporaryFolder()
    for (name, text) in tools {
      try Data(text.utf8).write(to: URL(filePath: folder.appending(name).string))
    }
    return OutsideData(folder: folder, root: nil) { path in
      Digest.of(Array(FileManager.default.contents(atPath: path.string) ?? Data()))
    }
  }

  // MARK: - Round trips

  @Test func `detections go in and come out as they were`() async throws {
    let input = try detections()
    let manifest = try await bench.run(
      "exec.command",
      "{argv: [sh, -c, 'tail -n +2 in/x.csv | sort > s; head -n 1 in/x.csv | cat - s > out/y.csv'], "
        + "inputs: {x: detections-csv}, outputs: {y: detections-csv}}", ["x": [input]]
    ).manifest
    #expect(try bench.output("y", of: manifest).digest == input.digest)
  }

  @Test func `regions keep what they are, with the images of the command`() async throws {
    let regions = try bench.keep(TinyRegions.raw().bundle())
    let tool = """
      import os, shutil
      assert sorted(n for n in os.listdir('in/volume.zarr') if n.endswith('.csv')) == [
          'test-0.csv', 'train-0.csv', 'validation-0.csv']
      shutil.copytree('in/volume.zarr', 'out/cleaned.zarr')
      with open('out/cells.csv', 'w') as out:
          out.write('region,z,y,x,score\\n')
          for line in open('in/volume.zarr/test-0.csv').readlines()[1:]:
              out.write('test-0,' + line.strip() + ',1\\n')
      with open('out/metrics.csv', 'w') as out:
          out.write('metric,value,unit,better\\ncells,3,,higher\\nnothing,n/a,,\\n'.replace(',,\\n', ',,neither\\n'))
      """
    let outside = try folder(["clean.py": tool])
    let manifest = try await bench.run(
      "exec.command",
      "{argv: [python3, clean.py], tools: [clean.py], inputs: {volume: zarr}, "
        + "outputs: {cleaned: zarr, cells: detections-csv}}", ["volume": [regions]], outside: outside
    ).manifest
    #expect(try bench.output("cleaned", of: manifest).digest == regions.digest)
    let cells = try RegionDetections(bench.read(bench.output("cells", of: manifest)))
    #expect(cells.regions == ["train-0", "validation-0", "test-0"])
    #expect(cells.detections.map(\.count) == [0, 0, 3])
    #expect(try cells.detections[2].points == TinyRegions.raw().regions[2].centres)
    #expect(manifest.metrics == [Metric("cells", 3, better: .higher), Metric("nothing", nil)])
  }

  @Test func `models and tables go through`() async throws {
    let model = try bench.keep(TinyRegions.model().bundle())
    let table = ResultTable(metric: "t", rows: ["a", "b"], columns: ["x", "y"], values: [[1, nil], [0.5, -2]])
    let manifest = try await bench.run(
      "exec.command",
      "{argv: [sh, -c, 'cp in/m.safetensors out/n.safetensors; cp in/s.csv out/t.csv'], "
        + "inputs: {m: safetensors, s: table-csv}, outputs: {n: safetensors, t: table-csv}}",
      ["m": [model], "s": [try bench.keep(table.bundle())]]
    ).manifest
    #expect(try bench.output("n", of: manifest).digest == model.digest)
    #expect(try ResultTable(bench.read(bench.output("t", of: manifest))) == table)
  }

  @Test func `the environment is bare, the folder empty but for tools, and nothing to read`() async throws {
    let script = """
      { echo row,n; for v in $(env | cut -d= -f1 | grep -v -x -e PWD -e SHLVL -e _ -e OLDPWD | sort); do
      echo $v,1; done; echo seed,$LIGHTBENCH_SEED; echo threads,$LIGHTBENCH_THREADS
      for f in *; do echo $f,0; done; wc -c | sed 's/^ */stdin,/'; } > out/t.csv
      """
    let outside = try folder(["look.sh": script])
    let manifest = try await bench.run(
      "exec.command", "{argv: [sh, look.sh], tools: [look.sh], outputs: {t: table-csv}}", threads: 2,
      outside: outside
    ).manifest
    let table = try ResultTable(bench.read(bench.output("t", of: manifest)))
    #expect(
      table.rows == [
        "LANG", "LIGHTBENCH_SEED", "LIGHTBENCH_THREADS", "PATH", "seed", "threads", "in", "look.sh", "out", "stdin",
      ])
    #expect(table["seed", "n"] == 11 && table["threads", "n"] == 2 && table["stdin", "n"] == 0)
  }

  // MARK: - Keys

  @Test func `content and name of tools are in the key, their place is not`() throws {
    func meaning(_ text: String, _ parameters: String) throws -> CanonicalValue? {
      try StageBench.prepared("exec.command", parameters).outside(folder(["t.sh": text]))["tools"]
    }
    let plain = "{argv: [sh, t.sh], tools: [t.sh], outputs: {t: table-csv}}"
    #expect(try meaning("a", plain) == meaning("a", plain))
    #expect(try meaning("a", plain) != meaning("b", plain))
    let missing = try #require(throws: TaskFailure.self) {
      try StageBench.prepared("exec.command", "{argv: [sh], tools: [u.sh], outputs: {t: table-csv}}")
        .outside(OutsideData(folder: "/nowhere", root: nil) { _ in .of("") })
    }
    #expect(missing.message == "the tool '/nowhere/u.sh' is missing; it should lie beside the experiment file")
  }

  @Test func `a volume that goes through keeps the regions that it is judged by`() throws {
    let stage = try StageBench.prepared(
      "exec.command", "{argv: [x], inputs: {v: zarr}, outputs: {w: zarr, t: table-csv}}")
    let place = RegionPlace(name: "r", source: .of("s"), lower: [0, 0, 0], upper: [8, 8, 8])
    let shape = ArtifactShape(
      regions: [RegionShape(name: "r", role: "test", size: [8, 8, 8], voxelSize: nil, place: place)])
    #expect(try stage.outputShapes(InputShapes(["v": [shape]])) == ["w": shape])
    #expect(try stage.outputShapes(InputShapes(["v": [nil]])).isEmpty)
  }

  // MARK: - Failures

  @Test(arguments: [
    ("exit 3", "table-csv", "'sh' exited with status 3"),
    ("kill -9 $$", "table-csv", "'sh' was ended by SIGKILL"),
    ("true", "table-csv", "the command did not write 'out/y.csv'"),
    ("echo a > out/y.csv", "table-csv", "'out/y.csv' begins with 'a', expected 'row' and a column at least"),
    (
      #"printf "row,x\na,1,2\n" > out/y.csv"#, "table-csv", "'out/y.csv', line 2: expected 2 fields, found 3"
    ),
    (
      #"printf "row,x\na,b\n" > out/y.csv"#, "table-csv", "'out/y.csv', line 2: 'b' is neither a number nor n/a"
    ),
    ("echo z > out/y.csv", "detections-csv", "'out/y.csv' begins with 'z', expected 'region,z,y,x,score'"),
    (
      #"printf "region,z,y,x,score\na,1,2,3\n" > out/y.csv"#, "detections-csv",
      "'out/y.csv', line 2: expected a region and four numbers, found 'a,1,2,3'"
    ),
    (
      #"printf "region,z,y,x,score\nc,1,2,3,4\n" > out/y.csv"#, "detections-csv",
      "'out/y.csv', line 2: there is no region 'c'"
    ),
    (
      #"printf "row,x\n" > out/y.csv; echo a,b > out/metrics.csv"#, "table-csv",
      "'out/metrics.csv' begins with 'a,b', expected 'metric,value'"
    ),
    (
      #"printf "row,x\n" > out/y.csv; printf "metric,value,unit,better\na,1,,up\n" > out/metrics.csv"#, "table-csv",
      "'out/metrics.csv', line 2: expected metric,value,unit,better, found 'a,1,,up'"
    ),
  ])
  func `a command that does not do its work fails with what is wrong`(
    script: String, format: String, message: String
  ) async throws {
    let outside = try folder(["t.sh": script])
    let input = try detections()
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run(
        "exec.command", "{argv: [sh, t.sh], tools: [t.sh], inputs: {x: detections-csv}, outputs: {y: \(format)}}",
        ["x": [input]], outside: outside)
    }
    #expect(failure.message == message)
  }

  @Test func `a program that is not there, and regions that are not kept, are named`() async throws {
    let missing = try await #require(throws: TaskFailure.self) {
      try await bench.run("exec.command", "{argv: [no-such-program], outputs: {y: table-csv}}")
    }
    #expect(missing.message == "cannot start 'no-such-program': no such file or directory")
    let regions = try bench.keep(TinyRegions.raw().bundle())
    let lost = try await #require(throws: TaskFailure.self) {
      try await bench.run(
        "exec.command", "{argv: [mkdir, out/w.zarr], inputs: {v: zarr}, outputs: {w: zarr}}", ["v": [regions]])
    }
    #expect(lost.message == "'out/w.zarr' lacks the region 'train-0'")
  }

  @Test(arguments: [
    ("{argv: [], outputs: {t: table-csv}}", "exec.command.argv: there is no program to run"),
    ("{argv: [a]}", "exec.command.outputs: a command without outputs leaves nothing"),
    (
      "{argv: [a], tools: [x/t.sh, y/t.sh], outputs: {t: table-csv}}",
      "exec.command.tools: no tool can be called 't.sh' in the work folder"
    ),
    (
      "{argv: [a], outputs: {t: zarr}}",
      "exec.command.outputs: a zarr output keeps the regions of one zarr input, there are 0"
    ),
    (
      "{argv: [a], outputs: {t: hdf5}}",
      "exec.command.outputs: 'hdf5' is not one of zarr, detections-csv, table-csv, safetensors"
    ),
    ("{argv: [a], outputs: {metrics: table-csv}}", "exec.command.outputs: 'metrics' cannot name a port"),
    (
      "{argv: [a], outputs: [t]}",
      "exec.command.outputs: expected a mapping of ports to zarr, detections-csv, table-csv, safetensors, found a list"
    ),
  ])
  func `parameters that make no sense are mistakes of the recipe`(parameters: String, message: String) throws {
    var diagnostics: [Diagnostic] = []
    let kind = try #require(StageRegistry.lightbench["exec.command"])
    _ = kind.prepared(try Node.parse(parameters, file: "test.yaml"), diagnostics: &diagnostics)
    #expect(diagnostics.map(\.message) == [message])
  }
}
