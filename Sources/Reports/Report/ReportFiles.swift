import Foundation
public import SystemPackage

/// A report on the disk: the page, and beside it a folder with its figures and tables.
public struct ReportFiles: Sendable {
  /// The page.
  public let page: FilePath
  /// The folder of its figures and tables.
  public let folder: FilePath
  private let report: Report

  /// - Parameter page: Where the page goes; the folder beside it is named after the report.
  public init(_ report: Report, at page: FilePath) {
    self.report = report
    self.page = page
    folder = page.removingLastComponent().appending(Report.filesFolder(of: report.name))
  }

  /// Writes the page alone, all of it or nothing.
  ///
  /// - Returns: How many bytes it has.
  @discardableResult
  public func writePage() throws -> Int {
    try Self.makeFolder(page.removingLastComponent())
    return try Self.write(Data(ReportPage(report: report).html.utf8), to: page)
  }

  /// Writes the figures and the tables, and each figure as PNG too where something on this machine draws one.
  ///
  /// - Returns: The names of the files.
  public func writeFolder(_ raster: FigureRaster?) throws -> [String] {
    try Self.makeFolder(folder)
    let blocks = report.sections.flatMap(\.blocks)
    var names: [String] = []
    for figure in blocks.figures {
      switch figure.content {
      case .png(let bytes):
        names.append("\(figure.name).png")
        try Self.write(Data(bytes), to: folder.appending("\(figure.name).png"))
      case .svg(let text):
        names.append("\(figure.name).svg")
        let path = folder.appending("\(figure.name).svg")
        try Self.write(Data(text.utf8), to: path)
        guard let raster else { continue }
        try raster.draw(path, as: folder.appending("\(figure.name).png"))
        names.append("\(figure.name).png")
      }
    }
    for table in blocks.tables {
      names.append("\(table.name).csv")
      try Self.write(Data(table.csv.utf8), to: folder.appending("\(table.name).csv"))
    }
    return names.sorted()
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
