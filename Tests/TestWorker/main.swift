import Pipeline

/// A worker with stage kinds that no experiment has: they trap, hang, die and count.
///
/// `lightbench-test-worker` takes orders like `lightbench work`.
try await Worker(TestStages(), build: "test").serve()
