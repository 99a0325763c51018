import ArgumentParser
import ArrayStores
import Foundation
import Pipeline
import Recipes
import SystemPackage

/// A selector that names nothing: exit code 4.
struct SelectorError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// The documented exit codes.
enum Exit: Int32 {
  case taskFailed = 1
  case badOption = 2
  case badRecipe = 3
  case nothingMatches = 4
  case store = 5
  case environment = 6
  case pending = 10
  case internalError = 70
  case stopped = 75
  case stoppedAtOnce = 130

  /// Prints what went wrong and ends the process with the code for it.
  static func now(for error: any Error) -> Never {
    switch error {
    case let error as RecipeError:
      say(error.rendered())
      say(count(error.diagnostics.count { !$0.isWarning }) + ". Nothing was run.")
      leave(error.kind == .recipe ? .badRecipe : error.kind == .option ? .badOption : .nothingMatches)
    case let error as OutsideDataError:
      for problem in error.problems { say("error: \(problem)") }
      leave(.badRecipe)
    case let error as Diagnostic:
      say(error.rendered(in: [:]))
      leave(.badOption)
    case let error as SelectorError:
      say("error: \(error.message)")
      leave(.nothingMatches)
    case let error as StoreError:
      say("error: \(error.message)")
      exit(error.exitCode)
    case let error as SystemError:
      say("error: \(error)")
      leave(.environment)
    case let error as TaskFailure:
      say("error: \(error.message)")
      switch error.code {
      case .store: leave(.store)
      case .badData: leave(.badOption)
      case .environment: leave(.environment)
      default: leave(.internalError)
      }
    case let error as ArrayStoreError:
      say("error: cannot write or read \(error)")
      leave([.inputOutput, .alreadyExists].contains(error.code) ? .environment : .store)
    case let error as CocoaError:
      say("error: \(words(for: error))")
      leave(.environment)
    case let code as ExitCode:
      exit(code.rawValue)
    default:
      leave(parsing: error)
    }
  }

  /// Ends the process.
  static func leave(_ code: Exit) -> Never { exit(code.rawValue) }

  /// What is wrong, for a warning of a command that goes on.
  static func words(for error: any Error) -> String {
    switch error {
    case let error as StoreError: error.message
    case let error as TaskFailure: error.message
    case let error as CocoaError: words(for: error)
    case let error as OutsideDataError: error.problems.joined(separator: "; ")
    default: "\(error)"
    }
  }

  /// What Foundation says of a file, as this program says it: `cannot write 'PATH': not a directory`.
  private static func words(for error: CocoaError) -> String {
    let path = error.filePath ?? error.url?.path ?? "a file"
    let cause = error.underlying.map { Errno(rawValue: Int32(($0 as NSError).code)) }
    let reason = cause?.description.lowercased() ?? "there is no such folder, or no permission"
    return "cannot write '\(path)': \(reason)"
  }

  private static func leave(parsing error: any Error) -> Never {
    let code = Lightbench.exitCode(for: error)
    let message = Lightbench.fullMessage(for: error)
    if code.isSuccess {
      if !message.isEmpty { print(message) }
      exit(0)
    }
    say(message)
    leave(code == .validationFailure ? .badOption : .internalError)
  }

  private static func count(_ errors: Int) -> String { errors == 1 ? "1 error" : "\(errors) errors" }
}

/// Writes a line to standard error.
func say(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Writes a line to standard output at once, in turn with what the board writes.
func tell(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
