/* Matrix product by packed panels (Goto and van de Geijn, ACM TOMS 34 (2008), article 12): 6 by 16 sums in registers.
 * Each element of c is one chain of multiply-adds over k in order (c itself carries it from one block of k to the next),
 * so that its bits depend on its row of a and its column of b alone. */

typedef struct {
  const float *values;
  size_t row_stride, k_stride;
} CK_TWIN(left);

typedef struct {
  size_t n, k, ldc;
  const float *packed_b;
  const ck_matmul_ends *ends;
} CK_TWIN(matmul);

/* --- Packing. --- */

/* Sixteen neighbouring columns of b, [k][16]; returns how many of k are done. */
CK_INLINE size_t CK_TWIN(pack_columns)(size_t k, const float *b, size_t ldb, int transposed, float *packed) {
  size_t at = 0;
  if (!transposed) {
    for (; at < k; at++) {
      v8_store(packed + CK_MATMUL_COLUMNS * at, v8_load(b + at * ldb));
      v8_store(packed + CK_MATMUL_COLUMNS * at + 8, v8_load(b + at * ldb + 8));
    }
    return k;
  }
  for (; at + 8 <= k; at += 8) {
    CK_UNROLL for (size_t half = 0; half < CK_MATMUL_COLUMNS; half += 8) {
      v8 rows[8];
      CK_UNROLL for (size_t n = 0; n < 8; n++) rows[n] = v8_load(b + (half + n) * ldb + at);
      v8_transpose(rows);
      CK_UNROLL for (size_t n = 0; n < 8; n++) v8_store(packed + CK_MATMUL_COLUMNS * (at + n) + half, rows[n]);
    }
  }
  return at;
}

void CK_TWIN(matmul_pack_f32)(size_t n, size_t k, const float *b, size_t ldb, int transpose_b, size_t from, size_t to,
                              float *packed) {
  for (size_t panel = from; panel < to; panel++) {
    const size_t column = panel * CK_MATMUL_COLUMNS;
    const size_t count = n - column < CK_MATMUL_COLUMNS ? n - column : CK_MATMUL_COLUMNS;
    const float *first = b + (transpose_b ? column * ldb : column);
    float *out = packed + column * k;
    size_t at = count == CK_MATMUL_COLUMNS ? CK_TWIN(pack_columns)(k, first, ldb, transpose_b, out) : 0;
    for (; at < k; at++)
      for (size_t lane = 0; lane < CK_MATMUL_COLUMNS; lane++)
        out[CK_MATMUL_COLUMNS * at + lane] =
            lane >= count ? 0 : transpose_b ? first[lane * ldb + at] : first[at * ldb + lane];
  }
}

/* Six neighbouring rows of a, [k][6]; returns how many of k are done. */
CK_INLINE size_t CK_TWIN(pack_rows)(size_t depth, const float *a, size_t row_stride, float *packed) {
  size_t at = 0;
  for (; at + 8 <= depth; at += 8) {
    v8 rows[8] = {{0}};
    CK_UNROLL for (size_t n = 0; n < CK_MATMUL_ROWS; n++) rows[n] = v8_load(a + n * row_stride + at);
    v8_transpose(rows);
    /* Two lanes too many, which the next ones overwrite; the last has no next. */
    CK_UNROLL for (size_t n = 0; n < 7; n++) v8_store(packed + CK_MATMUL_ROWS * (at + n), rows[n]);
    memcpy(packed + CK_MATMUL_ROWS * (at + 7), &rows[7], CK_MATMUL_ROWS * sizeof(float));
  }
  return at;
}

/* Rows of a in panels of 6, [panel][k][6]; what pads the last panel is never read. */
static void CK_TWIN(pack_a)(const CK_TWIN(left) * a, size_t rows, size_t depth, float *packed) {
  const size_t whole = rows / CK_MATMUL_ROWS * CK_MATMUL_ROWS;
  const int across = a->row_stride == 1;
  /* Rows that are columns in memory: all panels together, so that each line of memory is used at once. */
  for (size_t at = 0; across && at < depth; at++)
    for (size_t row = 0; row < whole; row += CK_MATMUL_ROWS)
      memcpy(packed + row * depth + at * CK_MATMUL_ROWS, a->values + at * a->k_stride + row,
             CK_MATMUL_ROWS * sizeof(float));
  for (size_t row = across ? whole : 0; row < rows; row += CK_MATMUL_ROWS) {
    const size_t count = rows - row < CK_MATMUL_ROWS ? rows - row : CK_MATMUL_ROWS;
    const float *from = a->values + row * a->row_stride;
    float *to = packed + row * depth;
    size_t at = row < whole && a->k_stride == 1 ? CK_TWIN(pack_rows)(depth, from, a->row_stride, to) : 0;
    for (; at < depth; at++)
      for (size_t n = 0; n < count; n++) to[at * CK_MATMUL_ROWS + n] = from[n * a->row_stride + at * a->k_stride];
  }
}

/* --- Sums. --- */

CK_INLINE void CK_TWIN(matmul_step)(const int rows, const float *a, size_t row_stride, const float *b, v8 sum[][2]) {
  const v8 left = v8_load(b), right = v8_load(b + 8);
  CK_UNROLL for (int r = 0; r < rows; r++) {
    const v8 value = v8_all(a[(size_t)r * row_stride]);
    sum[r][0] = v8_fma(value, left, sum[r][0]);
    sum[r][1] = v8_fma(value, right, sum[r][1]);
  }
}

CK_INLINE void CK_TWIN(matmul_tile)(const int rows, size_t depth, const float *a, size_t row_stride, size_t k_stride,
                                    const float *b, float *c, size_t ldc, int first) {
  v8 sum[CK_MATMUL_ROWS][2];
  CK_UNROLL for (int r = 0; r < rows; r++) {
    sum[r][0] = first ? v8_all(0) : v8_load(c + (size_t)r * ldc);
    sum[r][1] = first ? v8_all(0) : v8_load(c + (size_t)r * ldc + 8);
    /* The rows below are next. */
    __builtin_prefetch(c + (size_t)(r + rows) * ldc, 1);
    __builtin_prefetch(c + (size_t)(r + rows) * ldc + 15, 1);
  }
  /* Four steps at a time: on a core shared with another thread the number of instructions is what limits. */
  size_t k = 0;
  for (; k + 4 <= depth; k += 4, a += 4 * k_stride, b += 4 * CK_MATMUL_COLUMNS)
    CK_UNROLL for (size_t n = 0; n < 4; n++)
      CK_TWIN(matmul_step)(rows, a + n * k_stride, row_stride, b + n * CK_MATMUL_COLUMNS, sum);
  for (; k < depth; k++, a += k_stride, b += CK_MATMUL_COLUMNS) CK_TWIN(matmul_step)(rows, a, row_stride, b, sum);
  CK_UNROLL for (int r = 0; r < rows; r++) {
    v8_store(c + (size_t)r * ldc, sum[r][0]);
    v8_store(c + (size_t)r * ldc + 8, sum[r][1]);
  }
}

CK_INLINE void CK_TWIN(matmul_rows)(size_t rows, size_t depth, const CK_TWIN(left) * a, const float *b, float *c,
                                    size_t ldc, int first) {
  const size_t row_stride = a->row_stride, k_stride = a->k_stride;
  switch (rows) {
    case 1: CK_TWIN(matmul_tile)(1, depth, a->values, row_stride, k_stride, b, c, ldc, first); break;
    case 2: CK_TWIN(matmul_tile)(2, depth, a->values, row_stride, k_stride, b, c, ldc, first); break;
    case 3: CK_TWIN(matmul_tile)(3, depth, a->values, row_stride, k_stride, b, c, ldc, first); break;
    case 4: CK_TWIN(matmul_tile)(4, depth, a->values, row_stride, k_stride, b, c, ldc, first); break;
    case 5: CK_TWIN(matmul_tile)(5, depth, a->values, row_stride, k_stride, b, c, ldc, first); break;
    default:
      if (row_stride == 1)
        CK_TWIN(matmul_tile)(6, depth, a->values, 1, CK_MATMUL_ROWS, b, c, ldc, first);
      else
        CK_TWIN(matmul_tile)(6, depth, a->values, row_stride, k_stride, b, c, ldc, first);
  }
}

#if defined(CK_HAS_SIXTEEN)
CK_INLINE void CK_TWIN(matmul_wide_step)(const float *a, const float *lower, size_t row_stride, const float *b, size_t panel,
                                         v16 sum[][2]) {
  const v16 left = v16_load(b), right = v16_load(b + panel);
  CK_UNROLL for (int r = 0; r < 2 * CK_MATMUL_ROWS; r++) {
    const size_t row = (size_t)(r % CK_MATMUL_ROWS) * row_stride;
    const v16 value = v16_all(r < CK_MATMUL_ROWS ? a[row] : lower[row]);
    sum[r][0] = v16_fma(value, left, sum[r][0]);
    sum[r][1] = v16_fma(value, right, sum[r][1]);
  }
}

/* Twelve rows, six from `a` and six from `lower` on, by the columns of two panels: twice as many lanes, the same sums. */
CK_INLINE void CK_TWIN(matmul_wide)(size_t depth, const float *a, const float *lower, size_t row_stride, size_t k_stride,
                                    const float *b, size_t panel, float *c, size_t ldc, int first) {
  v16 sum[2 * CK_MATMUL_ROWS][2];
  CK_UNROLL for (int r = 0; r < 2 * CK_MATMUL_ROWS; r++) {
    sum[r][0] = first ? v16_all(0) : v16_load(c + (size_t)r * ldc);
    sum[r][1] = first ? v16_all(0) : v16_load(c + (size_t)r * ldc + CK_MATMUL_COLUMNS);
  }
  size_t k = 0;
  for (; k + 2 <= depth; k += 2, a += 2 * k_stride, lower += 2 * k_stride, b += 2 * CK_MATMUL_COLUMNS)
    CK_UNROLL for (size_t n = 0; n < 2; n++)
      CK_TWIN(matmul_wide_step)(a + n * k_stride, lower + n * k_stride, row_stride, b + n * CK_MATMUL_COLUMNS, panel, sum);
  if (k < depth) CK_TWIN(matmul_wide_step)(a, lower, row_stride, b, panel, sum);
  CK_UNROLL for (int r = 0; r < 2 * CK_MATMUL_ROWS; r++) {
    v16_store(c + (size_t)r * ldc, sum[r][0]);
    v16_store(c + (size_t)r * ldc + CK_MATMUL_COLUMNS, sum[r][1]);
  }
}
#endif

/* --- What happens to a finished sum. --- */

CK_INLINE void CK_TWIN(matmul_end)(const ck_matmul_ends *ends, size_t place, size_t column, float *c, size_t count) {
  const v8 bias = ends->bias ? v8_load_first(ends->bias + column, count) : v8_all(0);
  v8 sum = v8_load_first(c, count) + bias;
  if (ends->addend) sum += v8_load_first(ends->addend + place, count);
  if (ends->gelu_of) sum = v8_gelu_gradient(v8_load_first(ends->gelu_of + place, count), sum);
  v8_store_first(c, sum, count);
  if (ends->activated) v8_store_first(ends->activated + place, v8_gelu(sum), count);
}

#if defined(CK_HAS_SIXTEEN)
CK_INLINE void CK_TWIN(matmul_wide_end)(const ck_matmul_ends *ends, size_t place, size_t column, float *c) {
  v16 sum = v16_load(c) + (ends->bias ? v16_load(ends->bias + column) : v16_all(0));
  if (ends->addend) sum += v16_load(ends->addend + place);
  if (ends->gelu_of) sum = v16_gelu_gradient(v16_load(ends->gelu_of + place), sum);
  v16_store(c, sum);
  if (ends->activated) v16_store(ends->activated + place, v16_gelu(sum));
}
#endif

/* A tile of c that was just written: `rows` by `columns`, its first element at (row, column). */
static void CK_TWIN(matmul_finish)(const CK_TWIN(matmul) * of, size_t row, size_t column, size_t rows, size_t columns,
                                   float *c) {
  for (size_t r = 0; r < rows; r++) {
    const size_t place = (row + r) * of->ldc + column;
    size_t at = 0;
#if defined(CK_HAS_SIXTEEN)
    for (; at + 16 <= columns; at += 16)
      CK_TWIN(matmul_wide_end)(of->ends, place + at, column + at, c + r * of->ldc + at);
#endif
    for (; at + 8 <= columns; at += 8) CK_TWIN(matmul_end)(of->ends, place + at, column + at, c + r * of->ldc + at, 8);
    if (at < columns)
      CK_TWIN(matmul_end)(of->ends, place + at, column + at, c + r * of->ldc + at, columns - at);
  }
}

/* --- Blocks. --- */

/* Six rows at most by one panel of columns. Columns that do not fill it pass through an array of full width. */
CK_INLINE void CK_TWIN(matmul_narrow)(size_t rows, size_t columns, size_t depth, const CK_TWIN(left) * a, const float *b,
                                      float *c, size_t ldc, int first) {
  if (columns == CK_MATMUL_COLUMNS) {
    CK_TWIN(matmul_rows)(rows, depth, a, b, c, ldc, first);
    return;
  }
  float edge[CK_MATMUL_ROWS * CK_MATMUL_COLUMNS] = {0};
  for (size_t n = 0; n < rows && !first; n++) memcpy(edge + n * CK_MATMUL_COLUMNS, c + n * ldc, columns * sizeof(float));
  CK_TWIN(matmul_rows)(rows, depth, a, b, edge, CK_MATMUL_COLUMNS, first);
  for (size_t n = 0; n < rows; n++) memcpy(c + n * ldc, edge + n * CK_MATMUL_COLUMNS, columns * sizeof(float));
}

/* A block of rows from `row` on over the whole width, for `depth` of k from `at` on; its rows of a lie in panels of six,
 * `panel_stride` apart. */
static void CK_TWIN(matmul_block)(const CK_TWIN(matmul) * of, size_t row, size_t rows, size_t at, size_t depth,
                                  const CK_TWIN(left) * a, size_t panel_stride, float *c) {
  const int first = at == 0, last = at + depth == of->k && of->ends != NULL;
  for (size_t column = 0, width; column < of->n; column += width) {
    const size_t left = of->n - column;
    width = left < CK_MATMUL_COLUMNS ? left : CK_MATMUL_COLUMNS;
    const float *b = of->packed_b + column * of->k + at * CK_MATMUL_COLUMNS;
    size_t r = 0;
#if defined(CK_HAS_SIXTEEN)
    const size_t b_panel = CK_MATMUL_COLUMNS * of->k;
    if (left >= 2 * CK_MATMUL_COLUMNS) width = 2 * CK_MATMUL_COLUMNS;
    for (; left >= width && width == 2 * CK_MATMUL_COLUMNS && r + 2 * CK_MATMUL_ROWS <= rows; r += 2 * CK_MATMUL_ROWS) {
      const float *from = a->values + r / CK_MATMUL_ROWS * panel_stride;
      float *to = c + r * of->ldc + column;
      if (a->row_stride == 1)
        CK_TWIN(matmul_wide)(depth, from, from + panel_stride, 1, CK_MATMUL_ROWS, b, b_panel, to, of->ldc, first);
      else
        CK_TWIN(matmul_wide)(depth, from, from + panel_stride, a->row_stride, a->k_stride, b, b_panel, to, of->ldc, first);
      if (last) CK_TWIN(matmul_finish)(of, row + r, column, 2 * CK_MATMUL_ROWS, width, to);
    }
#endif
    for (; r < rows; r += CK_MATMUL_ROWS) {
      const size_t height = rows - r < CK_MATMUL_ROWS ? rows - r : CK_MATMUL_ROWS;
      CK_TWIN(left) panel = *a;
      panel.values += r / CK_MATMUL_ROWS * panel_stride;
      float *to = c + r * of->ldc + column;
      for (size_t part = 0; part < width; part += CK_MATMUL_COLUMNS) {
        const size_t columns = width - part < CK_MATMUL_COLUMNS ? width - part : CK_MATMUL_COLUMNS;
        CK_TWIN(matmul_narrow)(height, columns, depth, &panel, b + part * of->k, to + part, of->ldc, first);
      }
      if (last) CK_TWIN(matmul_finish)(of, row + r, column, height, width, to);
    }
  }
}

/* The length of equal blocks, each at most `most`, that cover `total`; a multiple of `multiple`. */
CK_INLINE size_t CK_TWIN(equal_blocks)(size_t total, size_t most, size_t multiple) {
  const size_t blocks = total == 0 ? 1 : (total + most - 1) / most, length = (total + blocks - 1) / blocks;
  return (length + multiple - 1) / multiple * multiple;
}

void CK_TWIN(matmul_f32)(size_t m, size_t n, size_t k, const float *a, size_t lda, int transpose_a, const float *packed_b,
                         float *c, size_t ldc, const ck_matmul_ends *ends, float *scratch) {
  const int plain = !ends || (!ends->bias && !ends->addend && !ends->gelu_of && !ends->activated);
  const CK_TWIN(matmul) of = {n, k, ldc, packed_b, plain ? NULL : ends};
  const CK_TWIN(left) whole = {a, transpose_a ? 1 : lda, transpose_a ? lda : 1};
  const size_t k_block = CK_TWIN(equal_blocks)(k, CK_MATMUL_K_BLOCK, 8);
  const size_t m_block = CK_TWIN(equal_blocks)(m, CK_MATMUL_M_BLOCK, CK_MATMUL_ROWS);
  size_t at = 0;
  do {
    const size_t depth = k - at < k_block ? k - at : k_block;
    for (size_t row = 0; row < m; row += m_block) {
      const size_t rows = m - row < m_block ? m - row : m_block;
      CK_TWIN(left) block = whole;
      block.values += row * whole.row_stride + at * whole.k_stride;
      size_t panel_stride = CK_MATMUL_ROWS * whole.row_stride;
      if (transpose_a || n > CK_MATMUL_NARROW) {
        CK_TWIN(pack_a)(&block, rows, depth, scratch);
        block = (CK_TWIN(left)){scratch, 1, CK_MATMUL_ROWS};
        panel_stride = CK_MATMUL_ROWS * depth;
      }
      CK_TWIN(matmul_block)(&of, row, rows, at, depth, &block, panel_stride, c + row * ldc);
    }
    at += depth;
  } while (at < k);
}
