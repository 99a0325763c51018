import Pipeline

extension Report {
  /// The report of an experiment: whatever there is of it.
  ///
  /// What cannot be read is said in its place; it keeps nobody from the rest. The same store and records give the same
  /// report.
  ///
  /// - Parameter progress: How far the run is that this is written beside; then what takes seconds is left out.
  public init(_ source: ReportSource, progress: ReportProgress? = nil) {
    self.init(source, progress: progress, isQuick: progress != nil)
  }

  /// - Parameter isQuick: Whether what takes seconds is left out.
  public init(_ source: ReportSource, progress: ReportProgress?, isQuick: Bool) {
    let tables = ReportedTable.all(of: source, isQuick: isQuick)
    let sections: [ReportSection?] = [
      AnswerSection(source: source, tables: tables).section, MissingSection(source: source).section,
      GapSection(tables: tables).section,
      EvidenceSection(source: source, tables: tables, isQuick: isQuick).section,
      isQuick ? nil : PicturesSection(source: source, tables: tables).section,
      Self.leaderboard(source.leaderboard), CostSection(source: source).section,
      RepeatSection(source: source).section, Self.asked(source),
    ]
    self.init(
      name: source.fileName, title: source.name, sentence: Self.sentence(tables, source),
      notices: source.troubles + Self.notices(source, isRunning: progress != nil), progress: progress,
      sections: sections.compactMap(\.self))
  }

  // MARK: - Private

  /// What was found, in one sentence.
  private static func sentence(_ tables: [ReportedTable], _ source: ReportSource) -> String {
    for table in tables {
      if let sweep = table.sweep { return sentence(of: sweep) }
      guard let matrix = table.matrix else { continue }
      if !table.coverage.isWhole { return "\(table.coverage.soFar): \(soFar(matrix))." }
      if let gap = GeneralizationGap(matrix), let own = gap.diagonal {
        let numbers = [own, gap.offDiagonal, gap.gap].map { fixed($0, decimals: 2) }
        return "\(counted(matrix.modelRows.count, "model")) tested on \(counted(matrix.columns.count, "marker")): "
          + "\(matrix.metric) is \(numbers[0]) on a model's own marker and \(numbers[1]) on the others, a gap of \(numbers[2])."
      }
      return matrix.summary() + "."
    }
    let done = source.results.count - source.missing.count
    return "\(done) of \(counted(source.results.count, "task")) \(done == 1 ? "has a result" : "have results")."
  }

  /// What the cells say that are there.
  private static func soFar(_ matrix: Matrix) -> String {
    let others = fixed(matrix.offDiagonalMean, decimals: 2)
    guard matrix.hasDiagonal else { return "their mean \(matrix.metric) is \(others)" }
    let own = fixed(matrix.diagonalMean, decimals: 2)
    return "\(matrix.metric) is \(own) on a model's own marker and \(others) on the others"
  }

  private static func sentence(of sweep: Sweep) -> String {
    let best = sweep.panels.compactMap { sweep.best(panel: $0.label)?.number }
    let counts = sweep.numbers.map { number in (number.label, best.count { $0 == number.label }) }.filter { $0.1 > 0 }
    let words = counts.map { "\($0.0) for \($0.1)" }.joined(separator: ", ")
    return "The best \(sweep.axes.number) by \(sweep.metric) of \(best.count) \(sweep.axes.panel)s: \(words)."
  }

  private static func notices(_ source: ReportSource, isRunning: Bool) -> [String] {
    let missing = source.missing.count
    guard missing > 0, !isRunning else { return [] }
    let all = source.results.count
    if missing == all { return ["This experiment has no results yet: none of its \(counted(all, "task")) has run."] }
    return [
      "This report is not complete: \(missing) of \(counted(all, "task")) \(missing == 1 ? "has" : "have") no result yet."
    ]
  }

  private static func leaderboard(_ board: Leaderboard?) -> ReportSection? {
    guard let board, !board.entries.isEmpty else { return nil }
    return ReportSection("leaderboard", "Leaderboard", [.table(ReportTable("leaderboard", board.grid()))])
  }

  private static func asked(_ source: ReportSource) -> ReportSection {
    let drawing = source.plan.map { GraphDrawing(stagesOf: $0.graph).text() }
    return ReportSection(
      "asked", "What was asked",
      [
        .paragraph(
          "The recipe with everything laid over it: the experiment, its variant and the settings of the command line. "
            + "As a file \(source.run == nil ? "of its own" : "beside that of the experiment") it gives the same tasks."
        )
      ] + (drawing.map { [.details("The stages, and what goes into them", [.code($0, name: "The stages")])] } ?? []) + [
        .details("The resolved recipe", [.code(source.recipe, name: "The resolved recipe")])
      ])
  }
}
