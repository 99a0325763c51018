import Artifacts
public import Fingerprints
import Pipeline
public import Recipes

/// The form of an artifact as a file that other programs read and write.
public enum FileFormat: String, ParameterValue, CaseIterable {
  case zarr
  case detections = "detections-csv"
  case table = "table-csv"
  case safetensors

  /// The artifact that is in such a file.
  var type: ArtifactType {
    switch self {
    case .zarr: .annotatedRegions
    case .detections: .detections
    case .table: .table
    case .safetensors: .model
    }
  }

  /// What the file's name ends with.
  var suffix: String {
    switch self {
    case .zarr: "zarr"
    case .detections, .table: "csv"
    case .safetensors: "safetensors"
    }
  }
}

/// Ports that are files: `{volume: zarr, cells: detections-csv}`.
public struct FilePorts: ParameterValue, Hashable {
  /// One port.
  struct Entry: Hashable {
    let name: String
    let format: FileFormat

    /// The name of the file: `cells.csv`.
    var file: String { "\(name).\(format.suffix)" }
  }

  /// In the order written.
  let entries: [Entry]

  init(_ entries: [Entry] = []) { self.entries = entries }

  public static var typeName: String {
    "a mapping of ports to \(FileFormat.allCases.map(\.rawValue).joined(separator: ", "))"
  }

  public static func decode(_ node: Node) throws(Diagnostic) -> FilePorts {
    guard let written = node.mapping else {
      throw Diagnostic(.wrongType, "expected \(typeName), found \(node.described)", at: node.range)
    }
    var entries: [Entry] = []
    for entry in written {
      guard let first = entry.name.utf8.first, (0x61...0x7A).contains(first),
        entry.name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }),
        entry.name != "metrics"
      else {
        throw Diagnostic(
          .badName, "'\(entry.name)' cannot name a port", at: entry.key.range,
          hint: "a port is a small letter, then small letters, digits and '_'; 'metrics' every stage has")
      }
      entries.append(Entry(name: entry.name, format: try FileFormat.decode(entry.value)))
    }
    // The key does not know their order, so nothing may depend on it.
    return FilePorts(entries.sorted { $0.name < $1.name })
  }

  public var canonical: CanonicalValue {
    .map(Dictionary(entries.map { ($0.name, .text($0.format.rawValue)) }, uniquingKeysWith: { first, _ in first }))
  }
}
