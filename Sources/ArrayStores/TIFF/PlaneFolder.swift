import Foundation
import SystemPackage

/// The TIFF files of a folder, one plane each, in the order of their numbers.
enum PlaneFolder {
  /// The files, with `2` before `10`.
  ///
  /// - Throws: `not_found` for a folder without TIFF files and for a number that is missing among
  ///   them, `metadata_invalid` for names that differ in more than one number.
  static func files(in folder: FilePath) throws -> [FilePath] {
    let planes = try planes(in: folder)
    guard !planes.isEmpty else { throw ArrayStoreError(.notFound, "the folder has no TIFF file") }
    return try sorted(planes).map { folder.appending($0) }
  }

  /// Whether a folder has TIFF files.
  static func isOne(_ folder: FilePath) throws -> Bool { try !planes(in: folder).isEmpty }

  private static func planes(in folder: FilePath) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot list '\(folder)': \(error.localizedDescription)")
    }
    return names.filter { name in
      // Files that begin with a dot are the system's own.
      !name.hasPrefix(".") && [".tif", ".tiff"].contains { name.lowercased().hasSuffix($0) }
    }
  }

  private static func sorted(_ names: [String]) throws -> [String] {
    guard names.count > 1 else { return names }
    let parts = names.map(split)
    let first = parts[0]
    guard parts.allSatisfy({ $0.count == first.count }) else {
      throw ArrayStoreError(
        .metadataInvalid, "'\(names[0])' and others are named in different ways: a folder holds one stack")
    }
    let varying = first.indices.filter { place in parts.contains { $0[place] != first[place] } }
    guard varying.count == 1, let place = varying.first, parts.allSatisfy({ Int($0[place]) != nil }) else {
      throw ArrayStoreError(
        .metadataInvalid,
        "the names of the TIFF files differ in \(varying.count) places: one number may tell planes apart"
      )
    }
    let numbered = zip(parts, names).map { (number: Int($0.0[place]) ?? 0, name: $0.1) }.sorted {
      $0.number < $1.number
    }
    try checkGaps(numbered.map(\.number))
    return numbered.map(\.name)
  }

  /// Numbers rise by one step; a larger one is a plane that is missing, after which all others would shift.
  private static func checkGaps(_ numbers: [Int]) throws {
    let steps = zip(numbers.dropFirst(), numbers).map { $0 &- $1 }
    guard let step = steps.min(), step > 0 else {
      throw ArrayStoreError(.metadataInvalid, "two TIFF files have the same number")
    }
    if let gap = steps.firstIndex(where: { $0 != step }) {
      throw ArrayStoreError(
        .notFound,
        "the plane with number \(numbers[gap] &+ step) is missing between \(numbers[gap]) and \(numbers[gap + 1])"
      )
    }
  }

  /// A name as runs of digits and of other characters.
  private static func split(_ name: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = Substring(name)
    while let character = rest.first {
      let isDigit = character.isASCII && character.isNumber
      let run = rest.prefix { ($0.isASCII && $0.isNumber) == isDigit }
      parts.append(run)
      rest = rest.dropFirst(run.count)
    }
    return parts
  }
}
