/* Four partial sums, of every fourth voxel, keep the processor busy; they are added in pairs at the end. */
CK_INLINE v8 v8_sum_of_four(const v8 *part) { return (part[0] + part[1]) + (part[2] + part[3]); }

void CK_TWIN(moments_f32)(size_t voxels, const float *x, const float *shift, float *sum, float *square) {
  const v8 centre = v8_load(shift);
  v8 first[4] = {{0}}, second[4] = {{0}};
  size_t at = 0;
  for (; at + 4 <= voxels; at += 4) {
    CK_UNROLL for (int part = 0; part < 4; part++) {
      v8 value = v8_load(x + 8 * (at + (size_t)part)) - centre;
      first[part] += value;
      second[part] = v8_fma(value, value, second[part]);
    }
  }
  for (; at < voxels; at++) {
    v8 value = v8_load(x + 8 * at) - centre;
    first[0] += value;
    second[0] = v8_fma(value, value, second[0]);
  }
  v8_store(sum, v8_sum_of_four(first));
  v8_store(square, v8_sum_of_four(second));
}

void CK_TWIN(gradient_moments_f32)(size_t voxels, const float *g, const float *x, const float *mean, float *sum,
                                   float *product) {
  const v8 centre = v8_load(mean);
  v8 first[4] = {{0}}, second[4] = {{0}};
  size_t at = 0;
  for (; at + 4 <= voxels; at += 4) {
    CK_UNROLL for (int part = 0; part < 4; part++) {
      v8 gradient = v8_load(g + 8 * (at + (size_t)part)), value = v8_load(x + 8 * (at + (size_t)part)) - centre;
      first[part] += gradient;
      second[part] = v8_fma(gradient, value, second[part]);
    }
  }
  for (; at < voxels; at++) {
    v8 gradient = v8_load(g + 8 * at), value = v8_load(x + 8 * at) - centre;
    first[0] += gradient;
    second[0] = v8_fma(gradient, value, second[0]);
  }
  v8_store(sum, v8_sum_of_four(first));
  v8_store(product, v8_sum_of_four(second));
}

/* Whether the whole is to be written past the caches, which takes places that vectors fit into. */
CK_INLINE int CK_TWIN(streams)(int is_wanted, const float *to) { return is_wanted && (uintptr_t)to % 64 == 0; }

CK_INLINE void CK_TWIN(affine_to)(size_t count, const float *x, v8 factor, v8 offset, const float *residual, float *y,
                                  const int streams) {
  size_t at = 0;
#if defined(CK_HAS_SIXTEEN)
  const v16 factors = v16_of(factor, factor), offsets = v16_of(offset, offset);
  for (; at + 16 <= count; at += 16) {
    v16 value = v16_fma(v16_load(x + at), factors, offsets);
    if (residual) value += v16_load(residual + at);
    if (streams) v16_stream(y + at, value); else v16_store(y + at, value);
  }
#endif
  for (; at < count; at += 8) {
    v8 value = v8_fma(v8_load(x + at), factor, offset);
    if (residual) value += v8_load(residual + at);
    if (streams) v8_stream(y + at, value); else v8_store(y + at, value);
  }
  if (streams) CK_FENCE();
}

void CK_TWIN(affine_f32)(size_t voxels, const float *x, const float *scale, const float *shift, const float *residual,
                         float *y, int streams) {
  const v8 factor = v8_load(scale), offset = v8_load(shift);
  if (CK_TWIN(streams)(streams, y))
    CK_TWIN(affine_to)(8 * voxels, x, factor, offset, residual, y, 1);
  else
    CK_TWIN(affine_to)(8 * voxels, x, factor, offset, residual, y, 0);
}

void CK_TWIN(affine2_f32)(size_t voxels, const float *g, const float *x, const float *a, const float *b, const float *d,
                          const float *gelu_of, float *out) {
  const v8 of_g = v8_load(a), of_x = v8_load(b), offset = v8_load(d);
  size_t at = 0;
#if defined(CK_HAS_SIXTEEN)
  const v16 of_gs = v16_of(of_g, of_g), of_xs = v16_of(of_x, of_x), offsets = v16_of(offset, offset);
  for (; at + 16 <= 8 * voxels; at += 16) {
    v16 value = v16_fma(of_gs, v16_load(g + at), v16_fma(of_xs, v16_load(x + at), offsets));
    if (gelu_of) value = v16_gelu_gradient(v16_load(gelu_of + at), value);
    v16_store(out + at, value);
  }
#endif
  for (; at < 8 * voxels; at += 8) {
    v8 value = v8_fma(of_g, v8_load(g + at), v8_fma(of_x, v8_load(x + at), offset));
    if (gelu_of) value = v8_gelu_gradient(v8_load(gelu_of + at), value);
    v8_store(out + at, value);
  }
}
