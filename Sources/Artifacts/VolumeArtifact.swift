public import Fingerprints
public import Pipeline
public import SystemPackage

extension ArtifactType {
  /// One volume along z, y and x.
  public static let volume = ArtifactType("volume")
}

/// A whole volume as an artifact: an OME-Zarr image that was streamed to the disk.
public enum VolumeArtifact {
  /// What the volume is called in its artifact.
  public static let name = "volume"

  /// The artifact of an image.
  ///
  /// What file the values came from is no part of it: that one was compressed anew makes no other volume.
  ///
  /// - Parameters:
  ///   - image: On the disk of the store; publishing moves it.
  ///   - digest: With the axes and the voxel size, as `VolumeImport` gives it.
  public static func bundle(image: FilePath, digest: Digest, voxelSize: [Double]?) -> Bundle {
    var bundle = Bundle(.volume)
    bundle.streamed = [.init(name, image: image, digest: digest, voxelSize: voxelSize)]
    return bundle
  }
}
