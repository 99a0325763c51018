/// The stable code of a mistake; floors above add their own.
public struct DiagnosticCode: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The code as printed, such as `E112`.
  public let rawValue: String
  /// A code from its text.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A code from a literal.
  public init(stringLiteral value: String) { rawValue = value }
  /// The code as printed.
  public var description: String { rawValue }
}

// MARK: - The text

extension DiagnosticCode {
  static let unreadable: Self = "E001"
  static let notUTF8: Self = "E002"
  static let tab: Self = "E003"
  static let syntax: Self = "E004"
  static let forgottenQuote: Self = "E005"
  static let duplicateKey: Self = "E006"
  static let mergeKey: Self = "E007"
  static let tag: Self = "E008"
  static let severalDocuments: Self = "E009"
  static let empty: Self = "E010"
  static let tooDeep: Self = "E011"
  static let tooManyAliases: Self = "E012"
  static let unknownAnchor: Self = "E013"
  static let tooLarge: Self = "E014"
  static let keyIsNoText: Self = "E015"
}

// MARK: - The language

extension DiagnosticCode {
  /// A `lightbench:` that is missing or another version.
  public static let version: Self = "E100"
  /// A key that the language does not know.
  public static let unknownKey: Self = "E101"
  /// A key that must be there.
  public static let missingKey: Self = "E102"
  /// A mapping where a list is expected, and the like.
  public static let wrongShape: Self = "E103"
  /// A name or a label with characters it may not have.
  public static let badName: Self = "E104"
  /// Two things of one name.
  public static let duplicateName: Self = "E105"
  /// An axis that does not exist here.
  public static let unknownAxis: Self = "E106"
  /// A label that its axis does not have.
  public static let unknownLabel: Self = "E107"
  /// A reference that cannot be read.
  public static let badReference: Self = "E108"
  /// A reference to a stage or an input that does not exist.
  public static let unknownSource: Self = "E109"
  /// A selector or cell that cannot be read.
  public static let badSelector: Self = "E110"
  /// A part of the language that a stage kind has no use for: `stop` where the work is not made of steps.
  public static let unsupported: Self = "E111"
  /// A parameter that the stage kind does not have.
  public static let unknownParameter: Self = "E112"
  /// A value of another type than the parameter's.
  public static let wrongType: Self = "E113"
  /// A value outside of the parameter's range.
  public static let outOfRange: Self = "E114"
  /// A parameter that must be set.
  public static let missingParameter: Self = "E115"
  /// A word that is none of the parameter's choices.
  public static let unknownChoice: Self = "E116"
  /// Parameters that do not go together.
  public static let inconsistent: Self = "E117"
  /// A `$axis.field` whose entries lack the field.
  public static let unknownField: Self = "E118"
  /// A `$axis` that the stage does not run over.
  public static let unknownVariable: Self = "E119"
  /// A stage kind that does not exist.
  public static let unknownKind: Self = "E120"
  /// An input that nothing binds.
  public static let unboundInput: Self = "E121"
  /// A binding of an input that does not exist.
  public static let unknownInput: Self = "E122"
  /// A `set` path that names no stage, or nothing in it.
  public static let unknownPath: Self = "E123"
  /// Axes of a consumer and its producer that do not fit.
  public static let axisMismatch: Self = "E124"
  /// Two settings of one parameter with equal right.
  public static let ambiguous: Self = "E125"
  /// Stages that wait for each other, recipes that extend each other, experiments that take from each other.
  public static let cycle: Self = "E126"
  /// A variant that the experiment lacks (an option).
  public static let unknownVariant: Self = "E140"
  /// A `-S` that cannot be read (an option).
  public static let badOverride: Self = "E141"
  /// A `-S` that names no stage, parameter or axis (an option).
  public static let unknownOverride: Self = "E142"
  /// A `-S` cell that matches no task (a selector).
  public static let emptyCell: Self = "E143"
  /// A profile that cannot be read (an option).
  public static let unknownProfile: Self = "E144"
}
