/// Guesses what a misspelt word was meant to be.
public enum Suggestion {
  /// `did you mean 'x'?` for the known word nearest to `word`, or nil if none is near.
  ///
  /// Known synonyms first, then words equal up to case, `_` and `-`, then words of the same letters, then the least
  /// edit distance (ties: the first in alphabetical order), at most a third of the word's length.
  public static func hint(for word: String, among known: [String]) -> String? {
    nearest(to: word, among: known).map { "did you mean '\($0)'?" }
  }

  /// The known word nearest to `word`, or nil if none is near.
  public static func nearest(to word: String, among known: [String]) -> String? {
    if let meant = synonyms[word.lowercased()]?.first(where: known.contains) { return meant }
    let bare = stripped(word)
    if let same = known.sorted().first(where: { stripped($0) == bare }) { return same }
    let letters = word.lowercased().sorted()
    if word.count > 2, let same = known.sorted().first(where: { $0.sorted() == letters }) { return same }
    let limit = min(3, max(1, word.count / 3))
    let ranked = known.sorted().map { (word: $0, distance: editDistance(word.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
    return best.distance < best.word.count ? best.word : nil
  }

  /// The least number of insertions, deletions, replacements and swaps of neighbours between two words.
  ///
  /// Damerau-Levenshtein distance in its restricted form (optimal string alignment): Damerau 1964,
  /// doi:10.1145/363958.363994.
  static func editDistance(_ first: String, _ second: String) -> Int {
    let a = Array(first)
    let b = Array(second)
    guard !a.isEmpty else { return b.count }
    guard !b.isEmpty else { return a.count }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }

  private static func stripped(_ word: String) -> String {
    word.lowercased().filter { $0 != "_" && $0 != "-" }
  }

  /// Words of other tools for words of this one.
  private static let synonyms: [String: [String]] = [
    "batch_size": ["batch"], "batchsize": ["batch"], "lr": ["learning_rate"], "rate": ["learning_rate"],
    "epochs": ["steps"], "epoch": ["steps"], "iterations": ["steps"], "iters": ["steps"],
    "min_distance": ["minimum_distance"], "d_min": ["minimum_distance"], "wd": ["weight_decay", "decay"],
    "weight_decay": ["decay"], "decay": ["weight_decay"], "width": ["dim"], "channels": ["dim"], "hidden": ["dim"],
    "layers": ["depth"], "kernel_size": ["kernel"], "patch_size": ["patch"], "crop_size": ["crop"],
    "val": ["validation"], "threshold": ["tau"], "params": ["with"], "parameters": ["with"], "kind": ["use"],
    "uses": ["use"], "inputs": ["in"], "input": ["in"], "matrix": ["over"], "foreach": ["over"], "axis": ["axes"],
    "overrides": ["set"], "resources": ["needs"], "mem": ["memory"], "ram": ["memory"], "cpus": ["cores"],
    "threads": ["cores"], "timeout": ["time"], "retries": ["retry"], "bindings": ["bind"], "version": ["lightbench"],
    "random_seed": ["seed"],
  ]
}
