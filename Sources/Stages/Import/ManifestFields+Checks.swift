import Imaging
import Recipes

extension ManifestFields.Mistakes {
  /// Reports a name that nothing has.
  func reportUnknown(_ what: String, _ node: Node, among known: [String], _ owner: String) {
    // Where there is none at all, that was said already.
    guard !known.isEmpty || what == "region" else { return }
    let hint = Suggestion.hint(for: node.scalar ?? "", among: known)
    collector.report(
      what == "volume" ? .unknownSource : .unknownLabel, "\(owner): there is no \(what) \(node.described)",
      at: node.range, hint: hint ?? (known.isEmpty ? nil : "there are \(known.joined(separator: ", "))"))
  }

  /// Reports regions of one image that share voxels: what is tested must never have been trained on.
  func reportOverlaps(_ regions: [RegionManifest.Region], _ volumes: [String: RegionManifest.Volume], _ owner: String) {
    for (place, second) in regions.enumerated() {
      guard let first = regions[..<place].first(where: { $0.shares(second, volumes) }) else { continue }
      let what =
        first.role == second.role
        ? "is listed twice under '\(second.role.rawValue)'"
        : "is in '\(first.role.rawValue)' and in '\(second.role.rawValue)'"
      let part =
        first.box == nil && second.box == nil ? "volume '\(second.volume)'" : "a part of volume '\(second.volume)'"
      collector.report(
        .inconsistent, "\(owner): \(part) \(what)", at: second.range,
        hint: first.role == second.role ? nil : "a model must not be tested on what it saw",
        notes: ["first listed at \(first.range)"])
    }
  }
}

extension RegionManifest.Region {
  /// Whether both hold a voxel of the same image.
  fileprivate func shares(_ other: RegionManifest.Region, _ volumes: [String: RegionManifest.Volume]) -> Bool {
    guard volume == other.volume || (volumes[volume]?.image).map({ $0 == volumes[other.volume]?.image }) ?? false else {
      return false
    }
    guard let box = box?.box, let otherBox = other.box?.box else { return true }
    return box.intersection(otherBox) != nil
  }
}
