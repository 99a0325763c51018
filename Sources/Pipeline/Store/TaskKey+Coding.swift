import Fingerprints
import Foundation

extension TaskKey {
  private enum Field: String, CodingKey { case kind, revision, parameters, shown, inputs, seed, numerics }

  /// Reads what `encode(to:)` writes; `shown` is for people and is not read.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    let text = try fields.decode(String.self, forKey: .parameters)
    guard let bytes = Data(base64Encoded: text), case .map(let parameters) = try CanonicalValue.decoded(from: Array(bytes))
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .parameters, in: fields, debugDescription: "the parameters are not the canonical bytes of a map")
    }
    self.init(
      kind: try fields.decode(String.self, forKey: .kind), revision: try fields.decode(Int.self, forKey: .revision),
      parameters: parameters, inputs: try fields.decode([Input].self, forKey: .inputs),
      seed: try fields.decode(UInt64.self, forKey: .seed), numerics: try fields.decode(Int.self, forKey: .numerics))
  }

  /// Writes the parameters as canonical bytes (JSON cannot tell 1 from 1.0), and beside them as people read them.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(kind, forKey: .kind)
    try fields.encode(revision, forKey: .revision)
    try fields.encode(Data(try CanonicalValue.map(parameters).encoded()).base64EncodedString(), forKey: .parameters)
    try fields.encode(parameters.mapValues(\.description), forKey: .shown)
    try fields.encode(inputs, forKey: .inputs)
    try fields.encode(seed, forKey: .seed)
    try fields.encode(numerics, forKey: .numerics)
  }
}
