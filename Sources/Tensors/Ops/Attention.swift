extension Tape {
  /// Attention of several heads, each token to all tokens of its sample.
  ///
  /// - Parameters:
  ///   - qkv: `[batch, tokens, 3 * width]`: queries, keys and values, each head by head, as PyTorch's
  ///     `qkv.reshape(batch, tokens, 3, heads, width / heads)` reads them.
  ///   - heads: They divide `width`.
  /// - Returns: `[batch, tokens, width]`: softmax(q kᵀ / sqrt(width / heads)) v, head by head.
  ///
  /// Vaswani et al. 2017, arXiv:1706.03762, section 3.2. The derivative computes the softmax again, as in Dao et al. 2022,
  /// arXiv:2205.14135, so that only `qkv` is kept.
  package func attention(_ qkv: Variable, heads: Int) -> Variable {
    let form = Attention(qkv.value, heads: heads)
    let out = engine.uninitialised([form.batch, form.tokens, form.width])
    form.run(on: engine) { [qkv = qkv.value.floats, out = out.floats] head, sample, scratch in
      Kernels.attention(
        head, qkv.piece(sample, of: 3 * form.length), into: out.piece(sample, of: form.length), scratch: scratch)
    }
    return result(out, tracked: tracks(qkv)) { [engine] gradient in
      qkv.contribute(on: engine) { change in
        form.run(on: engine) { [qkv = qkv.value.floats, gradient = gradient.floats] head, sample, scratch in
          Kernels.attentionGradient(
            head, qkv.piece(sample, of: 3 * form.length), gradient: gradient.piece(sample, of: form.length),
            into: change.piece(sample, of: 3 * form.length), scratch: scratch)
        }
      }
    }
  }
}

private struct Attention: Sendable {
  let batch: Int
  let tokens: Int
  let width: Int
  let heads: Int
  /// Numbers of a sample's outcome.
  var length: Int { tokens * width }

  init(_ qkv: Tensor, heads: Int) {
    let shape = qkv.shape
    precondition(shape.count == 3 && shape[2] % 3 == 0, "attention: \(shape) is not batch, tokens, 3 * width")
    (batch, tokens, width) = (shape[0], shape[1], shape[2] / 3)
    precondition(heads > 0 && width % heads == 0, "attention: \(heads) heads do not divide the width \(width)")
    self.heads = heads
  }

  func run(
    on engine: Engine, _ body: @escaping @Sendable (_ head: AttentionHead, _ sample: Int, _ scratch: Floats) -> Void
  ) {
    guard length > 0 else { return }
    let each = Kernels.attentionScratch(tokens: tokens, width: width / heads)
    let scratch = engine.scratch(each * engine.threads)
    engine.run(batch * heads) { [self] unit, thread in
      let (sample, index) = unit.quotientAndRemainder(dividingBy: heads)
      let head = AttentionHead(index: index, heads: heads, tokens: tokens, width: width / heads)
      body(head, sample, scratch.piece(thread, of: each))
    }
  }
}
