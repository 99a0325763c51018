/* Rows of any width. What a row is reduced to is the sum of four vectors, of every fourth eight numbers, added in pairs,
 * and their lanes in pairs: it depends on the row alone. */
CK_INLINE float v8_total(v8 a) { return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])); }

/* The lanes below `count` as they are, zero in the others. */
CK_INLINE v8 v8_first(v8 a, size_t count) {
  const i8 lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  return v8_select(lanes < i8_all((int32_t)count), a, v8_all(0));
}

static float CK_TWIN(row_sum)(size_t width, const float *x) {
  v8 sum[4] = {{0}};
  size_t at = 0;
  for (; at + 32 <= width; at += 32)
    CK_UNROLL for (size_t part = 0; part < 4; part++) sum[part] += v8_load(x + at + 8 * part);
  for (; at + 8 <= width; at += 8) sum[0] += v8_load(x + at);
  if (at < width) sum[1] += v8_load_first(x + at, width - at);
  return v8_total((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

static float CK_TWIN(row_squares)(size_t width, const float *x, float mean) {
  const v8 centre = v8_all(mean);
  v8 sum[4] = {{0}};
  size_t at = 0;
  for (; at + 32 <= width; at += 32)
    CK_UNROLL for (size_t part = 0; part < 4; part++) {
      v8 value = v8_load(x + at + 8 * part) - centre;
      sum[part] = v8_fma(value, value, sum[part]);
    }
  for (; at + 8 <= width; at += 8) {
    v8 value = v8_load(x + at) - centre;
    sum[0] = v8_fma(value, value, sum[0]);
  }
  if (at < width) {
    v8 value = v8_first(v8_load_first(x + at, width - at) - centre, width - at);
    sum[1] = v8_fma(value, value, sum[1]);
  }
  return v8_total((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

void CK_TWIN(layer_norm_f32)(size_t rows, size_t width, float epsilon, const float *x, const float *weight,
                             const float *bias, float *y, float *mean, float *factor) {
  for (size_t row = 0; row < rows; row++, x += width, y += width) {
    mean[row] = CK_TWIN(row_sum)(width, x) / (float)width;
    const float variance = CK_TWIN(row_squares)(width, x, mean[row]) / (float)width;
    factor[row] = 1 / v8_sqrt(v8_all(variance + epsilon))[0];
    const v8 centre = v8_all(mean[row]), by = v8_all(factor[row]);
    size_t at = 0;
    for (; at + 8 <= width; at += 8)
      v8_store(y + at, v8_fma((v8_load(x + at) - centre) * by, v8_load(weight + at), v8_load(bias + at)));
    if (at == width) continue;
    const size_t rest = width - at;
    v8 normed = (v8_load_first(x + at, rest) - centre) * by;
    v8_store_first(y + at, v8_fma(normed, v8_load_first(weight + at, rest), v8_load_first(bias + at, rest)), rest);
  }
}

typedef struct {
  v8 centre, factor, sum[2], product[2];
} CK_TWIN(norm_row);

/* Takes eight numbers into the sums of their row and of their columns. */
CK_INLINE void CK_TWIN(norm_sums)(CK_TWIN(norm_row) * row, int part, v8 g, v8 x, v8 weight, v8 *by_weight, v8 *by_bias) {
  v8 normed = (x - row->centre) * row->factor, change = g * weight;
  row->sum[part] += change;
  row->product[part] = v8_fma(change, normed, row->product[part]);
  *by_weight = v8_fma(g, normed, *by_weight);
  *by_bias += g;
}

CK_INLINE v8 CK_TWIN(norm_change)(const CK_TWIN(norm_row) * row, v8 mean, v8 slope, v8 g, v8 x, v8 weight) {
  v8 normed = (x - row->centre) * row->factor;
  /* Not fused: what a row of one number is left with has to be zero, not the rounding of a product. */
  return row->factor * (g * weight - mean - normed * slope);
}

/* One row: its share of the gradients of weight and bias, and the gradient of the input. */
CK_INLINE void CK_TWIN(norm_gradient_row)(size_t width, const float *g, const float *x, const float *weight, float mean,
                                          float factor, const float *earlier, float *out, float *by_weight,
                                          float *by_bias) {
  CK_TWIN(norm_row) row = {v8_all(mean), v8_all(factor), {{0}}, {{0}}};
  const size_t whole = width / 8 * 8, rest = width - whole;
  for (size_t at = 0; at < whole; at += 8) {
    v8 a = v8_load(by_weight + at), b = v8_load(by_bias + at);
    CK_TWIN(norm_sums)(&row, at % 16 != 0, v8_load(g + at), v8_load(x + at), v8_load(weight + at), &a, &b);
    v8_store(by_weight + at, a);
    v8_store(by_bias + at, b);
  }
  if (rest) {
    v8 a = v8_load_first(by_weight + whole, rest), b = v8_load_first(by_bias + whole, rest);
    CK_TWIN(norm_sums)(&row, 1, v8_load_first(g + whole, rest), v8_load_first(x + whole, rest),
                       v8_load_first(weight + whole, rest), &a, &b);
    v8_store_first(by_weight + whole, a, rest);
    v8_store_first(by_bias + whole, b, rest);
  }
  if (!out) return;
  const v8 level = v8_all(v8_total(row.sum[0] + row.sum[1]) / (float)width);
  const v8 slope = v8_all(v8_total(row.product[0] + row.product[1]) / (float)width);
  for (size_t at = 0; at < whole; at += 8) {
    v8 change = CK_TWIN(norm_change)(&row, level, slope, v8_load(g + at), v8_load(x + at), v8_load(weight + at));
    v8_store(out + at, earlier ? change + v8_load(earlier + at) : change);
  }
  if (!rest) return;
  v8 change = CK_TWIN(norm_change)(&row, level, slope, v8_load_first(g + whole, rest), v8_load_first(x + whole, rest),
                                   v8_load_first(weight + whole, rest));
  v8_store_first(out + whole, earlier ? change + v8_load_first(earlier + whole, rest) : change, rest);
}

void CK_TWIN(layer_norm_gradient_f32)(size_t rows, size_t width, const float *g, const float *x, const float *weight,
                                      const float *mean, const float *factor, const float *earlier, float *out,
                                      float *weight_gradient, float *bias_gradient) {
  memset(weight_gradient, 0, width * sizeof(float));
  memset(bias_gradient, 0, width * sizeof(float));
  for (size_t row = 0; row < rows; row++)
    CK_TWIN(norm_gradient_row)(width, g + row * width, x + row * width, weight, mean[row], factor[row],
                               earlier ? earlier + row * width : NULL, out ? out + row * width : NULL, weight_gradient,
                               bias_gradient);
}
