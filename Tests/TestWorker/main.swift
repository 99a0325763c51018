import Glibc
import Pipeline

/// A worker with stage kinds that no experiment has: they trap, hang, die and count.
///
/// `lightbench-test-worker` takes orders like `lightbench work`; `lightbench-test-worker limit SECONDS BYTES
/// PROGRAM ARGUMENT ...` runs a program under limits instead and says what it took.
if CommandLine.arguments.count > 4, CommandLine.arguments[1] == "limit" {
  exit(try LimitedRun(CommandLine.arguments.dropFirst(2)).run())
}
try await Worker(TestStages(), build: "test").serve()
