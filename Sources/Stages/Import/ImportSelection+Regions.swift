import ArrayStores
import Artifacts
import Imaging

extension ImportSelection.Item {
  /// The region with its values and its centres.
  ///
  /// - Parameter isChecked: Whether the centres are compared with the image.
  /// - Returns: Also a warning, where they would fit clearly better if they were read otherwise.
  func region(isChecked: Bool) throws -> (region: AnnotatedRegion, warning: String?) {
    let table = try CentreTable(centres, volume.layout)
    let found = try table.centres(in: image.size, voxel: volume.voxel)
    let part = partToCheck
    let values = try image.read(part)
    let warning = isChecked ? ReadingCheck.warning(table, voxel: volume.voxel, in: values, at: part) : nil
    let cut = box.relative(to: part.lower)
    let region = AnnotatedRegion(
      id: id, role: role, image: try values.region(Region(start: cut.lower.axes, shape: cut.size.axes)),
      voxelSize: volume.voxel, source: imageDigest, box: box,
      centres: found.filter(box.contains).map { $0.relative(to: box.lower) }, ignore: ignore)
    return (region, warning)
  }

  /// All of a volume where that is small, so that its reading is judged by all centres; else the region.
  private var partToCheck: Box { image.size.count <= 1 << 26 ? Box(image.size) : box }
}
