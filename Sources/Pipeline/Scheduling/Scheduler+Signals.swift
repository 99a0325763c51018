extension Scheduler {
  /// Stops gently at the first signal (interrupt or end) and at once at the second, while a body runs; gently also
  /// when a time is up.
  ///
  /// - Parameter limit: Seconds from now; nil for no limit.
  public func stoppingAtSignals<Result: Sendable>(
    orAfter limit: Double? = nil, _ body: @Sendable () async -> Result
  ) async -> Result {
    await withTaskGroup(of: Void.self) { group in
      let signals = Posix.signals(Posix.endingSignals)
      group.addTask { for await _ in signals { await self.stop(.gently) } }
      if let limit {
        group.addTask {
          do { try await Task.sleep(for: .seconds(limit)) } catch { return }  // the body was done before
          if self.stop == nil { await self.stop(.gently) }
        }
      }
      let result = await body()
      group.cancelAll()
      return result
    }
  }
}
