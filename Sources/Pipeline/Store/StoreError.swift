/// Why a store as a whole cannot be used, or what in it is not what it should be.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What happened, where, and what to do.
  public let message: String

  /// An error; `message` says what happened, where, and what to do.
  public init(_ message: String) { self.message = message }

  /// What the command line ends with: 5.
  public var exitCode: Int32 { 5 }
  public var description: String { message }
}

extension SystemError {
  /// What the command line ends with: 6, the environment's fault (disk, permissions).
  public var exitCode: Int32 { 6 }
}

/// Content that differs from what was published, before anybody decides what follows from it.
struct Damage: Error {
  let reason: String
}
