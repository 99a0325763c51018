import ArrayStores
import Fingerprints
import Glibc
import Pipeline
import SystemPackage

/// Stage kinds for tests of workers and publishing; `parameters` of an order is the text they work on.
struct TestStages: TaskRunner {
  func outputs(of order: TaskOrder) throws -> [Port] { [Port("value", ArtifactType("value"))] }

  func trajectory(of order: TaskOrder) throws -> Trajectory? {
    guard order.kind == "test.train" else { return nil }
    let steps = try Self.steps(of: order)
    return Trajectory(stepParameters: ["steps"], steps: steps, sharedSteps: steps * 4 / 5)
  }

  func outside(of order: TaskOrder, _ data: OutsideData) throws -> [String: CanonicalValue] {
    guard case .bytes? = order.key.parameters["file"] else { return [:] }
    return ["file": .bytes(try data.digest(data.folder.appending("file")).bytes)]
  }

  func run(_ order: TaskOrder, inputs: StageInputs, context: StageContext) async throws -> [Metric] {
    print("this is the log of \(order.address)")
    switch order.kind {
    case "test.trap":
      let empty: [Int] = []
      print(empty[order.parameters.count])
    case "test.kill": kill(getpid(), SIGKILL)
    case "test.exit": exit(3)
    case "test.hang": while true { try await Task.sleep(for: .seconds(60)) }
    case "test.full": try Posix.write([1], to: "/dev/full")
    case "test.greedy": throw SystemError("read", "memory", code: ENOMEM)
    case "test.where": try await Task.sleep(for: .milliseconds(100))
    case "test.slow":
      context.report(0.5, "half way")
      try await Task.sleep(for: .milliseconds(300))
    case "test.fail": throw TaskFailure(code: .badData, message: "no such thing as '\(order.parameters)'")
    case "test.touch":
      try Posix.write([], to: try context.draft().appending("begun"))
      let file = try FileDescriptor.open(FilePath(order.folder).appending("file"), .writeOnly, options: [.truncate])
      _ = try file.closeAfter { try file.writeAll(Array("changed".utf8)) }
    case "test.draft": try await draft(order, context)
    case "test.train": return try await train(order, context)
    default: break
    }
    try context.write("value", try Self.bundle(Array(order.parameters.utf8)))
    return [Metric("length", Double(order.parameters.utf8.count))]
  }

  /// Takes its draft; is killed, or goes on when somebody has written the file `go`.
  private func draft(_ order: TaskOrder, _ context: StageContext) async throws {
    try Posix.write([], to: try context.draft().appending("begun"))
    if order.parameters == "kill" { kill(getpid(), SIGKILL) }
    if order.parameters == "spoil" {
      let lock = FilePath(try context.draft().string + ".lock")
      try Posix.remove(lock)
      return try Posix.makeFolder(lock)
    }
    let go = FilePath(order.folder).appending("go")
    while try Posix.status(of: go) == nil { try await Task.sleep(for: .milliseconds(10)) }
    _ = try context.draft()
  }

  /// Counts steps; its state is the sum of them, so that a resumed run ends with the same number.
  private func train(_ order: TaskOrder, _ context: StageContext) async throws -> [Metric] {
    let steps = try Self.steps(of: order)
    var (step, sum) = (0, 0 as Int64)
    if let (found, bundle) = try context.checkpoints.latest() {
      (step, sum) = (found, try bundle.table("sum").values(as: Int64.self)[0])
    }
    while step < steps {
      step += 1
      sum += Int64(step)
      try await Task.sleep(for: .milliseconds(20))
      context.report(Double(step) / Double(steps), "step \(step) of \(steps)")
      if context.checkpoints.isDue(step) {
        let state = try NDArray([sum], shape: [1])
        try context.checkpoints.save(step, Bundle(ArtifactType("checkpoint"), tables: [.init("sum", state)]))
      }
    }
    try context.write("value", try Self.bundle(Array("\(sum)".utf8)))
    return [Metric("sum", Double(sum))]
  }

  private static func steps(of order: TaskOrder) throws -> Int {
    guard let steps = Int(order.parameters) else { throw TaskFailure(code: .badData, message: "no number of steps") }
    return steps
  }

  private static func bundle(_ bytes: [UInt8]) throws -> Bundle {
    Bundle(ArtifactType("value"), tables: [.init("bytes", try NDArray(bytes, shape: [bytes.count]))])
  }
}
