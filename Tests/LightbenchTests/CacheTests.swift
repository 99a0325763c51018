import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// `lightbench cache`, as a person types it.
  @Suite struct CacheTests {
    @Test func `du tells where the room has gone`() async throws {
      let ending = try await Shared.finished.expect(0, "cache", "du")
      #expect(ending.output.hasPrefix("stage kind "))
      #expect(ending.output.contains("\nphantom.regions "))
      #expect(ending.output.contains("\ntiny "))
      #expect(ending.output.contains("\nobjects "))
      #expect(ending.output.hasSuffix(" are free on the disk\n"))
    }

    @Test func `a pin keeps what gc would remove, with all that it needs`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let pinned = try await place.expect(0, "cache", "pin", "tiny.yaml", "train[marker=neun]")
      #expect(pinned.output == "3 results pinned, 0 were before\n")
      let gone = try await place.expect(0, "cache", "gc", "--days", "0")
      #expect(gone.output.contains("\nkept: 3 tasks, "))
      let list = try await place.expect(0, "cache", "ls")
      #expect(list.output.contains("pinned"))
      let released = try await place.expect(0, "cache", "unpin", "tiny.yaml", "train[marker=neun]")
      #expect(released.output == "3 pins taken away\n")
      let missing = try await place.expect(4, "cache", "pin", "tiny.yaml", "matrix")
      #expect(missing.errors.contains("' has no result yet; run 'lightbench run tiny.yaml' first"))
    }

    @Test func `gc keeps the experiments of the project, and stops at a size`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("experiments").string, withIntermediateDirectories: true)
      try place.write(try place.read("tiny.yaml"), to: "experiments/tiny.yaml")
      let kept = try await place.expect(0, "cache", "gc", "--days", "0", "--dry-run")
      #expect(kept.output.contains("\nkept: 23 tasks, "), "\(kept.all)")
      let large = try await place.expect(0, "cache", "gc", "--days", "0", "--only-kept", "--max-size", "20 GiB")
      #expect(large.output.contains("\nkept: 23 tasks, "), "\(large.all)")
      let gone = try await place.expect(0, "cache", "gc", "--days", "0", "--only-kept")
      #expect(gone.output.contains("\nkept: 0 tasks, "), "\(gone.all)")
      let wrong = try await place.expect(2, "cache", "gc", "--max-size", "big")
      #expect(wrong.errors.contains("--max-size takes a size such as '20 GiB', not 'big'"))
    }

    @Test(arguments: ["recipe: [unclosed\n", "", "extends: nowhere.yaml\naxes: {marker: [neun]}\n"])
    func `gc keeps what an experiment that cannot be read has on record, and says so once`(text: String) async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("experiments").string, withIntermediateDirectories: true)
      try place.write(text, to: "experiments/tiny.yaml")
      let kept = try await place.expect(0, "cache", "gc", "--days", "0")
      #expect(kept.output.contains("\nkept: 23 tasks, "), "\(kept.all)")
      let note = "note: 'experiments/tiny.yaml' cannot be read; what its runs on record used is kept\n"
      #expect(kept.errors.components(separatedBy: note).count == 2, "\(kept.all)")
    }

    @Test func `gc visits every variant, though another cannot be read`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("experiments").string, withIntermediateDirectories: true)
      let text = try place.read("tiny.yaml").replacing(
        "variants:\n", with: "variants:\n  broken: {set: {train.nonsense: 1}}\n")
      // Under another name, so that no run on record is its own.
      try place.write(text, to: "experiments/other.yaml")
      let kept = try await place.expect(0, "cache", "gc", "--days", "0", "--dry-run")
      #expect(!kept.output.contains("\nkept: 0 tasks, "), "\(kept.all)")
    }

    @Test func `gc keeps what lies behind a lost object`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      try FileManager.default.createDirectory(
        atPath: place.folder.appending("experiments").string, withIntermediateDirectories: true)
      try place.write(try place.read("tiny.yaml"), to: "experiments/tiny.yaml")
      let objects = place.folder.appending("store").appending("objects").string
      let list = try await place.expect(0, "plan", "tiny.yaml")
      #expect(list.output.hasSuffix("Everything is up to date.\n"))
      let large = try #require(
        try FileManager.default.subpathsOfDirectory(atPath: objects).first { $0.hasSuffix("/volumes.zarr") })
      try FileManager.default.removeItem(atPath: objects + "/" + FilePath(large).removingLastComponent().string)
      let kept = try await place.expect(0, "cache", "gc", "--days", "0", "--dry-run")
      #expect(kept.output.contains("\nkept: 23 tasks, "), "\(kept.all)")
    }

    @Test func `verify computes again what it is told, and finds the same`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let ending = try await place.expect(0, "cache", "verify", "--rerun", "tiny.yaml:train[marker=neun]")
      #expect(ending.output == "1 task computed again, 1 with the same result\n")
      let wrong = try await place.expect(2, "cache", "verify", "--rerun", "tiny.yaml")
      #expect(wrong.errors.contains("--rerun takes EXPERIMENT:SELECTOR, not 'tiny.yaml'"))
    }

    @Test func `results travel to another store, where nothing is left to compute`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let out = try await place.expect(0, "cache", "export", "tiny.yaml", "-o", "parcel")
      #expect(out.output == "23 results in 'parcel'; 'lightbench cache import parcel' takes them in\n")
      let there = place.folder.appending("there").string
      let taken = try await place.expect(0, "cache", "import", "parcel", "--store", there)
      #expect(taken.output == "23 results are new, 0 were there, 0 differ from what was there, which stays\n")
      let plan = try await place.expect(0, "plan", "tiny.yaml", "--store", there)
      #expect(plan.output.hasSuffix("Everything is up to date.\n"))
      let objects = try #require(
        try StoreFiles(root: place.folder.appending("parcel")).contents(of: "objects").keys.first)
      try StoreFiles(root: place.folder.appending("parcel")).flip(objects)
      let refused = try await place.expect(5, "cache", "import", "parcel", "--store", there)
      #expect(refused.errors.contains("; nothing was imported\n"))
    }
  }
}
