import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// The exact words of what the command line refuses, once it has read an experiment.
  @Suite struct RefusalTests {
    @Test(arguments: [
      (
        ["results", "tiny.yaml", "-S", "train.steps=40"],
        "11 tasks of 'tiny' have no result yet; run 'lightbench run tiny.yaml -S train.steps=40' first"
      ),
      (
        ["results", "tiny.yaml", "-S", "matrix.metric=f1.best"],
        "1 task of 'tiny' has no result yet; run 'lightbench run tiny.yaml -S matrix.metric=f1.best' first"
      ),
      (["table", "tiny.yaml", "--run", "none.yaml"], "'none.yaml' never ran against the store 'STORE'"),
      (["table", "other.yaml", "--run", "tiny"], "the run 'RUN' is one of 'tiny', not of 'other'"),
      (
        ["explain", "tiny.yaml", "zzzzzz"],
        "no task of 'tiny.yaml' matches 'zzzzzz'; its stages are regions, prepare, train, detect, evaluate, dog, "
          + "evaluate_dog, chance, evaluate_chance, matrix"
      ),
      (["stages", "zzzzzz"], "there is no stage kind 'zzzzzz'; 'lightbench stages' lists them"),
      (
        ["get", "tiny.yaml", "prepare[marker=neun].out", "-o", "x"],
        "'prepare[marker=neun]' has no output 'out'; it has 'metrics', 'test', 'train', 'validation'"
      ),
      (
        ["get", "tiny.yaml", "prepare[marker=neun]", "-o", "x"],
        "'prepare[marker=neun]' has several outputs: test, train, validation; name one"
      ),
      (["get", "tiny.yaml", "trainn", "-o", "x", "--run", "tiny"], "no task of the run 'RUN' matches 'trainn'"),
      (
        ["get", "tiny.yaml", "train", "-o", "x", "--run", "tiny"],
        "'train' matches 2 tasks, such as 'train[marker=neun]'; name one"
      ),
      (["status", "none.yaml", "--recipe"], "'none.yaml' never ran against the store 'STORE'"),
      (["logs", "tiny:trainn"], "no task of the run 'RUN' (tiny) matches 'trainn'"),
    ])
    func `what is not there is refused with what there is`(arguments: [String], message: String) async throws {
      let place = try await Shared.finished
      let ending = try await place.start(arguments).ending()
      #expect(ending.code == 4, "\(ending.all)")
      let run = try #require(place.store.records().last).replacing(".jsonl", with: "")
      let expected = message.replacing("STORE", with: place.store.root.string).replacing("RUN", with: run)
      #expect(ending.errors == "error: \(expected)\n")
    }

    @Test(arguments: [
      (["status", "tiny.yaml", "--recipe", "--json"], "--recipe prints YAML: leave out --json, or --recipe"),
      (["run", "tiny.yaml", "-j", "0"], "-j takes a number of tasks from 1, not 0"),
      (["run", "tiny.yaml", "--checkpoint-every", "0"], "--checkpoint-every takes seconds above 0"),
      (
        ["table", "tiny.yaml", "--rows", "model"],
        "name what to show: --metric METRIC for a table, --stage STAGE for a line a task"
      ),
      (["data", "convert", "a.tif", "-o", "b.zarr", "--zarr", "4"], "--zarr takes 2 or 3, not 4"),
      (["data", "convert", "a.tif", "-o", "b.zarr", "--levels", "0"], "--levels takes 1 to 16, not 0"),
      (["data", "convert", "a.tif", "-o", "b.zarr", "--level", "23"], "--level of zstd takes 0 to 22, not 23"),
      (["data", "mip", "a.tif", "-o", "b.png", "--scale", "0"], "--scale takes 1 to 32 pixels, not 0"),
      (
        ["data", "preview", "-o", "b.png"],
        "name a volume with --centres, a manifest with --manifest, or EXPERIMENT:SELECTOR"
      ),
      (["data", "preview", "--manifest", "m.yaml", "-o", "b.png"], "--manifest needs --marker and --split"),
      (
        ["data", "preview", "a.tif", "-o", "b.png", "--box", "1,2,3"],
        "--box takes six numbers: z0,y0,x0,z1,y1,x1"
      ),
      (
        ["model", "import", "a.safetensors", "--clip"],
        "--percentiles and --clip belong to '--normalisation percentile'"
      ),
      (
        ["model", "import", "a.safetensors", "--window", "9,61,61"],
        "--window belongs to '--normalisation log-ratio'"
      ),
      (
        ["model", "import", "a.safetensors", "--normalisation", "percentile", "--percentiles", "1"],
        "--percentiles takes two numbers, as in 0.5,99.8, not '1'"
      ),
      (
        ["model", "import", "a.safetensors", "--normalisation", "log-ratio", "--window", "9.5,61,61"],
        "--window takes three whole odd numbers, as in 9,61,61"
      ),
      (["cache", "verify", "--rerun", "tiny"], "--rerun takes EXPERIMENT:SELECTOR, not 'tiny'"),
      (["init", "there"], "'there/recipes/starter.yaml' is there already; 'init' replaces nothing"),
    ])
    func `options that make no sense are told with what would`(arguments: [String], message: String) async throws {
      let place = try await Shared.finished
      if arguments[0] == "init" { try await place.lightbench("init", "there") }
      let ending = try await place.start(arguments).ending()
      #expect(ending.code == 2, "\(ending.all)")
      #expect(ending.errors.hasPrefix("Error: \(message)\n"), "\(ending.all)")
    }

    @Test(
      arguments: [
        (
          ["model", "show", "none.safetensors"], 2,
          "there is no model file 'none.safetensors'; a model is a file or EXPERIMENT:SELECTOR, as in "
            + "experiments/phantom-matrix.yaml:'train[marker=cfos]'"
        ),
        (
          ["model", "show", "tiny.yaml:matrix"], 4,
          "'matrix.table' is no model but of type 'table'; name a task that trains one"
        ),
        (
          ["data", "preview", "tiny.yaml:matrix", "-o", "b.png"], 4,
          "'matrix.table' is no list of regions but of type 'table'"
        ),
      ] as [([String], Int32, String)])
    func `an artifact of another type is told with its type`(arguments: [String], code: Int32, message: String)
      async throws
    {
      let ending = try await Shared.finished.start(arguments).ending()
      #expect(ending.code == code, "\(ending.all)")
      #expect(ending.errors == "error: \(message)\n", "\(ending.all)")
    }

    @Test(arguments: [["plan"], ["plan", "--json"], ["run", "-n"], ["run"]])
    func `what no machine holds is refused by what only says what would run, too`(words: [String]) async throws {
      let place = try Workplace()
      try place.write(
        "lightbench: 1\nstages:\n  a: {use: exec.command, with: {argv: [sh, -c, exit 1], outputs: {t: table-csv}},\n"
          + "    needs: {memory: 900 TiB}}\n", to: "huge.yaml")
      let ending = try await place.start([words[0], "huge.yaml"] + words.dropFirst()).ending()
      #expect(ending.code == 3 && ending.output.isEmpty, "\(ending.all)")
      #expect(
        ending.errors.hasPrefix("huge.yaml:3:3: error[E222]: a needs 921600.0 GiB of memory, this machine has "),
        "\(ending.all)")
    }

    @Test func `a file that ran in another variant is told which`() async throws {
      let place = try await Shared.finished
      let run = try #require(place.store.records().last).replacing(".jsonl", with: "")
      let other = try await place.expect(0, "status", "tiny.yaml", "--variant", "small")
      #expect(
        other.output
          == "'tiny.yaml' never ran against the store '\(place.store.root)' as 'small'; 'tiny' did: \(run)\n")
    }

    @Test func `an input that nothing binds is refused with how it is bound`() async throws {
      let place = try Workplace()
      try place.write(
        "lightbench: 1\ninputs: {regions: {type: annotated-regions}}\n"
          + "stages: {prepare: {use: prepare.normalize, in: {regions: regions}}}\n", to: "r.yaml")
      let ending = try await place.expect(3, "plan", "r.yaml")
      #expect(
        ending.errors == """
          r.yaml:2:10: error[E121]: the input 'regions' is not bound
              2 | inputs: {regions: {type: annotated-regions}}
                |          ^^^^^^^ an experiment binds it: 'bind: {regions: {use: ...}}'
          1 error. Nothing was run.

          """)
      let checked = try await place.expect(0, "check", "r.yaml")
      #expect(checked.output == "r.yaml: 1 task in 1 stage; input 'regions' is not bound\n")
    }

    @Test func `a task that did not run has no log, a recipe without tables no table, a new store no runs`()
      async throws
    {
      let place = try Workplace()
      let none = try await place.expect(0, "status")
      #expect(none.output == "nothing ran against the store '\(place.store.root)' yet\n")
      try place.write(
        "lightbench: 1\nname: plain\n"
          + "stages: {a: {use: exec.command, with: {argv: [sh, -c, exit 1], outputs: {t: table-csv}}},\n"
          + "  b: {use: exec.command, in: {t: a.t}, "
          + "with: {argv: [sh, -c, exit 1], inputs: {t: table-csv}, outputs: {t: table-csv}}}}\n",
        to: "plain.yaml")
      try await place.expect(1, "run", "plain.yaml")
      let logs = try await place.expect(4, "logs", "b")
      let run = try #require(place.store.records().last).replacing(".jsonl", with: "")
      #expect(logs.errors == "error: 'b' of the run '\(run)' has no log: it did not run\n")
      let table = try await place.expect(4, "table", "plain.yaml")
      #expect(table.errors == "error: 'plain' has no stage that makes a table\n")
      let recorded = try await place.expect(4, "table", "plain.yaml", "--run", run)
      #expect(
        recorded.errors == "error: the run '\(run)' (plain) published no table that is still in the store\n")
      let gone = try await place.expect(4, "get", "plain.yaml", "a", "-o", "x", "--run", run)
      #expect(gone.errors == "error: the store has no result of 'a' of the run '\(run)'\n")
      let bad = try await place.expect(2, "run", "plain.yaml", "--checkpoint-every", "0")
      #expect(bad.errors.hasPrefix("Error: --checkpoint-every takes seconds above 0\n"), "\(bad.all)")
    }
  }
}
