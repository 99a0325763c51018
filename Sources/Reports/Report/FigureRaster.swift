import Foundation
import Pipeline
import SystemPackage

/// A program of this machine that draws an SVG file as PNG: rsvg-convert, or else Chromium.
public struct FigureRaster: Sendable {
  /// What it is called.
  public let name: String
  private let program: FilePath

  /// How many pixels a pixel of the drawing becomes.
  private static let scale = 2
  /// The programs that can do it, the best first.
  private static let programs = ["rsvg-convert", "chromium", "chromium-browser", "google-chrome"]

  /// The first that is there; nil where none is.
  ///
  /// - Parameter path: The folders to look in, as `PATH` has them.
  public init?(lookingIn path: String) {
    let folders = path.split(separator: ":").map { FilePath(String($0)) }
    let found = Self.programs.lazy.compactMap { name in
      folders.map { $0.appending(name) }.first { FileManager.default.isExecutableFile(atPath: $0.string) }
    }.first
    guard let found else { return nil }
    program = found
    name = found.lastComponent?.string ?? found.string
  }

  /// What to say where there is none.
  public static let absence = "no PNG files beside the SVG ones: neither rsvg-convert nor chromium is in PATH"

  /// Draws a file.
  ///
  /// - Throws: `TaskFailure` where the program says no.
  func draw(_ svg: FilePath, as png: FilePath) throws {
    let process = Process()
    process.executableURL = URL(filePath: program.string)
    process.arguments = name == "rsvg-convert" ? converting(svg, png) : try browsing(svg, png)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0, FileManager.default.fileExists(atPath: png.string) else {
      throw TaskFailure(
        code: .environment,
        message: "'\(program)' did not draw '\(svg)' (it ended with \(process.terminationStatus)); take it out of "
          + "PATH to go without PNG files")
    }
  }

  private func converting(_ svg: FilePath, _ png: FilePath) -> [String] {
    ["--zoom", "\(Self.scale)", "--format", "png", "--output", png.string, svg.string]
  }

  private func browsing(_ svg: FilePath, _ png: FilePath) throws -> [String] {
    let text = String(decoding: try Data(contentsOf: URL(filePath: svg.string)), as: UTF8.self)
    let (width, height) = (Self.size("width", in: text), Self.size("height", in: text))
    return [
      "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=\(Self.scale)",
      "--window-size=\(width),\(height)", "--screenshot=\(png.string)", URL(filePath: svg.string).absoluteString,
    ]
  }

  /// A size that the drawing begins with, in whole pixels.
  private static func size(_ name: String, in svg: String) -> Int {
    guard let start = svg.range(of: "\(name)=\"")?.upperBound,
      let end = svg[start...].firstIndex(of: "\""), let number = Double(svg[start..<end])
    else { return 1000 }
    return Int(number.rounded(.up))
  }
}
