public import Fingerprints
public import Imaging

/// A region that a model has seen.
public struct SeenRegion: Sendable, Hashable {
  /// The digest of the volume.
  public let source: Digest
  /// The box in it.
  public let box: Box

  /// A box of the volume of that digest.
  public init(source: Digest, box: Box) {
    self.source = source
    self.box = box
  }
}

extension SeenRegion {
  var facts: CanonicalValue {
    .map(["source": .bytes(source.bytes), "box": .integers(box.lower.axes + box.upper.axes)])
  }

  init(_ facts: Facts) throws {
    self.init(source: try facts.digest("source"), box: try Box(facts.integers("box")))
  }
}
