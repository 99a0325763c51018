/// The terminal that a board is drawn on.
public struct BoardStyle: Sendable, Hashable {
  /// Its width and height in characters.
  public var columns: Int
  public var rows: Int
  /// Whether it may have colours.
  public var isColoured: Bool
  /// Whether it shows more than ASCII.
  public var isUnicode: Bool

  /// A terminal of that many columns and rows.
  public init(columns: Int, rows: Int, isColoured: Bool, isUnicode: Bool) {
    self.columns = columns
    self.rows = rows
    self.isColoured = isColoured
    self.isUnicode = isUnicode
  }
}

/// A line of a board: its visible text, and the same with colours.
public struct BoardLine: Sendable, Hashable {
  /// What is seen.
  public private(set) var text = ""
  /// What is sent to the terminal.
  public private(set) var coded = ""

  /// Adds a piece, cut off where the line would get wider than `columns`.
  mutating func add(_ piece: String, colour: Int? = nil, _ style: BoardStyle) {
    let shown = String(piece.prefix(max(0, style.columns - 1 - text.count)))
    text += shown
    coded += colour != nil && style.isColoured && !shown.isEmpty ? "\u{1B}[\(colour ?? 0)m\(shown)\u{1B}[0m" : shown
  }
}

/// One line a stage, and those that run now.
extension RunProgress {
  private static let (red, green, yellow, faint) = (31, 32, 33, 2)

  /// The board: a head, a line a stage with a bar and counts, and the tasks that run now; no more lines than fit.
  ///
  /// - Parameter now: Seconds since 1970.
  public func board(_ style: BoardStyle, at now: Double) -> [BoardLine] {
    let room = max(1, style.rows - 1)
    let running = tasks.indices.filter { tasks[$0].state == .running }
    var stages = Dictionary(grouping: tasks.indices, by: { tasks[$0].stage })
      .sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }
    let hidden = max(0, 1 + stages.count + running.count - room)
    if hidden > 0 {
      // Those where nothing happens make room.
      let busy = stages.filter { stage in stage.value.contains { !isQuiet($0, in: stage.value) } }
      stages = Array((busy.isEmpty ? stages : busy).prefix(max(0, room - 1)))
    }
    let width = stages.map(\.key.count).max() ?? 0
    var lines = [head(style, at: now)]
    lines += stages.map { line($0.key, $0.value, width: width, style) }
    let addresses = running.map { tasks[$0].address.count }.max() ?? 0
    lines += running.map { place in
      var line = BoardLine()
      let address = tasks[place].address
      line.add("  \(address)", colour: Self.yellow, style)
      line.add(String(repeating: " ", count: addresses - address.count + 2) + sentence(place, at: now), style)
      return line
    }
    if lines.count > room {
      let more = lines.count - room + 1
      lines = Array(lines.prefix(room - 1))
      var line = BoardLine()
      line.add("  and \(more) more", style)
      lines.append(line)
    }
    return lines
  }

  private func isQuiet(_ place: Int, in stage: [Int]) -> Bool {
    let states = Set(stage.map { tasks[$0].state })
    return states.isSubset(of: [.cached, .computed, .stopped]) || states == [.waiting]
  }

  private func head(_ style: BoardStyle, at now: Double) -> BoardLine {
    var line = BoardLine()
    let left = secondsLeft(at: now).map { ", about \(spoken(seconds: $0)) left" } ?? ""
    line.add("\(title)  \(settled)/\(tasks.count) tasks  \(spoken(seconds: (now - start).rounded()))\(left)", style)
    return line
  }

  private func line(_ name: String, _ places: [Int], width: Int, _ style: BoardStyle) -> BoardLine {
    func count(_ state: State) -> Int { places.count { tasks[$0].state == state } }
    let counts = (cached: count(.cached), failed: count(.failed), running: count(.running), skipped: count(.skipped))
    let done = places.count { tasks[$0].state.isSettled }
    var line = BoardLine()
    line.add(name + String(repeating: " ", count: width - name.count + 2), style)
    let length = min(24, style.columns - width - 34)
    if length >= 4 {
      let share = places.reduce(0) { $0 + (tasks[$1].state.isSettled ? 1 : min(tasks[$1].progress?.share ?? 0, 1)) }
      let filled = Int(share / Double(places.count) * Double(length))
      let (full, empty) = style.isUnicode ? ("█", "░") : ("#", "-")
      line.add(
        String(repeating: full, count: filled), colour: counts.failed > 0 ? Self.red : Self.green, style)
      line.add(String(repeating: empty, count: length - filled) + "  ", colour: Self.faint, style)
    }
    let total = "\(places.count)"
    line.add(String(repeating: " ", count: max(0, total.count - "\(done)".count)) + "\(done)/\(total)", style)
    if counts.cached > 0 { line.add("  \(counts.cached) cached", style) }
    if counts.running > 0 { line.add("  \(counts.running) running", colour: Self.yellow, style) }
    if counts.failed > 0 { line.add("  \(counts.failed) failed", colour: Self.red, style) }
    if count(.paused) > 0 { line.add("  \(count(.paused)) paused", colour: Self.yellow, style) }
    if count(.stopped) > 0 { line.add("  \(count(.stopped)) stopped", style) }
    if counts.skipped > 0 { line.add("  \(counts.skipped) skipped", colour: Self.red, style) }
    return line
  }
}
