/// The latest runs of an experiment that computed something, for who looks again and again: what has ended is read once.
public struct RecentRuns: Sendable {
  /// How many runs are looked at.
  public static let limit = 20

  private let name: String
  private let variant: String?
  private let overrides: [String]
  /// What was read of runs that are over; nil of a run that is another experiment's, or computed nothing.
  private var known: [String: RunRecord?] = [:]

  /// The runs of an experiment in a variant with the same `-S` options; nil is the runs without a variant.
  public init(of name: String, variant: String?, overrides: [String]) {
    (self.name, self.variant, self.overrides) = (name, variant, overrides)
  }

  /// The last of them, the oldest first.
  ///
  /// - Throws: `StoreError` where a record cannot be read.
  public mutating func read(from store: Store) throws -> [RunRecord] {
    var found: [RunRecord] = []
    for id in try store.runs().reversed() {
      guard let record = try record(id, in: store) else { continue }
      found.append(record)
      if found.count == Self.limit { break }
    }
    return found.reversed()
  }

  private mutating func record(_ id: String, in store: Store) throws -> RunRecord? {
    if let record = known[id] { return record }
    guard let header = try store.header(of: id) else { return nil }
    guard header.name == name, header.variant == variant, header.overrides == overrides else {
      known[id] = .some(nil)
      return nil
    }
    let record = try store.run(id)
    // Who only looked has computed nothing.
    let own = record.tasks.contains { $0.state != .cached } ? record : nil
    if record.end != nil { known[id] = .some(own) }
    return own
  }
}
