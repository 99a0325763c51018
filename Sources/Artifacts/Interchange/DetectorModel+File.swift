import Fingerprints
import Imaging
import Neural
import Pipeline
public import SystemPackage
import Tensors

/// A model file is a safetensors file: weights under PyTorch's names, and all else that a model is as metadata.
///
/// Each fact is a text of JSON under its own key: `architecture`, `marker`, `normalisation`, `voxel`,
/// `minimum_distance`, `tau`, `curve`, `seen`; `lightbench.model` says which version of this list it is.
extension DetectorModel {
  /// The key whose presence says that the metadata is complete, and its value.
  fileprivate static let version = (key: "lightbench.model", value: "1")

  /// The model as a file.
  public var safetensors: Safetensors {
    // What PyTorch's own tools put there, and some ask for.
    var metadata = ["format": "pt", Self.version.key: Self.version.value]
    var facts = facts
    facts["curve"] = .list(curve.map { .numbers([$0.threshold, $0.precision, $0.recall]) })
    for (key, value) in facts { metadata[key] = value.json }
    return Safetensors(state, metadata: metadata)
  }

  /// Reads a model file and proves that the model can be built.
  ///
  /// - Throws: `TaskFailure` with the path and what is wrong, also for a file without a model's metadata.
  public init(reading path: FilePath) throws {
    self = try Self.located(path) { try DetectorModel(Safetensors(reading: path), named: "'\(path)'") }
  }

  /// The model of a file.
  init(_ file: Safetensors, named name: String) throws {
    guard let version = file.metadata[Self.version.key] else {
      throw SafetensorsError(
        "\(name) holds tensors, but no metadata of a model; complete it with 'lightbench model import'")
    }
    guard version == Self.version.value else {
      throw SafetensorsError(
        "\(name) is a model file of version '\(version)', this program reads \(Self.version.value); update it")
    }
    var values: [String: CanonicalValue] = [:]
    for (key, text) in file.metadata where key != "format" && key != Self.version.key {
      // What is not JSON is not ours.
      if let value = try? CanonicalValue(json: Array(text.utf8)) { values[key] = value }
    }
    let facts = Facts(values, owner: "the metadata")
    let curve = try facts.rows("curve").map { row -> CurvePoint in
      guard row.count == 3 else {
        throw SafetensorsError("'curve' of the metadata has a point of \(row.count) numbers")
      }
      return CurvePoint(threshold: row[0], precision: row[1], recall: row[2])
    }
    let architecture = try Self.architecture(of: file, facts.record("architecture"))
    try self.init(facts, architecture: architecture, state: file.tensors, curve: curve)
    try check()
  }

  /// Of a ConvMixer the tensors say what it is; of a detector on an encoder not the heads, nor the window.
  private static func architecture(of file: Safetensors, _ facts: Facts) throws -> DetectorArchitecture {
    if try facts.text("kind") != "convmixer3d" { return try DetectorArchitecture(facts) }
    let configuration = try ConvMixerConfiguration(shapesOf: file.tensors)
    guard try facts.describes(configuration) else {
      let words = DetectorArchitecture.convMixer(configuration).words
      throw SafetensorsError("'architecture' of the metadata does not agree with the tensors, which are \(words)")
    }
    return .convMixer(configuration)
  }

  /// Throws for what no model can be: weights that are no numbers, settings out of their range.
  func check() throws {
    for (name, tensor) in state.entries {
      guard let place = tensor.values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw SafetensorsError(
        "tensor '\(name)' holds \(tensor.values[place]) at place \(place); its training diverged, take an earlier state"
      )
    }
    guard (0...1).contains(tau) else { throw SafetensorsError("tau is \(tau), expected a probability from 0 to 1") }
    guard minimumDistance.isFinite, minimumDistance >= 0 else {
      throw SafetensorsError("the minimum distance is \(minimumDistance), expected pixels from 0")
    }
    switch normalisation {
    case .percentile(let low, let high, _):
      guard 0 <= low, low < high, high <= 100 else {
        throw SafetensorsError("the percentiles are \(low) and \(high), expected two rising numbers from 0 to 100")
      }
    case .logRatio(let window, let low, let high):
      guard window.axes.allSatisfy({ (1...1023).contains($0) && $0 % 2 == 1 }), low <= high else {
        throw SafetensorsError("the window of the log ratio is \(window), expected odd numbers from 1 to 1023")
      }
    case nil: break
    }
    _ = try network()
  }

  /// Runs a body whose mistakes are those of a file, which become `TaskFailure`s that name it.
  public static func located<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    func failure(_ message: String) -> TaskFailure {
      let isNamed = message.contains("'\(path)'")
      return TaskFailure(code: .badData, message: isNamed ? message : "'\(path)': \(message)", phase: "read")
    }
    do {
      return try body()
    } catch let error as SafetensorsError {
      throw failure(error.description)
    } catch let error as ModelStateError {
      throw failure(error.description)
    } catch let error as TaskFailure {
      throw failure(error.message)
    }
  }
}

extension Safetensors {
  /// Whether the file has the metadata of a model, and so is a model file.
  public var isModel: Bool { metadata[DetectorModel.version.key] != nil }
}

extension Facts {
  fileprivate func describes(_ configuration: ConvMixerConfiguration) throws -> Bool {
    try text("kind") == "convmixer3d" && integer("dim") == configuration.dim
      && integer("depth") == configuration.depth
      && (configuration.depth == 0 || integers("kernel") == configuration.kernel)
      && integers("patch") == configuration.patch
  }
}
