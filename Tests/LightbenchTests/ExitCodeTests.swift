import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Every documented exit code is provoked; 75 and 130 are with the signals, 1 also with dying workers.
  @Suite struct ExitCodeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
      let code: Int32
      let words: String
      let arguments: [String]

      init(_ code: Int32, _ words: String, _ arguments: String...) {
        (self.code, self.words, self.arguments) = (code, words, arguments)
      }

      var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
      Mistake(2, "Unknown option '--jobbs'", "run", "tiny.yaml", "--jobbs", "3"),
      Mistake(2, "-j takes a number of tasks from 1, not 0", "run", "tiny.yaml", "-j", "0"),
      Mistake(2, "Missing expected argument '<experiment>'", "run"),
      Mistake(2, "did you mean 'steps'?", "run", "tiny.yaml", "-S", "train.stepss=3"),
      Mistake(2, "did you mean 'train'?", "plan", "tiny.yaml", "-S", "trian.steps=3"),
      Mistake(2, "expected an integer", "plan", "tiny.yaml", "-S", "train.steps=few"),
      Mistake(2, "'tiny.yaml' has no variant 'two'", "plan", "tiny.yaml", "--variant", "two"),
      Mistake(2, "write 'stage[axis=label]'", "run", "tiny.yaml", "--only", "train[marker"),
      Mistake(3, "cannot read 'nothing.yaml': no such file", "run", "nothing.yaml"),
      Mistake(3, "did you mean 'recipe'?", "check", "mistyped.yaml"),
      Mistake(3, "2 errors. Nothing was run.", "run", "mistyped.yaml"),
      Mistake(3, "nothing binds the input 'regions'", "run", "unbound.yaml"),
      Mistake(4, "no task of 'tiny.yaml' matches 'train[marker=pv]'", "run", "tiny.yaml", "--only", "train[marker=pv]"),
      Mistake(4, "'train[marker=pv]' matches no task", "plan", "tiny.yaml", "-S", "train[marker=pv].steps=3"),
      Mistake(4, "no task matches 'nothing'", "get", "tiny.yaml", "nothing", "-o", "x"),
      Mistake(4, "matches 2 tasks, such as 'train[marker=neun]'", "get", "tiny.yaml", "train", "-o", "x"),
      Mistake(4, "did you mean 'train.detector'?", "stages", "trai.detector"),
      Mistake(4, "'matrix' has no result yet; run 'lightbench run tiny.yaml' first", "table", "tiny.yaml"),
      Mistake(5, "is not a store: it holds other files", "run", "tiny.yaml", "--store", "."),
      Mistake(5, "there is no store at 'nowhere'", "cache", "ls", "--store", "nowhere"),
      Mistake(5, "there is no run 'nix'", "status", "nix"),
      Mistake(6, "'tiny.yaml/store': not a directory", "run", "tiny.yaml", "--store", "tiny.yaml/store"),
      Mistake(10, "run only if their inputs change", "plan", "tiny.yaml", "--exit-code"),
    ])
    func `a mistake ends with its code and says what to do`(mistake: Mistake) async throws {
      let place = try Workplace()
      try place.write(
        "lightbench: 1\nrecpie: x.yaml\nset: {train.steps: 3}\n", to: "mistyped.yaml")
      try place.write("lightbench: 1\nrecipe: \(Workplace.recipe)\naxes: {marker: [neun]}\n", to: "unbound.yaml")
      let ending = try await place.start(mistake.arguments).ending()
      #expect(ending.code == mistake.code, "\(ending.all)")
      #expect((ending.output + ending.errors).contains(mistake.words), "\(ending.all)")
      #expect(!ending.all.contains("Error Domain"), "\(ending.all)")
    }

    @Test(arguments: [
      ["results", "tiny.yaml", "-o", "tiny.yaml"], ["get", "tiny.yaml", "matrix", "-o", "tiny.yaml/out.csv"],
      ["get", "tiny.yaml", "matrix", "-o", "no/such/folder/out.csv"],
      ["get", "tiny.yaml", "prepare[marker=neun].train", "-o", "tiny.yaml/out"],
    ])
    func `what cannot be written is the environment's fault: 6`(arguments: [String]) async throws {
      let ending = try await Shared.finished.start(arguments).ending()
      #expect(ending.code == 6, "\(ending.all)")
      #expect(ending.errors.hasPrefix("error: cannot "), "\(ending.all)")
      #expect(!ending.all.contains("Domain"), "\(ending.all)")
    }

    @Test func `data that is not where the experiment says is 3, with the way out`() async throws {
      let place = try Workplace()
      let file = Workplace.package.appending("experiments").appending("light-sheet-matrix.yaml").string
      let ending = try await place.expect(3, "plan", file)
      #expect(ending.errors.contains("set LIGHTBENCH_DATA to the folder of the data, or say -S data.root=DIR"))
      let missing = try await place.expect(3, "plan", file, "-S", "data.root=nowhere")
      #expect(missing.errors.contains("nowhere"))
      #expect(missing.errors.contains("files that are missing"), "\(missing.errors)")
    }

    @Test func `damage in the store is 5, and the next run mends it`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let objects = try place.store.contents(of: "objects")
      let victim = try #require(objects.keys.sorted().last { $0.hasSuffix("tables.h5") })
      let path = place.store.root.appending("objects").appending(victim).string
      var bytes = try #require(objects[victim])
      bytes[bytes.count / 2] ^= 0xFF
      try FileManager.default.removeItem(atPath: path)
      try bytes.write(to: URL(filePath: path))

      let found = try await place.expect(5, "cache", "verify")
      #expect(found.output.contains("damaged, now in quarantine: "))
      #expect(found.errors.contains("computed again by the next 'lightbench run'"))
      try await place.expect(0, "run", "tiny.yaml")
      try await place.expect(0, "cache", "verify")
      #expect(try place.store.contents(of: "objects") == objects)
    }
  }
}
