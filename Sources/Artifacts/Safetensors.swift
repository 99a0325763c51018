import Neural
import Tensors

/// Named tensors as a safetensors file: eight bytes of header length, a JSON header, Float32 values in order.
///
/// Format: github.com/huggingface/safetensors, README, section "Format".
struct Safetensors {
  private let tensors: NamedTensors

  init(_ tensors: NamedTensors) { self.tensors = tensors }

  /// The file; equal tensors give equal bytes.
  var bytes: [UInt8] {
    var offset = 0
    var values: [UInt8] = []
    let fields = tensors.entries.map { name, tensor -> String in
      let end = offset + 4 * tensor.count
      defer { offset = end }
      for value in tensor.values {
        for shift in [0, 8, 16, 24] as [UInt32] { values.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
      }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return length + header + values
  }
}
