/// Cuts a dotted key into keys with places of their own.
enum PathKeys {
  /// The keys of `key.key`.
  static func all(_ key: Node) -> [Node] { cut(Array((key.scalar ?? "").unicodeScalars)[...], of: key) }

  /// The keys below a stage: of `stage.key`, `stage[axis=label].key`, `stage.key[axis=label]` and
  /// `stage.key@axis=label`.
  static func belowStage(_ key: Node) -> [Node] {
    let scalars = Array((key.scalar ?? "").unicodeScalars)
    let open = scalars.firstIndex { $0 == "[" || $0 == "@" } ?? scalars.endIndex
    var keys = Array(cut(scalars[..<open], of: key).dropFirst())
    if let close = scalars.firstIndex(of: "]"), close > open {
      keys += cut(scalars[(close + 1)...].dropFirst(), of: key)
    }
    return keys
  }

  private static func cut(_ scalars: ArraySlice<Unicode.Scalar>, of key: Node) -> [Node] {
    guard !scalars.isEmpty else { return [] }
    let shift = key.plainScalar == nil ? 1 : 0
    return scalars.split(separator: ".", omittingEmptySubsequences: false).map { part in
      let place = key.range.part(at: part.startIndex + shift, length: part.count)
      return Node(.scalar(String(String.UnicodeScalarView(part)), isQuoted: false), range: place)
    }
  }
}
