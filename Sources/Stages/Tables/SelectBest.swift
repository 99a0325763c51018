public import Pipeline
public import Recipes

/// `select.best`: the gathered task whose metric is best, with everything that it gave.
///
/// Which direction is better is what the metric declares. n/a never wins; of equals the first does, in the order of
/// the gathered tasks' addresses.
public struct SelectBest: Stage {
  /// By what to choose.
  public struct Parameters: Sendable {
    var metric = ""

    public init() {}
  }

  public static let kind = "select.best"
  public static let revision = 1
  public static let summary = "passes on the outputs of the gathered task whose metric is best"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "metric", \.metric, required: true,
        "the metric to choose by, such as validation.loss; it declares itself which direction is better")
    ])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(outputs: [], gathers: true, passesOn: true)
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func estimate() -> Cost { Cost(memory: 200 << 20, seconds: 0.1) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let candidates = try inputs.all("metrics").map { artifact, bundle in
      (label: artifact.labels["group"] ?? "", metrics: try Metric.list(of: bundle))
    }
    let best = try place(of: candidates)
    let winner = candidates[best]
    let value = winner.metrics.first { $0.name == parameters.metric }?.value ?? .nan
    context.log("selected '\(winner.label)' of \(candidates.count): \(parameters.metric) \(value)", false)
    for port in inputs.artifacts.keys.sorted() where port != "metrics" {
      try context.write(port, inputs.bundle(port, at: best))
    }
    // The winner of another selection carries that one's numbers.
    return winner.metrics.filter { !$0.name.hasPrefix("selection.") } + [
      Metric("selection.candidates", Double(candidates.count)), Metric("selection.place", Double(best)),
    ]
  }

  private func place(of candidates: [(label: String, metrics: [Metric])]) throws -> Int {
    var best: (place: Int, value: Double)?
    var direction: Metric.Direction?
    for (place, candidate) in candidates.enumerated() {
      guard let metric = candidate.metrics.first(where: { $0.name == parameters.metric }) else {
        let names = candidate.metrics.map { "'\($0.name)'" }.joined(separator: ", ")
        throw failure("there is no metric '\(parameters.metric)' in '\(candidate.label)'; there are \(names)")
      }
      guard metric.better != .neither, metric.better == direction ?? metric.better else {
        throw failure("metric '\(metric.name)' does not say whether higher or lower is better; choose by another")
      }
      direction = metric.better
      guard let value = metric.value else { continue }
      if let best, metric.better == .higher ? value <= best.value : value >= best.value { continue }
      best = (place, value)
    }
    guard let best else {
      throw failure("'\(parameters.metric)' is n/a in all \(candidates.count) gathered tasks; there is no best one")
    }
    return best.place
  }

  private func failure(_ message: String) -> TaskFailure { TaskFailure(code: .badData, message: message) }
}
