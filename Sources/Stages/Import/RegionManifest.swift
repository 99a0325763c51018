import Imaging
import Recipes

/// A checked YAML file that says which volumes there are, where their cells are, and what each split does with them.
struct RegionManifest: Sendable {
  /// One 3D image and the table of its cell centres.
  struct Volume: Sendable {
    let name: String
    /// The label of its marker.
    let marker: String
    /// The path of the image, from the root of the data.
    let image: String
    /// The path of the table, from the root of the data.
    let centres: String
    let layout: CentreLayout
    /// Nil where nobody knows it.
    let voxel: VoxelSize?
    /// Where nothing counts, in voxels of the volume.
    let ignore: [ManifestBox]
    /// Boxes that splits call by name.
    let regions: [String: ManifestBox]
  }

  /// A box of a volume in a role; without a box it is the whole volume.
  struct Region: Sendable {
    let volume: String
    let role: Role
    /// The name of a region of the volume, where the split uses one.
    let name: String?
    let box: ManifestBox?
    let range: SourceRange
  }

  /// The file as the user would type it.
  let file: String
  let markers: [String: Marker]
  let volumes: [String: Volume]
  /// By split, then by marker: train, validation, test, each in the order written.
  let splits: [String: [String: [Region]]]
  /// The text, for carets under mistakes that only the images show.
  let source: String
}

// MARK: - Decoding

extension RegionManifest {
  /// Reads a manifest.
  ///
  /// - Throws: `RecipeError` with every mistake in it.
  init(_ bytes: [UInt8], file: String) throws(RecipeError) {
    let mistakes = ManifestFields.Mistakes()
    guard let root = YAMLDocument.parse(bytes, file: file, into: &mistakes.collector) else {
      throw mistakes.collector.error
    }
    self.file = file
    source = mistakes.collector.sources[file] ?? ""
    guard let fields = ManifestFields(root, of: "the manifest", mistakes) else { throw mistakes.collector.error }
    let markerEntries = fields.names("markers", isRequired: true)
    let volumeEntries = fields.names("volumes", isRequired: true)
    let splitEntries = fields.names("splits", isRequired: true)
    fields.end()
    let names = Names(markers: markerEntries.map(\.name), volumes: volumeEntries)
    markers = Self.table(markerEntries) { Marker($0, mistakes) }
    volumes = Self.table(volumeEntries) { Volume($0, names, mistakes) }
    let volumes = volumes
    splits = Self.table(splitEntries) { Self.split($0, names, volumes, mistakes) }
    try mistakes.collector.check()
  }

  /// The names that entries may refer to, known before the entries themselves are read.
  struct Names {
    let markers: [String]
    let volumes: [String]
    /// The marker that each volume says it is of.
    let markerOf: [String: String]

    init(markers: [String], volumes: [Node.Entry]) {
      self.markers = markers
      self.volumes = volumes.map(\.name)
      let pairs = volumes.compactMap { entry in entry.value["marker"]?.scalar.map { (entry.name, $0) } }
      markerOf = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
  }

  private static func table<Value>(_ entries: [Node.Entry], _ decode: (Node.Entry) -> Value?) -> [String: Value] {
    let pairs = entries.compactMap { entry in decode(entry).map { (entry.name, $0) } }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  private static func split(
    _ entry: Node.Entry, _ names: Names, _ volumes: [String: Volume], _ mistakes: ManifestFields.Mistakes
  ) -> [String: [Region]]? {
    let owner = "split '\(entry.name)'"
    guard let entries = entry.value.mapping else {
      mistakes.collector.report(
        .wrongShape, "\(owner): expected a mapping from markers, found \(entry.value.described)", at: entry.value.range)
      return nil
    }
    for marker in entries where !names.markers.contains(marker.name) {
      mistakes.reportUnknown("marker", marker.key, among: names.markers, owner)
    }
    return table(entries) { marker in
      guard let fields = ManifestFields(marker.value, of: "\(owner) of '\(marker.name)'", mistakes) else { return nil }
      let lists = Role.allCases.map { role in (role, fields.list(role.rawValue)) }
      fields.end()
      let regions = lists.flatMap { role, items in
        items.compactMap { Region($0, role, marker: marker.name, names, volumes, fields) }
      }
      mistakes.reportOverlaps(regions, volumes, fields.owner)
      return regions
    }
  }
}

extension Marker {
  /// Reads `{display, tolerance}`.
  fileprivate init?(_ entry: Node.Entry, _ mistakes: ManifestFields.Mistakes) {
    guard let fields = ManifestFields(entry.value, of: "marker '\(entry.name)'", mistakes) else { return nil }
    let display = fields.optional("display", String.self)
    let tolerance = fields.required("tolerance", Pixels.self)
    fields.end()
    guard let tolerance else { return nil }
    if tolerance.value <= 0 {
      fields.report(
        .outOfRange, "\(fields.owner): tolerance: '\(tolerance.text)' is not more than 0",
        at: entry.value["tolerance"]?.range)
    }
    self.init(label: entry.name, displayName: display ?? entry.name, tolerance: tolerance.value)
  }
}

extension RegionManifest.Volume {
  /// Reads `{marker, image, centres, voxel, ignore, regions}`.
  fileprivate init?(_ entry: Node.Entry, _ names: RegionManifest.Names, _ mistakes: ManifestFields.Mistakes) {
    guard let fields = ManifestFields(entry.value, of: "volume '\(entry.name)'", mistakes) else { return nil }
    let marker = fields.required("marker", String.self)
    let image = fields.required("image", String.self)
    let table = fields.required("centres").flatMap {
      ManifestFields($0, of: "volume '\(entry.name)': centres", mistakes)
    }
    voxel = fields.optional("voxel", ManifestVoxel.self)?.size
    ignore = fields.list("ignore").compactMap { mistakes.value($0, "\(fields.owner): ignore", ManifestBox.self) }
    let boxes = fields.names("regions").compactMap { region in
      mistakes.value(region.value, "\(fields.owner): region '\(region.name)'", ManifestBox.self).map {
        (region.name, $0)
      }
    }
    fields.end()
    let file = table?.required("file", String.self)
    let layout = table.flatMap { CentreLayout($0) }
    table?.end()
    if let marker, !names.markers.contains(marker), let node = entry.value["marker"] {
      mistakes.reportUnknown("marker", node, among: names.markers, fields.owner)
    }
    if layout?.unit == .um, entry.value["voxel"] == nil {
      table?.report(
        .inconsistent, "\(fields.owner): centres in um need the volume's 'voxel'",
        at: entry.value["centres"]?["unit"]?.range, hint: "add 'voxel: [z, y, x]' in um, or write 'unit: voxel'")
    }
    guard let marker, let image, let file, let layout else { return nil }
    name = entry.name
    self.marker = marker
    self.image = image
    centres = file
    self.layout = layout
    regions = Dictionary(boxes, uniquingKeysWith: { first, _ in first })
  }
}

extension RegionManifest.Region {
  /// Reads `{volume, box}`, `{volume, region}` or the bare name of a volume.
  fileprivate init?(
    _ node: Node, _ role: Role, marker: String, _ names: RegionManifest.Names,
    _ volumes: [String: RegionManifest.Volume], _ owner: ManifestFields
  ) {
    let mistakes = owner.mistakes
    var volume = node.scalar
    var box: ManifestBox?
    var region: Node?
    if volume == nil {
      guard let fields = ManifestFields(node, of: "\(owner.owner): \(role.rawValue)", mistakes) else { return nil }
      volume = fields.required("volume", String.self)
      box = fields.optional("box", ManifestBox.self)
      region = fields.optional("region")
      fields.end()
      if box != nil, let region {
        fields.report(.inconsistent, "\(fields.owner): 'box' and 'region' exclude each other", at: region.range)
      }
    }
    guard let volume, let place = node.scalar == nil ? node["volume"] : node else { return nil }
    guard names.volumes.contains(volume) else {
      mistakes.reportUnknown("volume", place, among: names.volumes, owner.owner)
      return nil
    }
    if let other = names.markerOf[volume], other != marker, names.markers.contains(other) {
      mistakes.collector.report(
        .inconsistent, "\(owner.owner): volume '\(volume)' is of marker '\(other)'", at: place.range)
    }
    if let region, let regions = volumes[volume]?.regions {
      box = region.scalar.flatMap { regions[$0] }
      if box == nil { mistakes.reportUnknown("region", region, among: regions.keys.sorted(), "volume '\(volume)'") }
    }
    // A box that could not be read must not stand for the whole volume.
    if box == nil, node["region"] != nil || node["box"] != nil { return nil }
    self.volume = volume
    self.role = role
    self.box = box
    name = region?.scalar
    range = node.range
  }
}
