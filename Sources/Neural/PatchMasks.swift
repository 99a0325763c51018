import Tensors

/// Which patches of each crop are visible; the others are masked.
public struct PatchMasks: Hashable, Sendable {
  /// Patches of a crop.
  public let tokens: Int
  /// The visible patches of each crop, rising; as many in each.
  public let visible: [[Int]]

  /// Masks of given visible patches.
  ///
  /// - Precondition: as many in each crop, none twice, all below `tokens`.
  public init(visible: [[Int]], of tokens: Int) {
    self.tokens = tokens
    self.visible = visible.map { $0.sorted() }
    for (sample, own) in self.visible.enumerated() {
      precondition(
        own.count == visible[0].count, "masks: \(own.count) patches visible in crop \(sample), not as in others")
      precondition(Set(own).count == own.count, "masks: a patch of crop \(sample) is named twice")
      precondition(
        own.allSatisfy { (0..<tokens).contains($0) }, "masks: crop \(sample) has patches outside of \(tokens)")
    }
  }

  /// Masks drawn for the crops of one step, each from a stream of the seed, the step and its place in the batch.
  ///
  /// - Parameter first: The place of the first crop, where this is a part of a larger batch.
  public init(
    batch: Int, visible: Int, of tokens: Int, seed: UInt64, step: Int, purpose: String = "masks", first: Int = 0
  ) {
    precondition(visible >= 0 && visible <= tokens, "masks: \(visible) of \(tokens) patches visible")
    let drawn = (first..<first + batch).map { sample in
      var random = Philox(seed: seed, purpose: purpose, position: UInt64(step) << 24 | UInt64(sample))
      var order = Array(0..<tokens)
      // Fisher and Yates, as far as it is needed.
      for place in 0..<visible { order.swapAt(place, place + random.below(tokens - place)) }
      return Array(order[..<visible])
    }
    self.init(visible: drawn, of: tokens)
  }

  // MARK: -

  /// Crops of the batch.
  var batch: Int { visible.count }
  var visibleCount: Int { visible.first?.count ?? 0 }
  var maskedCount: Int { tokens - visibleCount }

  /// The masked patches of each crop, rising.
  public var masked: [[Int]] {
    visible.map { own in
      let isVisible = Set(own)
      return (0..<tokens).filter { !isVisible.contains($0) }
    }
  }

  /// Rows of the visible patches out of those of all.
  var visibleRows: RowPlan { RowPlan(sources: rows(visible, step: tokens, shift: 0), inputs: batch * tokens) }

  /// Rows of the masked patches out of those of all, of which each crop has `extra` more in front.
  func maskedRows(after extra: Int) -> RowPlan {
    RowPlan(sources: rows(masked, step: tokens + extra, shift: extra), inputs: batch * (tokens + extra))
  }

  /// The encoder's sequence: the class token, which has no position, and the visible patches with theirs.
  var encoderSequence: RowPlan {
    let count = visibleCount
    let sources = (0..<batch).flatMap { sample in [-1] + (0..<count).map { sample * count + $0 } }
    return RowPlan(sources: sources, places: visible.flatMap { [-1] + $0 }, inputs: batch * count)
  }

  /// The decoder's sequence: the class token, then all patches in place, mask tokens where there is none.
  var decoderSequence: RowPlan {
    let length = visibleCount + 1
    let sources = visible.enumerated().flatMap { sample, own in
      var row = [Int](repeating: -1, count: tokens)
      for (index, token) in own.enumerated() { row[token] = sample * length + 1 + index }
      return [sample * length] + row
    }
    return RowPlan(sources: sources, places: (0..<batch).flatMap { _ in Array(0...tokens) }, inputs: batch * length)
  }

  private func rows(_ lists: [[Int]], step: Int, shift: Int) -> [Int] {
    lists.enumerated().flatMap { sample, own in own.map { sample * step + shift + $0 } }
  }
}
