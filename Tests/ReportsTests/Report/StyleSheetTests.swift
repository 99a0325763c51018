import Foundation
import Testing

@testable import Reports

@Suite struct StyleSheetTests {
  /// The contrast of two colours as WCAG 2.2 defines it, from 1 to 21.
  private func contrast(_ one: RGB, _ other: RGB) -> Double {
    func luminance(_ colour: RGB) -> Double {
      func linear(_ channel: UInt8) -> Double {
        let value = Double(channel) / 255
        return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
    }
    let (bright, dark) = (max(luminance(one), luminance(other)), min(luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)
  }

  @Test func `contrast is measured as the standard does`() {
    #expect(abs(contrast(RGB(0x777777), .white) - 4.48) < 0.01)
    #expect(contrast(RGB(0), .white) == 21)
  }

  @Test(arguments: StyleSheet.paints.indices)
  func `text stands out from its ground by 4,5 to 1, light and dark`(place: Int) {
    let paint = StyleSheet.paints[place]
    let (light, dark) = (
      contrast(paint.text.light, paint.ground.light), contrast(paint.text.dark, paint.ground.dark)
    )
    #expect(light >= 4.5, "\(paint.selector): \(light)")
    #expect(dark >= 4.5, "\(paint.selector), dark: \(dark)")
  }

  @Test func `second voices of figures stand out from paper as well`() {
    for colour in [RGB.ink, .grey] { #expect(contrast(colour, StyleSheet.Colour.paper.light) >= 4.5) }
    #expect(contrast(.grey, .absent) >= 4.5)
  }

  @Test func `the sheet takes its colours from those values and says them nowhere else`() {
    let sheet = StyleSheet.css
    for paint in StyleSheet.paints {
      #expect(sheet.contains("\n\(paint.selector){color:var(--\(paint.text.rawValue))"), "\(paint.selector)")
    }
    let variables = sheet.split(separator: "\n").filter { $0.contains(":root{") }
    #expect(variables.count == 3)
    let rest = sheet.split(separator: "\n").filter { !$0.contains(":root{") }
    #expect(!rest.contains { $0.contains("#") || $0.contains("rgb") }, "a colour beside the values")
    for colour in StyleSheet.Colour.allCases {
      #expect(variables[0].contains("--\(colour.rawValue):\(colour.light.hex);"))
      #expect(variables[1].contains("--\(colour.rawValue):\(colour.dark.hex);"))
    }
  }
}
