extension RunRecord {
  /// What a run was told to do of its experiment, and where: nothing that results depend on.
  public struct Choice: Sendable, Hashable, Codable {
    /// The selectors of `--only`.
    public var only: [String]
    /// The selectors of `--until`.
    public var until: [String]
    /// How many tasks the experiment has; the record holds those that were chosen.
    public var tasks: Int
    /// The profile, as the user typed it.
    public var profile: String?

    /// A choice; no selectors mean all tasks.
    public init(only: [String] = [], until: [String] = [], tasks: Int, profile: String? = nil) {
      self.only = only
      self.until = until
      self.tasks = tasks
      self.profile = profile
    }

    /// Whether tasks may be left out.
    public var isPartial: Bool { !only.isEmpty || !until.isEmpty }

    /// The options that choose tasks, as words without quotes.
    public var words: [String] { only.flatMap { ["--only", $0] } + until.flatMap { ["--until", $0] } }
  }
}
