extension Matrix {
  /// The matrix as CSV (RFC 4180, lines end in LF): labels of recipes, full precision, `n/a` for an absent value.
  ///
  /// The columns are the row label, the kind of the row (`model` or `baseline`) and one column a label. Numbers are
  /// the shortest decimals that read back to the same `Double`.
  public func csv() -> String {
    var lines = [["row", "kind"] + columns.map(\.label)]
    for row in rows {
      let kind = row.kind == .model ? "model" : "baseline"
      lines.append([row.label, kind] + row.values.map { $0.map { "\($0)" } ?? "n/a" })
    }
    return lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }
}

private func quoted(_ field: String) -> String {
  let needsQuotes = field.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
  guard needsQuotes else { return field }
  return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
