/* Attention of one head of one sample. Queries, keys, values and the outcome's gradient are copied into rows of a whole
 * number of vectors first: in the packed tensor rows lie a few kilobytes apart, where they share lines of the cache.
 * All products are one: rows of `a` as broadcast numbers at any strides, rows of `b` as vectors, up to twelve sums in
 * registers, each one chain over the depth in order. */

CK_INLINE void CK_TWIN(attention_step)(const int rows, const int vectors, const float *a, size_t row_stride,
                                       const float *b, v8 sum[][3]) {
  v8 right[3];
  CK_UNROLL for (int v = 0; v < vectors; v++) right[v] = v8_load(b + 8 * v);
  CK_UNROLL for (int r = 0; r < rows; r++) {
    const v8 value = v8_all(a[(size_t)r * row_stride]);
    CK_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v8_fma(value, right[v], sum[r][v]);
  }
}

CK_INLINE void CK_TWIN(attention_tile)(const int rows, const int vectors, size_t depth, const float *a,
                                       size_t row_stride, size_t k_stride, const float *b, size_t ldb, float *c,
                                       size_t ldc) {
  v8 sum[6][3];
  CK_UNROLL for (int r = 0; r < rows; r++)
    CK_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v8_all(0);
  size_t k = 0;
  for (; k + 4 <= depth; k += 4, a += 4 * k_stride, b += 4 * ldb)
    CK_UNROLL for (size_t n = 0; n < 4; n++)
      CK_TWIN(attention_step)(rows, vectors, a + n * k_stride, row_stride, b + n * ldb, sum);
  for (; k < depth; k++, a += k_stride, b += ldb) CK_TWIN(attention_step)(rows, vectors, a, row_stride, b, sum);
  CK_UNROLL for (int r = 0; r < rows; r++)
    CK_UNROLL for (int v = 0; v < vectors; v++) v8_store(c + (size_t)r * ldc + 8 * v, sum[r][v]);
}

#if defined(CK_HAS_SIXTEEN)
CK_INLINE void CK_TWIN(attention_wide_tile)(const int rows, const int vectors, size_t depth, const float *a,
                                            size_t row_stride, size_t k_stride, const float *b, size_t ldb, float *c,
                                            size_t ldc) {
  v16 sum[12][2];
  CK_UNROLL for (int r = 0; r < rows; r++)
    CK_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v16_all(0);
  for (size_t k = 0; k < depth; k++, a += k_stride, b += ldb) {
    v16 right[2];
    CK_UNROLL for (int v = 0; v < vectors; v++) right[v] = v16_load(b + 16 * v);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      const v16 value = v16_all(a[(size_t)r * row_stride]);
      CK_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v16_fma(value, right[v], sum[r][v]);
    }
  }
  CK_UNROLL for (int r = 0; r < rows; r++)
    CK_UNROLL for (int v = 0; v < vectors; v++) v16_store(c + (size_t)r * ldc + 16 * v, sum[r][v]);
}
#endif

typedef struct {
  const float *values;
  size_t row, k; /* strides */
} CK_TWIN(factors);

CK_INLINE void CK_TWIN(attention_panel)(const int vectors, size_t rows, size_t depth, CK_TWIN(factors) a, const float *b,
                                        size_t ldb, float *c, size_t ldc) {
  const size_t step = vectors == 3 ? 4 : 6;
  size_t row = 0;
#if defined(CK_HAS_SIXTEEN)
  if (vectors % 2 == 0) {
    for (; row + 12 <= rows; row += 12)
      CK_TWIN(attention_wide_tile)(12, vectors / 2, depth, a.values + row * a.row, a.row, a.k, b, ldb, c + row * ldc, ldc);
    for (; row + 4 <= rows; row += 4)
      CK_TWIN(attention_wide_tile)(4, vectors / 2, depth, a.values + row * a.row, a.row, a.k, b, ldb, c + row * ldc, ldc);
    for (; row < rows; row++)
      CK_TWIN(attention_wide_tile)(1, vectors / 2, depth, a.values + row * a.row, a.row, a.k, b, ldb, c + row * ldc, ldc);
    return;
  }
#endif
  for (; row + step <= rows; row += step) {
    const float *from = a.values + row * a.row;
    if (vectors == 3) {
      CK_TWIN(attention_tile)(4, vectors, depth, from, a.row, a.k, b, ldb, c + row * ldc, ldc);
    } else {
      CK_TWIN(attention_tile)(6, vectors, depth, from, a.row, a.k, b, ldb, c + row * ldc, ldc);
    }
  }
  const float *from = a.values + row * a.row;
  c += row * ldc;
  switch (rows - row) {
    case 1: CK_TWIN(attention_tile)(1, vectors, depth, from, a.row, a.k, b, ldb, c, ldc); break;
    case 2: CK_TWIN(attention_tile)(2, vectors, depth, from, a.row, a.k, b, ldb, c, ldc); break;
    case 3: CK_TWIN(attention_tile)(3, vectors, depth, from, a.row, a.k, b, ldb, c, ldc); break;
    case 4: CK_TWIN(attention_tile)(4, vectors, depth, from, a.row, a.k, b, ldb, c, ldc); break;
    case 5: CK_TWIN(attention_tile)(5, vectors, depth, from, a.row, a.k, b, ldb, c, ldc); break;
    default: break;
  }
}

/* c [rows][columns] = a b; columns is a multiple of eight, taken in panels of 16 (32 where there are vectors of sixteen) and
 * at most one of 24 or 8. */
static void CK_TWIN(attention_product)(size_t rows, size_t columns, size_t depth, CK_TWIN(factors) a, const float *b,
                                       size_t ldb, float *c, size_t ldc) {
#if defined(CK_HAS_SIXTEEN)
  while (columns >= 32) {
    CK_TWIN(attention_panel)(4, rows, depth, a, b, ldb, c, ldc);
    b += 32, c += 32, columns -= 32;
  }
#endif
  while (columns >= 16 && columns != 24) {
    CK_TWIN(attention_panel)(2, rows, depth, a, b, ldb, c, ldc);
    b += 16, c += 16, columns -= 16;
  }
  if (columns == 24) CK_TWIN(attention_panel)(3, rows, depth, a, b, ldb, c, ldc);
  if (columns == 8) CK_TWIN(attention_panel)(1, rows, depth, a, b, ldb, c, ldc);
}

CK_INLINE void CK_TWIN(copy_rows)(size_t rows, size_t width, const float *from, size_t from_stride, size_t padded,
                                  float *to) {
  for (size_t row = 0; row < rows; row++, from += from_stride, to += padded) {
    size_t at = 0;
    for (; at + 8 <= width; at += 8) v8_store(to + at, v8_load(from + at));
    if (at < width) v8_store(to + at, v8_load_first(from + at, width - at));
  }
}

/* Rows of `width` floats, a multiple of eight, as columns: [width][padded], zeros where rows end. */
static void CK_TWIN(transpose_rows)(size_t rows, size_t width, const float *from, size_t padded, float *to) {
  for (size_t row = 0; row < padded; row += 8)
    for (size_t at = 0; at < width; at += 8) {
      v8 block[8];
      CK_UNROLL for (size_t n = 0; n < 8; n++)
        block[n] = row + n < rows ? v8_load(from + (row + n) * width + at) : v8_all(0);
      v8_transpose(block);
      CK_UNROLL for (size_t n = 0; n < 8; n++) v8_store(to + (at + n) * padded + row, block[n]);
    }
}

/* The softmax of scale * x along rows of `count` numbers, in place; what pads a row becomes zero. */
static void CK_TWIN(softmax_rows)(size_t rows, size_t count, size_t padded, float scale, float *x) {
  const v8 factor = v8_all(scale), lowest = v8_all(-3e38f);
  const i8 lanes = {0, 1, 2, 3, 4, 5, 6, 7}, inside = lanes < i8_all((int32_t)(count - (padded - 8)));
  for (size_t row = 0; row < rows; row++, x += padded) {
    v8 most = v8_select(inside, v8_load(x + padded - 8), lowest);
    for (size_t at = 0; at + 8 < padded; at += 8) most = v8_max(most, v8_load(x + at));
    float largest = most[0];
    CK_UNROLL for (int lane = 1; lane < 8; lane++) largest = most[lane] > largest ? most[lane] : largest;
    const v8 peak = v8_all(largest);
    v8 sum = v8_all(0);
    for (size_t at = 0; at < padded; at += 8) {
      v8 power = v8_exp((v8_load(x + at) - peak) * factor);
      if (at + 8 == padded) power = v8_select(inside, power, v8_all(0));
      sum += power;
      v8_store(x + at, power);
    }
    const v8 share = v8_all(1 / v8_total(sum));
    for (size_t at = 0; at < padded; at += 8) v8_store(x + at, v8_load(x + at) * share);
  }
}

/* p becomes scale * p (d - sum of p d), the gradient of the products of queries and keys. */
static void CK_TWIN(softmax_gradient_rows)(size_t rows, size_t padded, float scale, float *p, const float *d) {
  for (size_t row = 0; row < rows; row++, p += padded, d += padded) {
    v8 sum = v8_all(0);
    for (size_t at = 0; at < padded; at += 8) sum = v8_fma(v8_load(p + at), v8_load(d + at), sum);
    const v8 inner = v8_all(v8_total(sum)), factor = v8_all(scale);
    for (size_t at = 0; at < padded; at += 8)
      v8_store(p + at, factor * v8_load(p + at) * (v8_load(d + at) - inner));
  }
}

/* Writes rows of `width` floats where they belong: straight away where they are whole vectors. */
CK_INLINE void CK_TWIN(attention_out)(size_t rows, size_t width, size_t wide, size_t depth, CK_TWIN(factors) a,
                                      const float *b, float *out, size_t ldo, float *spare) {
  if (width == wide) {
    CK_TWIN(attention_product)(rows, wide, depth, a, b, wide, out, ldo);
    return;
  }
  CK_TWIN(attention_product)(rows, wide, depth, a, b, wide, spare, wide);
  for (size_t row = 0; row < rows; row++) memcpy(out + row * ldo, spare + row * wide, width * sizeof(float));
}

void CK_TWIN(attention_f32)(size_t tokens, size_t width, float scale, const float *q, const float *k, const float *v,
                            size_t stride, float *out, size_t out_stride, float *scratch) {
  if (tokens == 0 || width == 0) return;
  const size_t wide = (width + 7) / 8 * 8, padded = (tokens + 7) / 8 * 8, length = tokens * wide;
  float *rows = scratch, *columns = rows + length, *spare = columns + wide * padded, *shares = spare + length;
  CK_TWIN(copy_rows)(tokens, width, k, stride, wide, rows);
  CK_TWIN(transpose_rows)(tokens, wide, rows, padded, columns);
  CK_TWIN(copy_rows)(tokens, width, q, stride, wide, rows);
  CK_TWIN(attention_product)(tokens, padded, wide, (CK_TWIN(factors)){rows, wide, 1}, columns, padded, shares, padded);
  CK_TWIN(softmax_rows)(tokens, tokens, padded, scale, shares);
  CK_TWIN(copy_rows)(tokens, width, v, stride, wide, rows);
  CK_TWIN(attention_out)(tokens, width, wide, tokens, (CK_TWIN(factors)){shares, padded, 1}, rows, out, out_stride,
                         spare);
}

void CK_TWIN(attention_gradient_f32)(size_t tokens, size_t width, float scale, const float *q, const float *k,
                                     const float *v, size_t stride, const float *g, size_t g_stride, float *q_gradient,
                                     float *k_gradient, float *v_gradient, float *scratch) {
  if (tokens == 0 || width == 0) return;
  const size_t wide = (width + 7) / 8 * 8, padded = (tokens + 7) / 8 * 8, length = tokens * wide;
  float *queries = scratch, *keys = queries + length, *rows = keys + length, *spare = rows + length;
  float *columns = spare + length, *shares = columns + wide * padded, *slopes = shares + tokens * padded;
  CK_TWIN(copy_rows)(tokens, width, q, stride, wide, queries);
  CK_TWIN(copy_rows)(tokens, width, k, stride, wide, keys);
  CK_TWIN(transpose_rows)(tokens, wide, keys, padded, columns);
  CK_TWIN(attention_product)(tokens, padded, wide, (CK_TWIN(factors)){queries, wide, 1}, columns, padded, shares, padded);
  CK_TWIN(softmax_rows)(tokens, tokens, padded, scale, shares);
  CK_TWIN(copy_rows)(tokens, width, v, stride, wide, rows);
  CK_TWIN(transpose_rows)(tokens, wide, rows, padded, columns);
  CK_TWIN(copy_rows)(tokens, width, g, g_stride, wide, rows);
  CK_TWIN(attention_product)(tokens, padded, wide, (CK_TWIN(factors)){rows, wide, 1}, columns, padded, slopes, padded);
  const CK_TWIN(factors) across = {shares, padded, 1}, down = {shares, 1, padded};
  CK_TWIN(attention_out)(tokens, width, wide, tokens, down, rows, v_gradient, stride, spare);
  CK_TWIN(softmax_gradient_rows)(tokens, padded, scale, shares, slopes);
  CK_TWIN(attention_out)(tokens, width, wide, tokens, across, keys, q_gradient, stride, spare);
  CK_TWIN(attention_out)(tokens, width, wide, tokens, down, queries, k_gradient, stride, spare);
}
