import Imaging
import Testing

@Suite struct AxisReadingTests {
  private let region = Phantom.region(
    PhantomSettings(marker: .iba1, size: Extent(24, 120, 140)), seed: 5, role: .train, index: 0)

  @Test func `the right reading fits best and raises no warning`() {
    let readings = AxisReading.readings(of: region.centres, in: region.volume)
    #expect(readings.count == 12)
    #expect(readings.first?.isIdentity == true)
    #expect(AxisReading.better(for: region.centres, in: region.volume) == nil)
  }

  @Test func `columns in the order x, y, z counted from one are recognised`() throws {
    let told = region.centres.map { Point($0.x + 1, $0.y + 1, $0.z + 1) }
    let better = try #require(AxisReading.better(for: told, in: region.volume))
    #expect(better.name == "columns are x, y, z, counted from 1")
    #expect(better.outside == 0)
  }
}
