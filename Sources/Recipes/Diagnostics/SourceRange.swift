/// A line and a column of a file, both from 1.
public struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// The column in code points, from 1.
  public let column: Int

  /// A position from its line and column, both from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `line:column`.
  public var description: String { "\(line):\(column)" }
}

/// Where something stands in a text of the user: a file or the command line, a line, a column and a length.
public struct SourceRange: Hashable, Sendable, CustomStringConvertible {
  /// The file as the user would type it; `-S` for the command line, where the line counts the options.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column in code points, from 1.
  public let column: Int
  /// How many code points it takes; a range of several lines is marked to the end of its first line.
  public let length: Int
  /// Where an alias (`*name`) brought this text in, if one did.
  public let usedAt: SourcePosition?

  /// The name of the command line in place of a file.
  public static let commandLine = "-S"

  /// A range from its parts.
  public init(file: String, line: Int, column: Int, length: Int, usedAt: SourcePosition? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.length = length
    self.usedAt = usedAt
  }

  /// `file:line:column`.
  public var description: String { "\(file):\(line):\(column)" }

  /// The start of the range.
  public var position: SourcePosition { SourcePosition(line: line, column: column) }

  /// A piece of the range: from `offset` code points after its start, `length` long.
  public func part(at offset: Int, length: Int) -> SourceRange {
    SourceRange(file: file, line: line, column: column + offset, length: max(1, length), usedAt: usedAt)
  }

  /// The same range, brought in by an alias at a position; the outermost alias counts.
  func used(at position: SourcePosition) -> SourceRange {
    SourceRange(file: file, line: line, column: column, length: length, usedAt: position)
  }
}
