import Foundation
import Testing

/// Expects a text to equal the file `Fixtures/<name>`; with RECORD_SNAPSHOTS=1 writes the file instead.
func expectSnapshot(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = fixture(name)
  if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
    try text.write(to: file, atomically: true, encoding: .utf8)
  }
  let expected = try String(contentsOf: file, encoding: .utf8)
  guard text != expected else { return }
  let lines = zip(text.split(separator: "\n"), expected.split(separator: "\n"))
  let difference = lines.enumerated().first { $0.element.0 != $0.element.1 }
  Issue.record(
    """
    differs from Fixtures/\(name) in line \((difference?.offset ?? lines.underestimatedCount) + 1)
    now: \(difference.map { String($0.element.0) } ?? "\(text.count) characters")
    was: \(difference.map { String($0.element.1) } ?? "\(expected.count) characters")
    re-record with RECORD_SNAPSHOTS=1 and look at the file
    """, sourceLocation: sourceLocation)
}

func fixture(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().appending(components: "Fixtures", name)
}
