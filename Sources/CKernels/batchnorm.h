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

void CK_TWIN(affine_f32)(size_t voxels, const float *x, const float *scale, const float *shift, const float *residual,
                         float *y) {
  const v8 factor = v8_load(scale), offset = v8_load(shift);
  if (residual) {
    for (size_t at = 0; at < 8 * voxels; at += 8)
      v8_store(y + at, v8_fma(v8_load(x + at), factor, offset) + v8_load(residual + at));
  } else {
    for (size_t at = 0; at < 8 * voxels; at += 8) v8_store(y + at, v8_fma(v8_load(x + at), factor, offset));
  }
}

void CK_TWIN(affine2_f32)(size_t voxels, const float *g, const float *x, const float *a, const float *b, const float *d,
                          float *out) {
  const v8 of_g = v8_load(a), of_x = v8_load(b), offset = v8_load(d);
  for (size_t at = 0; at < 8 * voxels; at += 8)
    v8_store(out + at, v8_fma(of_g, v8_load(g + at), v8_fma(of_x, v8_load(x + at), offset)));
}
