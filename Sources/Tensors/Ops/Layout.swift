extension Tape {
  /// Channels-last volumes `[batch, z, y, x, channels]` in blocks of eight channels, `[batch, blocks, z, y, x, 8]`.
  ///
  /// Channels that fill up the last block are zero.
  package func blocked(_ x: Variable) -> Variable {
    precondition(x.value.shape.count == 5, "blocked: \(x.value.shape) is not batch, z, y, x, channels")
    let channels = x.value.shape[4]
    return result(Layout.blocked(x.value, on: engine), tracked: tracks(x)) { [engine] gradient in
      x.accumulate(Layout.unblocked(gradient, channels: channels, on: engine), on: engine)
    }
  }

  /// The first `channels` channels of blocked volumes as channels-last volumes `[batch, z, y, x, channels]`.
  package func unblocked(_ x: Variable, channels: Int) -> Variable {
    result(Layout.unblocked(x.value, channels: channels, on: engine), tracked: tracks(x)) { [engine] gradient in
      x.accumulate(Layout.blocked(gradient, on: engine), on: engine)
    }
  }

  /// Each patch of volumes `[batch, z, y, x]` as the channels of one position, `[batch, blocks, z', y', x', 8]`.
  ///
  /// - Precondition: the patch divides the volumes.
  package func patches(_ x: Variable, of patch: Lengths) -> Variable {
    result(Layout.patches(x.value, of: patch, on: engine), tracked: tracks(x)) { [engine] gradient in
      x.accumulate(Layout.volumes(gradient, from: patch, on: engine), on: engine)
    }
  }

  /// The inverse of `patches`: channels of a position become the voxels of its patch, `[batch, z, y, x]`.
  package func volumes(_ x: Variable, from patch: Lengths) -> Variable {
    result(Layout.volumes(x.value, from: patch, on: engine), tracked: tracks(x)) { [engine] gradient in
      x.accumulate(Layout.patches(gradient, of: patch, on: engine), on: engine)
    }
  }
}

enum Layout {
  static func blocked(_ x: Tensor, on engine: Engine) -> Tensor {
    let (batch, channels, voxels) = (x.shape[0], x.shape[4], x.shape[1...3].reduce(1, *))
    let blocks = (channels + 7) / 8
    let out = engine.uninitialised([batch, blocks] + x.shape[1...3] + [8])
    engine.run(batch) { [x = x.floats, out = out.floats] sample, _ in
      let from = x.piece(sample, of: voxels * channels)
      let to = out.piece(sample, of: voxels * blocks * 8)
      Kernels.channelsToBlocks(voxels: voxels, channels: channels, from, into: to)
    }
    return out
  }

  static func unblocked(_ x: Tensor, channels: Int, on engine: Engine) -> Tensor {
    let shape = Blocked(x)
    precondition((channels + 7) / 8 == shape.blocks, "unblocked: \(channels) channels from \(x.shape)")
    let voxels = shape.voxels
    let out = engine.uninitialised([shape.batch] + shape.size.lengths + [channels])
    engine.run(shape.batch) { [x = x.floats, out = out.floats] sample, _ in
      let from = x.piece(sample, of: voxels * shape.blocks * 8)
      let to = out.piece(sample, of: voxels * channels)
      Kernels.blocksToChannels(voxels: voxels, channels: channels, from, into: to)
    }
    return out
  }

  static func patches(_ x: Tensor, of patch: Lengths, on engine: Engine) -> Tensor {
    precondition(x.shape.count == 4, "patches: \(x.shape) is not batch, z, y, x")
    let size = Lengths(x.shape[1...])
    let positions = [size.z / patch.z, size.y / patch.y, size.x / patch.x]
    let out = engine.uninitialised([x.shape[0], (patch.count + 7) / 8] + positions + [8])
    let length = out.shape[1...].reduce(1, *)
    engine.run(x.shape[0]) { [x = x.floats, out = out.floats] sample, _ in
      Kernels.patchesToBlocks(size, patch, x.piece(sample, of: size.count), into: out.piece(sample, of: length))
    }
    return out
  }

  static func volumes(_ x: Tensor, from patch: Lengths, on engine: Engine) -> Tensor {
    let shape = Blocked(x)
    let size = Lengths(shape.size.z * patch.z, shape.size.y * patch.y, shape.size.x * patch.x)
    precondition((patch.count + 7) / 8 == shape.blocks, "volumes: \(x.shape) does not hold patches of \(patch.lengths)")
    let out = engine.uninitialised([shape.batch] + size.lengths)
    let length = shape.voxels * shape.blocks * 8
    engine.run(shape.batch) { [x = x.floats, out = out.floats] sample, _ in
      Kernels.blocksToPatches(size, patch, x.piece(sample, of: length), into: out.piece(sample, of: size.count))
    }
    return out
  }
}

/// The shape of a blocked tensor, `[batch, blocks, z, y, x, 8]`.
struct Blocked: Sendable {
  let batch: Int
  let blocks: Int
  let size: Lengths
  var voxels: Int { size.count }

  init(_ tensor: Tensor) { self.init(tensor.shape) }

  init(_ shape: [Int]) {
    precondition(shape.count == 6 && shape[5] == 8, "blocked: \(shape) is not batch, blocks, z, y, x, 8")
    batch = shape[0]
    blocks = shape[1]
    size = Lengths(shape[2...4])
  }
}
