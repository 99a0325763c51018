/// What a runner says to a worker, one JSON line each.
package enum WorkerMessage: Sendable, Codable {
  /// Do this; sent only when nothing else is running.
  case order(TaskOrder)
  /// End the running task after its next checkpoint, or at once where it has none.
  case stop

  package var line: [UInt8] { get throws { try JSONLine.encode(self) } }

  package init(line: [UInt8]) throws { self = try JSONLine.decode(from: line) }
}

extension TaskEvent {
  /// The event as one JSON line.
  package var line: [UInt8] { get throws { try JSONLine.encode(self) } }

  package init(line: [UInt8]) throws { self = try JSONLine.decode(from: line) }
}
