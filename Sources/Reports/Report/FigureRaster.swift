import Dispatch
import Foundation
import Pipeline
import SystemPackage

/// A program of this machine that draws an SVG file as PNG: rsvg-convert, or else Chromium.
public struct FigureRaster: Sendable {
  /// What it is called.
  public let name: String
  private let program: FilePath
  /// Seconds that a drawing may take.
  private let patience: Double

  /// How many pixels a pixel of the drawing becomes.
  private static let scale = 2
  /// The programs that can do it, the best first.
  private static let programs = ["rsvg-convert", "chromium", "chromium-browser", "google-chrome"]

  /// The first that is there; nil where none is.
  ///
  /// - Parameters:
  ///   - path: The folders to look in, as `PATH` has them.
  ///   - patience: Seconds that a drawing may take.
  public init?(lookingIn path: String, patience: Double = 60) {
    let folders = path.split(separator: ":").map { FilePath(String($0)) }
    let found = Self.programs.lazy.compactMap { name in
      folders.map { $0.appending(name) }.first { FileManager.default.isExecutableFile(atPath: $0.string) }
    }.first
    guard let found else { return nil }
    program = found
    self.patience = patience
    name = found.lastComponent?.string ?? found.string
  }

  /// What to say where there is none.
  public static let absence = "no PNG files beside the SVG ones: neither rsvg-convert nor chromium is in PATH"

  /// Draws a file.
  ///
  /// - Throws: `TaskFailure` where the program says no, or says nothing for a minute.
  func draw(_ svg: FilePath, as png: FilePath) throws {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "lightbench-raster-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { discard(scratch) }
    let process = Process()
    process.executableURL = URL(filePath: program.string)
    process.arguments = name == "rsvg-convert" ? converting(svg, png) : try browsing(svg, png, profile: scratch.path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let end = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in end.signal() }
    try process.run()
    guard end.wait(timeout: .now() + patience) == .success else {
      Posix.send(SIGKILL, to: process.processIdentifier)
      end.wait()
      throw TaskFailure(
        code: .environment, message: "'\(program)' did not draw '\(svg)' within \(spoken(seconds: patience))")
    }
    guard process.terminationStatus == 0, FileManager.default.fileExists(atPath: png.string) else {
      throw TaskFailure(
        code: .environment, message: "'\(program)' did not draw '\(svg)': it ended with \(process.terminationStatus)")
    }
  }

  /// What stays behind in the temporary folder is the system's to remove: a browser may still write there.
  private func discard(_ scratch: URL) {
    do { try FileManager.default.removeItem(at: scratch) } catch { return }
  }

  private func converting(_ svg: FilePath, _ png: FilePath) -> [String] {
    ["--zoom", "\(Self.scale)", "--format", "png", "--output", png.string, svg.string]
  }

  private func browsing(_ svg: FilePath, _ png: FilePath, profile: String) throws -> [String] {
    let text = String(decoding: try Data(contentsOf: URL(filePath: svg.string)), as: UTF8.self)
    let (width, height) = (Self.size("width", in: text), Self.size("height", in: text))
    return [
      "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=\(Self.scale)",
      "--user-data-dir=\(profile)", "--window-size=\(width),\(height)", "--screenshot=\(png.string)",
      URL(filePath: svg.string).absoluteString,
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
