/// The timeline of a run as a figure: a lane a worker, a bar a task at work, coloured by stage.
///
/// For a report: `TimelineFigure(try Timeline(of: record, store: store)).set`. The key has the tasks, the hours and the
/// peak memory of each stage.
public struct TimelineFigure: Sendable {
  private let timeline: Timeline
  private let stages: [(name: String, tasks: Int, seconds: Double, memory: Int?)]

  private static let margin = 20.0
  private static let width = 620.0
  private static let left = 34.0
  /// The longest stages have colours; the rest shares a grey.
  private static let coloured = LineStyle.colours.count
  private static let colours = LineStyle.colours + [RGB(0xb4b9c4)]

  /// A figure of what the workers did when.
  public init(_ timeline: Timeline) { (self.timeline, stages) = (timeline, timeline.stages) }

  /// `timeline`; nothing where the run computed nothing.
  public var set: FigureSet {
    guard !timeline.spans.isEmpty else {
      return FigureSet(missing: ["no timeline of the run '\(timeline.run)': it computed nothing"])
    }
    return FigureSet([
      ReportFigure(
        name: "timeline", title: "Tasks by worker", caption: caption, alt: "\(summary) \(stageWords)",
        content: .svg(svg()))
    ])
  }

  // MARK: - Drawing

  /// The figure as an SVG file.
  func svg() -> String {
    var svg = SVG()
    let lanes = timeline.lanes
    let height = lanes.count <= 8 ? 22.0 : lanes.count <= 24 ? 13 : 8
    var text = FigureText(left: Self.margin, width: Self.width - 2 * Self.margin)
    text.y = 30
    text.add("Tasks by worker: \(timeline.title)", .init(size: 16, isBold: true), into: &svg)
    text.add(summary, .init(size: 12.5, colour: .grey), into: &svg)
    let box = Box(
      x: Self.margin + Self.left, y: text.y + 8, width: Self.width - 2 * Self.margin - Self.left,
      height: height * Double(lanes.count))
    drawAxis(box, into: &svg)
    for (place, lane) in lanes.enumerated() {
      let y = box.y + height * Double(place)
      if height > 10 || place % 2 == 0 {
        svg.text("\(place + 1)", x: box.x - 8, y: y + height / 2, .init(size: 11, colour: .grey, anchor: .end))
      }
      draw(lane, in: Box(x: box.x, y: y + 1, width: box.width, height: height - 2), into: &svg)
    }
    svg.text(
      "worker", x: Self.margin + 4, y: box.midY, .init(size: 11.5, colour: .grey, anchor: .middle, isUpright: true))
    let end = drawKey(from: box.maxY + 44, into: &svg)
    return svg.document(
      width: Self.width, height: end + 6, title: "Tasks by worker", description: "\(summary) \(stageWords)")
  }

  private func draw(_ lane: [Timeline.Span], in box: Box, into svg: inout SVG) {
    let isDense = Double(lane.count) > box.width / 2
    if isDense { drawDense(lane, in: box, into: &svg) }
    for span in lane where !isDense || !span.isDone {
      let start = x(span.start, in: box)
      let bar = Box(x: start, y: box.y, width: max(0.6, x(span.end, in: box) - start), height: box.height)
      let colour = Self.colours[place(of: span.stage)]
      // A thin edge in white keeps neighbours of one stage apart.
      svg.rectangle(bar, fill: colour, stroke: bar.width > 3 ? .white : nil, strokeWidth: 0.6)
      if !span.isDone {
        svg.line(from: (bar.x, bar.y), to: (bar.maxX, bar.maxY), stroke: .ink, width: 1.5)
        svg.line(from: (bar.x, bar.maxY), to: (bar.maxX, bar.y), stroke: .ink, width: 1.5)
      } else if box.height > 14, bar.width > SVG.width(of: span.stage, size: 11) + 6 {
        svg.text(
          span.stage, x: bar.midX, y: bar.midY, .init(size: 11, colour: colour.textColour, anchor: .middle))
      }
    }
  }

  /// A lane with more bars than can be told apart: each small piece of it has the colour that lasts longest there.
  private func drawDense(_ lane: [Timeline.Span], in box: Box, into svg: inout SVG) {
    let width = 1.5
    let none = [Double](repeating: 0, count: Self.colours.count)
    var pieces = [[Double]](repeating: none, count: Int(box.width / width) + 1)
    for span in lane {
      let (start, end) = (x(span.start, in: box) - box.x, x(span.end, in: box) - box.x)
      for piece in Int(start / width)...min(pieces.count - 1, Int(end / width)) {
        let edge = Double(piece) * width
        pieces[piece][place(of: span.stage)] += max(0, min(end, edge + width) - max(start, edge))
      }
    }
    let longest = pieces.map { times in
      times.indices.max { times[$0] < times[$1] }.flatMap { times[$0] > 0 ? $0 : nil }
    }
    var first = 0
    while first < longest.count {
      let end = longest[first...].firstIndex { $0 != longest[first] } ?? longest.count
      if let place = longest[first] {
        let left = Double(first) * width
        svg.rectangle(
          Box(
            x: box.x + left, y: box.y, width: min(Double(end) * width, box.width) - left, height: box.height),
          fill: Self.colours[place])
      }
      first = end
    }
  }

  private func drawAxis(_ box: Box, into svg: inout SVG) {
    svg.rectangle(box, fill: .absent)
    let step = Self.step(of: timeline.seconds)
    for tick in stride(from: 0, through: timeline.seconds, by: step) {
      let x = x(tick, in: box)
      svg.line(from: (x, box.y), to: (x, box.maxY), stroke: .rule)
      svg.text(
        tick == 0 ? "0" : spoken(seconds: tick), x: x, y: box.maxY + 12,
        .init(size: 11, colour: .grey, anchor: .middle))
    }
  }

  /// Tasks, time and memory of each stage, a line each.
  private func drawKey(from top: Double, into svg: inout SVG) -> Double {
    let columns = [("stage", 46.0, SVG.TextStyle.Anchor.start), ("tasks", 330, .end), ("time at work", 450, .end)]
    let hasMemory = timeline.largest != nil
    var y = top
    for (name, x, anchor) in columns + (hasMemory ? [("peak memory", 578.0, .end)] : []) {
      svg.text(name, x: x, y: y, .init(size: 11.5, colour: .grey, anchor: anchor))
    }
    for stage in stages {
      y += 17
      svg.rectangle(Box(x: Self.margin + 4, y: y - 6, width: 16, height: 12), fill: Self.colours[place(of: stage.name)])
      let cells = [stage.name, "\(stage.tasks)", spoken(seconds: stage.seconds)]
      for (text, (_, x, anchor)) in zip(cells, columns) {
        svg.text(text, x: x, y: y, .init(size: 12.5, anchor: anchor))
      }
      if hasMemory {
        let memory = stage.memory.map { spoken(bytes: $0) } ?? "n/a"
        svg.text(memory, x: 578, y: y, .init(size: 12.5, anchor: .end))
      }
    }
    return y + 12
  }

  /// The place of a stage's colour.
  private func place(of stage: String) -> Int {
    min(stages.firstIndex { $0.name == stage } ?? Self.coloured, Self.coloured)
  }

  private func x(_ seconds: Double, in box: Box) -> Double {
    box.x + box.width * (timeline.seconds > 0 ? min(1, seconds / timeline.seconds) : 0)
  }

  /// Seconds between ticks: round, and at most seven of them.
  private static func step(of seconds: Double) -> Double {
    let minutes: [Double] = [60, 120, 300, 600, 1200, 1800]
    let steps = [1, 2, 5, 10, 20, 30] + minutes + minutes.map { 60 * $0 }
    return steps.first { seconds / $0 <= 7 } ?? seconds / 7
  }

  // MARK: - Words

  private var summary: String {
    let found = timeline.cached > 0 ? ", \(timeline.cached) found in the store" : ""
    return "\(counted(timeline.tasks, "task")) computed\(found), in \(spoken(seconds: timeline.seconds)) on "
      + "\(counted(timeline.lanes.count, "worker"))."
  }

  private var stageWords: String {
    stages.map { "\($0.name): \(counted($0.tasks, "task")), \(spoken(seconds: $0.seconds))" }
      .joined(separator: "; ") + "."
  }

  private var caption: String {
    let failed = timeline.spans.count { !$0.isDone }
    let memory = timeline.largest.flatMap { span in
      span.memory.map { "Most memory: \(spoken(bytes: $0)), '\(span.address)'." }
    }
    let words = [
      summary,
      "Together the workers worked \(spoken(seconds: timeline.worked)) "
        + "(\(fixed(timeline.worked / 3600, decimals: 2)) hours).",
      memory ?? "The peak memory of these tasks is not on record.",
      failed > 0 ? "\(counted(failed, "bar")) crossed out: failed, tried again, or not at its end." : "",
      stages.count > Self.coloured
        ? "The \(Self.coloured) stages that took longest have colours, the others are grey." : "",
      "A lane is a worker, or one after another has ended.",
      timeline.tasks < timeline.spans.count
        ? "Tasks that paused at a rung or were tried again have several bars." : "",
    ]
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }
}
