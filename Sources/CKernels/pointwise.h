/* Pointwise convolution: a tile of voxels by one or two blocks of outputs stays in registers while the input channels
 * pass by in order. */
typedef struct {
  size_t in_blocks;
  const float *input;
  size_t input_stride;
  const float *weight, *bias;
  float *output;
  size_t output_stride;
} CK_TWIN(pointwise);

CK_INLINE void CK_TWIN(pointwise_tile)(const CK_TWIN(pointwise) * of, const int voxels, const int blocks, size_t voxel,
                                       size_t block) {
  const size_t panel = 64 * of->in_blocks;
  v8 sum[8][2];
  CK_UNROLL for (int b = 0; b < blocks; b++) {
    const v8 start = of->bias ? v8_load(of->bias + 8 * (block + (size_t)b)) : v8_all(0);
    CK_UNROLL for (int v = 0; v < voxels; v++) sum[v][b] = start;
  }
  const float *weight = of->weight + block * panel;
  for (size_t in = 0; in < of->in_blocks; in++) {
    const float *input = of->input + in * of->input_stride + 8 * voxel;
    for (int lane = 0; lane < 8; lane++, weight += 8, input++) {
      v8 factor[2];
      CK_UNROLL for (int b = 0; b < blocks; b++) factor[b] = v8_load(weight + (size_t)b * panel);
      CK_UNROLL for (int v = 0; v < voxels; v++) {
        const v8 value = v8_all(input[8 * v]);
        CK_UNROLL for (int b = 0; b < blocks; b++) sum[v][b] = v8_fma(value, factor[b], sum[v][b]);
      }
    }
  }
  CK_UNROLL for (int b = 0; b < blocks; b++)
    CK_UNROLL for (int v = 0; v < voxels; v++)
      v8_store(of->output + (block + (size_t)b) * of->output_stride + 8 * (voxel + (size_t)v), sum[v][b]);
}

#if defined(CK_HAS_SIXTEEN)
/* The same with blocks of outputs in pairs. */
CK_INLINE void CK_TWIN(pointwise_pairs)(const CK_TWIN(pointwise) * of, const int voxels, const int pairs, size_t voxel,
                                        size_t block) {
  const size_t panel = 64 * of->in_blocks;
  v16 sum[12][2];
  CK_UNROLL for (int p = 0; p < pairs; p++) {
    const v16 start = of->bias ? v16_load(of->bias + 8 * (block + 2 * (size_t)p)) : v16_all(0);
    CK_UNROLL for (int v = 0; v < voxels; v++) sum[v][p] = start;
  }
  const float *weight = of->weight + block * panel;
  for (size_t in = 0; in < of->in_blocks; in++) {
    const float *input = of->input + in * of->input_stride + 8 * voxel;
    for (int lane = 0; lane < 8; lane++, weight += 8, input++) {
      v16 factor[2];
      CK_UNROLL for (int p = 0; p < pairs; p++)
        factor[p] = v16_of(v8_load(weight + 2 * (size_t)p * panel), v8_load(weight + (2 * (size_t)p + 1) * panel));
      CK_UNROLL for (int v = 0; v < voxels; v++) {
        const v16 value = v16_all(input[8 * v]);
        CK_UNROLL for (int p = 0; p < pairs; p++) sum[v][p] = v16_fma(value, factor[p], sum[v][p]);
      }
    }
  }
  CK_UNROLL for (int p = 0; p < pairs; p++) {
    float *output = of->output + (block + 2 * (size_t)p) * of->output_stride + 8 * voxel;
    CK_UNROLL for (int v = 0; v < voxels; v++) {
      v8_store(output + 8 * v, v16_low(sum[v][p]));
      v8_store(output + of->output_stride + 8 * v, v16_high(sum[v][p]));
    }
  }
}

/* All pairs of blocks for so many voxels; a block without a fellow is left. */
CK_INLINE void CK_TWIN(pointwise_wide)(const CK_TWIN(pointwise) * of, const int voxels, size_t voxel, size_t blocks) {
  size_t block = 0;
  for (; block + 4 <= blocks; block += 4) CK_TWIN(pointwise_pairs)(of, voxels, 2, voxel, block);
  if (block + 2 <= blocks) CK_TWIN(pointwise_pairs)(of, voxels, 1, voxel, block);
}
#endif

CK_INLINE void CK_TWIN(pointwise_tiles)(const CK_TWIN(pointwise) * of, const int voxels, size_t voxel, size_t blocks) {
  size_t block = 0;
  for (; block + 2 <= blocks; block += 2) CK_TWIN(pointwise_tile)(of, voxels, 2, voxel, block);
  if (block < blocks) CK_TWIN(pointwise_tile)(of, voxels, 1, voxel, block);
}

void CK_TWIN(pointwise_f32)(size_t voxels, size_t in_blocks, size_t out_blocks, const float *input, size_t input_stride,
                            const float *weight, const float *bias, float *output, size_t output_stride) {
  CK_TWIN(pointwise) of = {in_blocks, input, input_stride, weight, bias, output, output_stride};
  size_t voxel = 0;
#if defined(CK_HAS_SIXTEEN)
  const size_t paired = out_blocks / 2 * 2;
  for (; voxel + 12 <= voxels; voxel += 12) CK_TWIN(pointwise_wide)(&of, 12, voxel, paired);
  for (; voxel + 4 <= voxels; voxel += 4) CK_TWIN(pointwise_wide)(&of, 4, voxel, paired);
  for (; voxel < voxels; voxel++) CK_TWIN(pointwise_wide)(&of, 1, voxel, paired);
  if (paired == out_blocks) return;
  of.weight += paired * 64 * in_blocks;
  of.bias += of.bias ? 8 * paired : 0;
  of.output += paired * output_stride;
  out_blocks = 1;
  voxel = 0;
#endif
  if (out_blocks == 1)
    for (; voxel + 8 <= voxels; voxel += 8) CK_TWIN(pointwise_tile)(&of, 8, 1, voxel, 0);
  for (; voxel + 6 <= voxels; voxel += 6) CK_TWIN(pointwise_tiles)(&of, 6, voxel, out_blocks);
  for (; voxel + 2 <= voxels; voxel += 2) CK_TWIN(pointwise_tiles)(&of, 2, voxel, out_blocks);
  if (voxel < voxels) CK_TWIN(pointwise_tiles)(&of, 1, voxel, out_blocks);
}

/* The gradient of the weights: sums of four input channels by as many blocks of outputs as the registers hold over a run of
 * voxels; runs have a fixed length and are added in order. */
enum { CK_TWIN(run) = 64, CK_TWIN(most_blocks) = CK_REGISTERS < 32 ? 2 : 4 };

typedef struct {
  size_t in_blocks;
  const float *input;
  size_t input_stride;
  const float *gradient;
  size_t gradient_stride;
  float *sums;
} CK_TWIN(pointwise_gradient);

CK_INLINE void CK_TWIN(pointwise_gradient_tile)(const CK_TWIN(pointwise_gradient) * of, const int channels,
                                                const int blocks, size_t from, size_t to, size_t channel, size_t block) {
  v8 sum[8][CK_TWIN(most_blocks)];
  CK_UNROLL for (int c = 0; c < channels; c++) CK_UNROLL for (int b = 0; b < blocks; b++) sum[c][b] = v8_all(0);
  const float *input = of->input + channel / 8 * of->input_stride + channel % 8;
  const float *gradient = of->gradient + block * of->gradient_stride;
  for (size_t at = 8 * from; at < 8 * to; at += 8) {
    v8 factor[CK_TWIN(most_blocks)];
    CK_UNROLL for (int b = 0; b < blocks; b++) factor[b] = v8_load(gradient + (size_t)b * of->gradient_stride + at);
    CK_UNROLL for (int c = 0; c < channels; c++) {
      const v8 value = v8_all(input[at + (size_t)c]);
      CK_UNROLL for (int b = 0; b < blocks; b++) sum[c][b] = v8_fma(value, factor[b], sum[c][b]);
    }
  }
  CK_UNROLL for (int b = 0; b < blocks; b++) {
    float *sums = of->sums + ((block + (size_t)b) * 8 * of->in_blocks + channel) * 8;
    CK_UNROLL for (int c = 0; c < channels; c++) v8_store(sums + 8 * c, v8_load(sums + 8 * c) + sum[c][b]);
  }
}

#if defined(CK_HAS_SIXTEEN)
/* Eight input channels by blocks of outputs in pairs. */
CK_INLINE void CK_TWIN(pointwise_gradient_pairs)(const CK_TWIN(pointwise_gradient) * of, const int pairs, size_t from,
                                                 size_t to, size_t channel, size_t block) {
  v16 sum[8][2];
  CK_UNROLL for (int c = 0; c < 8; c++) CK_UNROLL for (int p = 0; p < pairs; p++) sum[c][p] = v16_all(0);
  const float *input = of->input + channel / 8 * of->input_stride;
  const float *gradient = of->gradient + block * of->gradient_stride;
  for (size_t at = 8 * from; at < 8 * to; at += 8) {
    v16 factor[2];
    CK_UNROLL for (int p = 0; p < pairs; p++) {
      const float *low = gradient + 2 * (size_t)p * of->gradient_stride + at;
      factor[p] = v16_of(v8_load(low), v8_load(low + of->gradient_stride));
    }
    CK_UNROLL for (int c = 0; c < 8; c++) {
      const v16 value = v16_all(input[at + (size_t)c]);
      CK_UNROLL for (int p = 0; p < pairs; p++) sum[c][p] = v16_fma(value, factor[p], sum[c][p]);
    }
  }
  CK_UNROLL for (int p = 0; p < pairs; p++) {
    float *low = of->sums + ((block + 2 * (size_t)p) * 8 * of->in_blocks + channel) * 8, *high = low + 64 * of->in_blocks;
    CK_UNROLL for (int c = 0; c < 8; c++) {
      v8_store(low + 8 * c, v8_load(low + 8 * c) + v16_low(sum[c][p]));
      v8_store(high + 8 * c, v8_load(high + 8 * c) + v16_high(sum[c][p]));
    }
  }
}
#endif

static void CK_TWIN(pointwise_gradient_run)(const CK_TWIN(pointwise_gradient) * of, size_t out_blocks, size_t from,
                                            size_t to) {
  size_t block = 0;
#if defined(CK_HAS_SIXTEEN)
  for (; block + 4 <= out_blocks; block += 4)
    for (size_t channel = 0; channel < 8 * of->in_blocks; channel += 8)
      CK_TWIN(pointwise_gradient_pairs)(of, 2, from, to, channel, block);
  for (; block + 2 <= out_blocks; block += 2)
    for (size_t channel = 0; channel < 8 * of->in_blocks; channel += 8)
      CK_TWIN(pointwise_gradient_pairs)(of, 1, from, to, channel, block);
#endif
  for (size_t blocks; block < out_blocks; block += blocks) {
    const size_t left = out_blocks - block;
    blocks = left < CK_TWIN(most_blocks) ? left : CK_TWIN(most_blocks);
    for (size_t channel = 0; channel < 8 * of->in_blocks; channel += blocks == 1 ? 8 : 4) switch (blocks) {
        case 1: CK_TWIN(pointwise_gradient_tile)(of, 8, 1, from, to, channel, block); break;
        case 2: CK_TWIN(pointwise_gradient_tile)(of, 4, 2, from, to, channel, block); break;
        case 3: CK_TWIN(pointwise_gradient_tile)(of, 4, 3, from, to, channel, block); break;
        default: CK_TWIN(pointwise_gradient_tile)(of, 4, 4, from, to, channel, block); break;
      }
  }
}

void CK_TWIN(pointwise_weight_gradient_f32)(size_t voxels, size_t in_blocks, size_t out_blocks, const float *input,
                                            size_t input_stride, const float *gradient, size_t gradient_stride,
                                            float *weight_gradient, float *bias_gradient) {
  const CK_TWIN(pointwise_gradient) of = {in_blocks, input, input_stride, gradient, gradient_stride, weight_gradient};
  memset(weight_gradient, 0, 64 * in_blocks * out_blocks * sizeof(float));
  memset(bias_gradient, 0, 8 * out_blocks * sizeof(float));
  for (size_t from = 0; from < voxels; from += CK_TWIN(run)) {
    const size_t to = from + CK_TWIN(run) < voxels ? from + CK_TWIN(run) : voxels;
    CK_TWIN(pointwise_gradient_run)(&of, out_blocks, from, to);
    for (size_t block = 0; block < out_blocks; block++) {
      v8 sum = v8_all(0);
      for (size_t voxel = from; voxel < to; voxel++) sum += v8_load(gradient + block * gradient_stride + 8 * voxel);
      v8_store(bias_gradient + 8 * block, v8_load(bias_gradient + 8 * block) + sum);
    }
  }
}
