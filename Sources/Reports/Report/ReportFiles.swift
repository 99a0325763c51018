import Foundation
import Pipeline
public import SystemPackage

/// A report on the disk: the page, and beside it a folder with its figures and tables.
public struct ReportFiles: Sendable {
  /// The page.
  public let page: FilePath
  /// The folder of its figures and tables.
  public let folder: FilePath
  private let report: Report

  /// - Parameter page: Where the page goes; the folder beside it is named after it.
  public init(_ report: Report, at page: FilePath) {
    self.report = report.named(page.stem ?? report.name)
    self.page = page
    folder = page.removingLastComponent().appending(Report.filesFolder(of: self.report.name))
  }

  /// Writes the page alone, all of it or nothing.
  ///
  /// - Returns: How many bytes it has.
  @discardableResult
  public func writePage() throws -> Int {
    try Self.makeFolder(page.removingLastComponent())
    return try Self.write(Data(ReportPage(report: report).html.utf8), to: page)
  }

  /// Writes the tables and the figures, and each figure as PNG too where something on this machine draws one; files that
  /// an earlier page left there go.
  ///
  /// - Returns: The names of the files, and why there are no PNG files, or not all; nil where nothing is wrong.
  public func writeFolder(_ raster: FigureRaster?) throws -> (names: [String], note: String?) {
    try Self.makeFolder(folder)
    let blocks = report.sections.flatMap(\.blocks)
    var names: [String] = []
    func write(_ data: Data, as name: String) throws {
      try Self.write(data, to: folder.appending(name))
      names.append(name)
    }
    for table in blocks.tables { try write(Data(table.csv.utf8), as: "\(table.name).csv") }
    for figure in blocks.figures {
      switch figure.content {
      case .png(let bytes): try write(Data(bytes), as: "\(figure.name).png")
      case .svg(let text): try write(Data(text.utf8), as: "\(figure.name).svg")
      }
    }
    let (drawn, note) = draw(blocks.figures, raster)
    names += drawn
    try removeOthers(than: Set(names))
    return (names.sorted(), note)
  }

  /// Draws until something goes wrong: the figures themselves are there.
  private func draw(_ figures: [ReportFigure], _ raster: FigureRaster?) -> (names: [String], note: String?) {
    guard let raster else { return ([], FigureRaster.absence) }
    var names: [String] = []
    for figure in figures {
      guard case .svg = figure.content else { continue }
      do {
        try raster.draw(folder.appending("\(figure.name).svg"), as: folder.appending("\(figure.name).png"))
      } catch {
        return (names, "not all figures are there as PNG: \((error as? TaskFailure)?.message ?? "\(error)")")
      }
      names.append("\(figure.name).png")
    }
    return (names, nil)
  }

  /// Removes what an earlier page wrote, and nothing else.
  private func removeOthers(than names: Set<String>) throws {
    let manager = FileManager.default
    for name in try manager.contentsOfDirectory(atPath: folder.string) where !names.contains(name) {
      guard ["csv", "svg", "png"].contains(FilePath(name).extension ?? "") else { continue }
      try manager.removeItem(atPath: folder.appending(name).string)
    }
  }

  private static func makeFolder(_ folder: FilePath) throws {
    guard !folder.isEmpty else { return }
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
  }

  @discardableResult
  private static func write(_ data: Data, to path: FilePath) throws -> Int {
    try data.write(to: URL(filePath: path.string), options: .atomic)
    return data.count
  }
}
