import ArgumentParser
import Foundation
import Pipeline
import Recipes
import Stages
import SystemPackage

/// Where artifacts live, for every command.
struct StoreOption: ParsableArguments {
  @Option(help: "The store (default: LIGHTBENCH_STORE, else .lightbench in this folder).")
  var store: String?

  var path: FilePath { path(under: nil) }

  /// The store of `--store`, else of the profile, else of the environment.
  func path(under profile: Profile?) -> FilePath {
    if let store { return FilePath(store) }
    if let store = profile?.store { return store }
    return FilePath(ProcessInfo.processInfo.environment["LIGHTBENCH_STORE"] ?? ".lightbench")
  }
}

/// Which experiment, in which form.
struct ExperimentOptions: ParsableArguments {
  @Argument(help: "An experiment, such as experiments/phantom-matrix.yaml.")
  var experiment: String

  @Option(help: "A variant of the experiment.")
  var variant: String?

  @Option(
    name: .customShort("S"),
    help: ArgumentHelp(
      "Set a value: -S train.steps=20, -S 'train[marker=gfap].steps=40', -S axes.marker='a|b', -S data.root=DIR.",
      valueName: "key=value"))
  var set: [String] = []

  @Option(help: "A profile: a file, or a name in experiments/profiles. It says what tasks need here, never a result.")
  var profile: String?

  @OptionGroup var store: StoreOption

  @Flag(help: "Read outside data again instead of trusting remembered digests.")
  var rehash = false

  func open() throws -> OpenExperiment {
    let kinds = StageRegistry.lightbench.kinds.map(\.kind)
    let profile = try profile.map { name in try Profile.load(name, kinds: kinds) }
    return try OpenExperiment(
      FilePath(experiment), variant: variant, overrides: set, store: store.path(under: profile), profile: profile,
      rehash: rehash, registry: .lightbench)
  }

  /// The graph alone, for which no store is made.
  func graph() throws -> Graph {
    let kinds = StageRegistry.lightbench.kinds.map(\.kind)
    let recipe = try Recipe.load(FilePath(experiment), variant: variant, overrides: set, kinds: kinds)
    return try Graph(recipe, registry: .lightbench)
  }

  /// The words after `lightbench run` that mean the same experiment again, ready to paste.
  var arguments: String {
    var words = [experiment]
    if let variant { words += ["--variant", variant] }
    for text in set { words += ["-S", text.quotedForShell] }
    if let profile { words += ["--profile", profile.quotedForShell] }
    if let folder = store.store { words += ["--store", folder.quotedForShell] }
    return words.joined(separator: " ")
  }
}

extension String {
  /// In single quotes where a shell would read it otherwise.
  var quotedForShell: String {
    let plain = allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/=,:+@".contains($0)) }
    return plain && !isEmpty
      ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
