import Foundation
import FoundationXML
import Imaging
import Pipeline
import SystemPackage

/// The marker file of ImageJ's CellCounter, in the form of cellfinder: voxels from 0, type 2 for cells.
enum CellfinderXML {
  /// Types of markers.
  private static let unknown = 1
  private static let cell = 2

  static func text(_ detections: Detections) -> String {
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#, "<CellCounter_Marker_File>", "  <Image_Properties>",
      "    <Image_Filename>placeholder.tif</Image_Filename>", "  </Image_Properties>", "  <Marker_Data>",
      "    <Current_Type>1</Current_Type>", "    <Marker_Type>", "      <Type>\(cell)</Type>",
    ]
    for (point, score) in zip(detections.points, detections.scores) {
      lines += [
        "      <Marker score=\"\(score)\">", "        <MarkerX>\(point.x)</MarkerX>",
        "        <MarkerY>\(point.y)</MarkerY>", "        <MarkerZ>\(point.z)</MarkerZ>", "      </Marker>",
      ]
    }
    lines += ["    </Marker_Type>", "  </Marker_Data>", "</CellCounter_Marker_File>"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The cells of a file (type 2); where it holds none, as before a classification, its markers of type 1.
  static func read(_ bytes: [UInt8], _ path: FilePath) throws -> PointFile {
    let reading = Reading()
    let parser = XMLParser(data: Data(bytes))
    parser.shouldResolveExternalEntities = false
    parser.delegate = reading
    guard parser.parse(), reading.problem == nil else {
      let reason = parser.parserError.map { " (error \(($0 as NSError).code) of libxml2)" } ?? ""
      let problem =
        reading.problem ?? "is no XML\(reason); save the file again, or give CSV with the columns z, y and x"
      throw failure("line \(max(1, parser.lineNumber)) of '\(path)' \(problem)")
    }
    guard reading.isWhole || !reading.isMarkerFile else {
      throw failure("'\(path)' ends before </CellCounter_Marker_File>; it was cut")
    }
    guard reading.isMarkerFile else {
      throw failure("'\(path)' is no marker file: it has no <CellCounter_Marker_File>, as cellfinder writes it")
    }
    let found = reading.markers[cell] ?? reading.markers[unknown] ?? []
    return PointFile(
      regions: [.init(detections: Detections(points: found.map(\.point), scores: found.map { $0.score ?? 1 }))],
      hasScores: !found.isEmpty && found.allSatisfy { $0.score != nil })
  }

  private static func failure(_ message: String) -> TaskFailure {
    TaskFailure(code: .badData, message: message, phase: "read")
  }

  // MARK: - Walking over elements

  private struct Marker {
    var point = Point(.nan, .nan, .nan)
    var score: Float?
  }

  private final class Reading: NSObject, XMLParserDelegate {
    var markers: [Int: [Marker]] = [:]
    var isMarkerFile = false
    /// Whether the end was there; the parser does not ask for it.
    var isWhole = false
    /// What no reader can make sense of.
    var problem: String?
    private var type = 1
    private var marker: Marker?
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      text = ""
      if name == "CellCounter_Marker_File" { isMarkerFile = true }
      guard name == "Marker" else { return }
      marker = Marker()
      guard let text = attributes["score"] else { return }
      guard let score = Float(text), score.isFinite else {
        return stop(parser, "has the score '\(text)', which is no number")
      }
      marker?.score = score
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
      text = ""
      switch name {
      case "CellCounter_Marker_File": isWhole = true
      case "Type":
        guard let number = Int(value) else { return stop(parser, "has the type '\(value)', which is no number") }
        type = number
      case "MarkerX": set(\.x, value, name, parser)
      case "MarkerY": set(\.y, value, name, parser)
      case "MarkerZ": set(\.z, value, name, parser)
      case "Marker":
        guard let found = marker else { return }
        guard [found.point.z, found.point.y, found.point.x].allSatisfy(\.isFinite) else {
          return stop(parser, "ends a <Marker> without MarkerX, MarkerY and MarkerZ")
        }
        markers[type, default: []].append(found)
        marker = nil
      default: break
      }
    }

    private func set(_ axis: WritableKeyPath<Point, Float>, _ value: String, _ name: String, _ parser: XMLParser) {
      guard let number = Float(value), number.isFinite else {
        return stop(parser, "has '\(value)' in <\(name)>, which is no number")
      }
      marker?.point[keyPath: axis] = number
    }

    private func stop(_ parser: XMLParser, _ words: String) {
      problem = problem ?? words
      parser.abortParsing()
    }
  }
}
