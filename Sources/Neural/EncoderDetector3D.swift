public import Tensors

/// The encoder of a masked autoencoder with a dense head, which gives every voxel of a volume the logit of being a cell
/// centre.
///
/// Nothing is masked; each token of the encoder, behind its last norm, gives the logits of its patch's voxels by a linear
/// layer. Volumes are seen in windows of the autoencoder's crop side by side from the first voxel on; the last window along
/// an axis is moved inside, and answers for the voxels that the others leave.
public final class EncoderDetector3D: DetectorNetwork {
  /// Windows that go through the encoder at once.
  static let batch = 32

  /// The size of window, patches and encoder.
  public let configuration: MaskedAutoencoderConfiguration
  let layers: MaskedAutoencoderLayers
  let parameters: Tensor

  /// A detector before training: the weights of an encoder, and a head after Xavier, drawn by seed, whose bias is
  /// -log((1 - pi) / pi) with pi 0.01.
  public convenience init(on encoder: MaskedAutoencoder3D, seed: UInt64) {
    let configuration = encoder.configuration.encoderAlone
    let layers = MaskedAutoencoderLayers(configuration, then: .head)
    let start = layers.parameters.initialised(seed: seed)
    self.init(
      configuration, layers: layers,
      parameters: layers.parameters.flat(start, with: encoder.parameters, of: encoder.layers.parameters))
  }

  /// A detector of a saved state, PyTorch's or this module's; positions are fixed and not part of it.
  ///
  /// - Throws: `ModelStateError` if a tensor is missing, has another shape or is not of this model.
  public convenience init(_ configuration: MaskedAutoencoderConfiguration, state: NamedTensors) throws {
    let layers = MaskedAutoencoderLayers(configuration.encoderAlone, then: .head)
    self.init(configuration.encoderAlone, layers: layers, parameters: try layers.read(state))
  }

  init(_ configuration: MaskedAutoencoderConfiguration, layers: MaskedAutoencoderLayers, parameters: Tensor) {
    self.configuration = configuration
    self.layers = layers
    self.parameters = parameters
  }

  // MARK: -

  /// The size, as a case of all detectors.
  public var architecture: DetectorArchitecture { .encoder(configuration) }

  /// The parameters under the names and in the layouts of PyTorch's `state_dict`.
  public var state: NamedTensors { layers.parameters.named(parameters) }

  /// A window: with it no part of a box lies in a window that the box would have moved.
  public var receptiveRadius: [Int] { configuration.crop }

  /// The logit of every voxel.
  ///
  /// - Parameter volumes: `[batch, z, y, x]`; filled up with zeros at the far ends where they are smaller than a window.
  /// - Returns: The shape of `volumes`.
  public func logits(_ volumes: Tensor, on engine: Engine) -> Tensor {
    precondition(volumes.shape.count == 4, "detector: \(volumes.shape) is not batch, z, y, x")
    guard volumes.count > 0 else { return volumes }
    let whole = [volumes.shape[0]] + zip(volumes.shape.dropFirst(), configuration.crop).map { max($0, $1) }
    let filled = volumes.resized(whole)
    let windows = DetectorWindow.windows(of: whole, size: configuration.crop)
    var logits = Tensor(zeros: whole)
    for first in stride(from: 0, to: windows.count, by: Self.batch) {
      let batch = Array(windows[first..<min(windows.count, first + Self.batch)])
      let tape = Tape(on: engine, isRecording: false)
      let pass = MaskedAutoencoderPass(configuration, layers: layers, flat: parameters, tape: tape)
      let crops = DetectorWindow.crops(batch, of: filled, size: configuration.crop)
      let own = tape.denseLogits(
        pass.denseFeatures(crops), pass.parameters, patch: configuration.patch, size: configuration.crop)
      DetectorWindow.put(own.value, of: batch, into: &logits)
    }
    return logits.resized(volumes.shape)
  }
}

/// A window on one of several volumes.
struct DetectorWindow {
  /// The volume's place in the batch.
  let sample: Int
  /// The first voxel that it sees along z, y, x.
  let corner: [Int]
  /// The first voxel that it answers for; it differs where the window was moved inside.
  let first: [Int]

  /// The windows of volumes `[batch, z, y, x]`, none smaller than a window.
  static func windows(of shape: [Int], size: [Int]) -> [DetectorWindow] {
    let firsts = zip(shape.dropFirst(), size).map { Array(stride(from: 0, to: $0, by: $1)) }
    return (0..<shape[0]).flatMap { sample in
      firsts[0].flatMap { z in
        firsts[1].flatMap { y in
          firsts[2].map { x in
            let first = [z, y, x]
            let corner = (0..<3).map { min(first[$0], shape[1 + $0] - size[$0]) }
            return DetectorWindow(sample: sample, corner: corner, first: first)
          }
        }
      }
    }
  }

  /// What windows see, `[count, z, y, x]`.
  static func crops(_ windows: [DetectorWindow], of volumes: Tensor, size: [Int]) -> Tensor {
    let shape = volumes.shape
    var crops = Tensor(zeros: [windows.count] + size)
    volumes.withSpan { source in
      crops.withMutableSpan { span in
        var to = 0
        for window in windows {
          for z in window.corner[0]..<window.corner[0] + size[0] {
            for y in window.corner[1]..<window.corner[1] + size[1] {
              let from = ((window.sample * shape[1] + z) * shape[2] + y) * shape[3] + window.corner[2]
              for x in 0..<size[2] { span[to + x] = source[from + x] }
              to += size[2]
            }
          }
        }
      }
    }
    return crops
  }

  /// Puts what windows `[count, z, y, x]` say of the voxels that they answer for in its place.
  static func put(_ crops: Tensor, of windows: [DetectorWindow], into volumes: inout Tensor) {
    let (size, shape) = (Array(crops.shape.dropFirst()), volumes.shape)
    crops.withSpan { source in
      volumes.withMutableSpan { span in
        for (index, window) in windows.enumerated() {
          let skipped = zip(window.first, window.corner).map { $0 - $1 }
          for z in skipped[0]..<size[0] {
            for y in skipped[1]..<size[1] {
              let from = ((index * size[0] + z) * size[1] + y) * size[2]
              let row = (window.sample * shape[1] + window.corner[0] + z) * shape[2] + window.corner[1] + y
              let to = row * shape[3] + window.corner[2]
              for x in skipped[2]..<size[2] { span[to + x] = source[from + x] }
            }
          }
        }
      }
    }
  }
}
