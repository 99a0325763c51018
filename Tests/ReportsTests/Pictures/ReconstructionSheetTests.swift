import Imaging
import Testing

@testable import Artifacts
@testable import Reports

/// Crops, what a model sees of them and what it makes of them, in one picture.
@Suite struct ReconstructionSheetTests {
  /// A crop of 2 x 16 x 16 whose right half is masked in the shown plane; the output is brighter there.
  private static let crop: Reconstruction = {
    let size = Extent(2, 16, 16)
    let input = (0..<size.count).map { Float($0 % 7) / 7 }
    let isMasked = (0..<size.count).map { $0 >= 256 && $0 % 16 >= 8 }
    return Reconstruction(
      marker: Marker(label: "neun", displayName: "NeuN", tolerance: 6), size: size, patch: Extent(1, 8, 8),
      input: input, output: zip(input, isMasked).map { $1 ? 1 : $0 },
      isMasked: isMasked, isNormalised: false)
  }()

  @Test func `rows are input, masked and output of the central plane`() throws {
    let sheet = ReconstructionSheet(
      crops: [Self.crop, Self.crop, Self.crop], names: ["NeuN", "TH", "PV"], voxelSize: VoxelSize(4, 1.8, 1.8))
    let picture = sheet.picture()
    let (zoom, step, left) = (8, 128 + 8, 8 + 72 + 8)
    func colour(_ row: Int, _ y: Int, _ x: Int) -> [UInt8] {
      let (top, column) = (26 + row * step + y * zoom + 4, left + x * zoom + 4)
      let start = (top * picture.width + column) * 3
      return Array(picture.pixels[start..<start + 3])
    }
    for x in [1, 5, 9, 14] {
      #expect((colour(0, 3, x) == colour(2, 3, x)) == (x < 8))
      let mask = [ReconstructionSheet.mask.red, ReconstructionSheet.mask.green, ReconstructionSheet.mask.blue]
      #expect((colour(1, 3, x) == mask) == (x >= 8))
      if x < 8 { #expect(colour(1, 3, x) == colour(0, 3, x)) } else { #expect(colour(2, 3, x) == [255, 255, 255]) }
    }
    #expect(picture.width == left + 3 * step && picture.height == 26 + 3 * step)
    #expect(try sheet.png() == sheet.png())
    #expect(try sheet.png().count < 20_000)
  }
}
