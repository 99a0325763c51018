import Tensors
import Testing

@testable import Imaging

@Suite struct CropPlacesTests {
  private let groups = [[Extent(8, 16, 16), Extent(8, 40, 40)], [Extent(20, 12, 12)], [Extent(4, 8, 8)]]

  private func places(_ groups: [[Extent]], turns: Bool = true, seed: UInt64 = 3) -> CropPlaces {
    CropPlaces(groups: groups, size: Extent(4, 8, 8), turns: turns, seed: seed, purpose: "test")
  }

  @Test func `groups take turns, and every crop lies in its region`() {
    let places = places(groups)
    for number in 0..<300 {
      let place = places.place(of: number)
      #expect(place.group == number % 3)
      #expect(place.box.size == Extent(4, 8, 8))
      let size = groups[place.group][place.region]
      #expect(zip(place.box.upper.axes, size.axes).allSatisfy { $0 <= $1 })
      #expect(place.box.lower.axes.allSatisfy { $0 >= 0 })
    }
  }

  @Test func `every place of a group is about as likely`() {
    // 5 x 9 x 9 places in the first region and 5 x 33 x 33 in the second.
    let places = places([groups[0]])
    let drawn = (0..<4000).map { places.place(of: $0) }
    let first = drawn.count { $0.region == 0 }
    let expected = 4000 * 81.0 / (81 + 1089)
    #expect(abs(Double(first) - expected) < 5 * expected.squareRoot())
    #expect(Set(drawn.filter { $0.region == 0 }.map(\.box.lower.z)) == [0, 1, 2, 3, 4])
  }

  @Test func `a place depends on seed, number and attempt alone`() {
    let (one, same) = (places(groups), places(groups))
    #expect((0..<20).map { one.place(of: $0) } == (0..<20).map { same.place(of: $0) })
    #expect(one.place(of: 4) != places(groups, seed: 4).place(of: 4))
    #expect(one.place(of: 4) != one.place(of: 4, attempt: 1))
    #expect(one.place(of: 4) != one.place(of: 7))
  }

  @Test func `a turned crop holds the same values, and an unturned one in the same order`() {
    let values = (0..<4 * 8 * 8).map(Float.init)
    let plain = places(groups, turns: false)
    #expect((0..<8).allSatisfy { plain.place(of: $0).turned(values) == values })
    let turned = (0..<32).map { places(groups).place(of: $0).turned(values) }
    #expect(turned.allSatisfy { $0.sorted() == values })
    #expect(Set(turned).count > 8)
  }
}

@Suite struct BackgroundLevelTests {
  private func noise(_ count: Int, seed: UInt64) -> [Float] {
    var random = Philox(seed: seed, purpose: "noise")
    return (0..<count).map { _ in Float(100 + 5 * random.normal()) }
  }

  @Test func `noise is background, and a crop with a cell is not`() {
    let level = BackgroundLevel(of: noise(20_000, seed: 1))
    #expect(abs(level.threshold - 115) < 0.5)
    var crop = noise(4096, seed: 2)
    #expect(level.isAll(of: crop))
    for place in 0..<50 { crop[place] = 160 }
    #expect(!level.isAll(of: crop))
  }

  @Test func `what shines does not raise the background`() {
    let level = BackgroundLevel(of: noise(20_000, seed: 1) + [Float](repeating: 900, count: 2000))
    #expect(level.threshold < 119)
  }

  @Test func `a hundredth of the voxels may be above`() {
    let level = BackgroundLevel(of: [0, 1, 2])
    var crop = [Float](repeating: 0, count: 200)
    crop[0] = 1e6
    crop[1] = 1e6
    #expect(level.isAll(of: crop))
    crop[2] = 1e6
    #expect(!level.isAll(of: crop))
  }
}
