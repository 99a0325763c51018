import Glibc
import Pipeline
import SystemPackage

/// A worker with stage kinds that no experiment has: they trap, hang, die and count.
///
/// `lightbench-test-worker` takes orders like `lightbench work`; `work-small` does so for the small stages, whose
/// recipes `run FILE STORE` runs; `limit SECONDS BYTES PROGRAM ARGUMENT ...` runs a program under limits and says what
/// it took.
switch CommandLine.arguments.dropFirst().first {
case "run": exit(try await SmallRun.run(FilePath(CommandLine.arguments[2]), store: FilePath(CommandLine.arguments[3])))
case "limit": exit(try LimitedRun(CommandLine.arguments.dropFirst(2)).run())
case "work-small": try await Worker(SmallStages.registry, build: "test").serve()
default: try await Worker(TestStages(), build: "test").serve()
}
