/* Matrix product by packed panels (Goto and van de Geijn, ACM TOMS 34 (2008), article 12): 6 by 16 sums in registers.
 * Each element of c is one chain of multiply-adds over k in order (c itself carries it from one block of k to the next),
 * so that its bits depend on its row of a and its column of b alone. */

/* Columns of b in panels of 16, [panel][k][16], padded with zeros. */
static void CK_TWIN(pack_b)(const float *b, size_t ldb, int transposed, size_t depth, size_t columns, float *packed) {
  for (size_t column = 0; column < columns; column += CK_MATMUL_COLUMNS) {
    const size_t count = columns - column < CK_MATMUL_COLUMNS ? columns - column : CK_MATMUL_COLUMNS;
    for (size_t k = 0; k < depth; k++, packed += CK_MATMUL_COLUMNS) {
      if (!transposed && count == CK_MATMUL_COLUMNS) {
        const float *from = b + k * ldb + column;
        v8_store(packed, v8_load(from));
        v8_store(packed + 8, v8_load(from + 8));
        continue;
      }
      for (size_t n = 0; n < count; n++) packed[n] = transposed ? b[(column + n) * ldb + k] : b[k * ldb + column + n];
      for (size_t n = count; n < CK_MATMUL_COLUMNS; n++) packed[n] = 0;
    }
  }
}

/* Rows of a in panels of 6, [panel][k][6]; what pads the last panel is never read. */
static void CK_TWIN(pack_a)(const float *a, size_t row_stride, size_t k_stride, size_t rows, size_t depth,
                            float *packed) {
  for (size_t row = 0; row < rows; row += CK_MATMUL_ROWS, packed += CK_MATMUL_ROWS * depth) {
    const size_t count = rows - row < CK_MATMUL_ROWS ? rows - row : CK_MATMUL_ROWS;
    const float *from = a + row * row_stride;
    if (count == CK_MATMUL_ROWS && k_stride == 1) {
      for (size_t k = 0; k < depth; k++)
        CK_UNROLL for (size_t n = 0; n < CK_MATMUL_ROWS; n++) packed[k * CK_MATMUL_ROWS + n] = from[n * row_stride + k];
    } else {
      for (size_t k = 0; k < depth; k++)
        for (size_t n = 0; n < count; n++) packed[k * CK_MATMUL_ROWS + n] = from[n * row_stride + k * k_stride];
    }
  }
}

CK_INLINE void CK_TWIN(matmul_tile)(const int rows, size_t depth, const float *a, size_t row_stride, size_t k_stride,
                                    const float *b, float *c, size_t ldc, int first) {
  v8 sum[CK_MATMUL_ROWS][2];
  CK_UNROLL for (int r = 0; r < rows; r++) {
    sum[r][0] = first ? v8_all(0) : v8_load(c + (size_t)r * ldc);
    sum[r][1] = first ? v8_all(0) : v8_load(c + (size_t)r * ldc + 8);
  }
  for (size_t k = 0; k < depth; k++, a += k_stride, b += CK_MATMUL_COLUMNS) {
    const v8 left = v8_load(b), right = v8_load(b + 8);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      const v8 value = v8_all(a[(size_t)r * row_stride]);
      sum[r][0] = v8_fma(value, left, sum[r][0]);
      sum[r][1] = v8_fma(value, right, sum[r][1]);
    }
  }
  CK_UNROLL for (int r = 0; r < rows; r++) {
    v8_store(c + (size_t)r * ldc, sum[r][0]);
    v8_store(c + (size_t)r * ldc + 8, sum[r][1]);
  }
}

typedef struct {
  const float *values;
  size_t row_stride, k_stride, panel_stride; /* from one panel of six rows to the next */
  int packed;
} CK_TWIN(left);

CK_INLINE void CK_TWIN(matmul_rows)(size_t rows, size_t depth, const CK_TWIN(left) * a, const float *values,
                                    const float *b, float *c, size_t ldc, int first) {
  const size_t row_stride = a->row_stride, k_stride = a->k_stride;
  if (rows == 6 && a->packed) {
    CK_TWIN(matmul_tile)(6, depth, values, 1, CK_MATMUL_ROWS, b, c, ldc, first);
    return;
  }
  switch (rows) {
    case 1: CK_TWIN(matmul_tile)(1, depth, values, row_stride, k_stride, b, c, ldc, first); break;
    case 2: CK_TWIN(matmul_tile)(2, depth, values, row_stride, k_stride, b, c, ldc, first); break;
    case 3: CK_TWIN(matmul_tile)(3, depth, values, row_stride, k_stride, b, c, ldc, first); break;
    case 4: CK_TWIN(matmul_tile)(4, depth, values, row_stride, k_stride, b, c, ldc, first); break;
    case 5: CK_TWIN(matmul_tile)(5, depth, values, row_stride, k_stride, b, c, ldc, first); break;
    default: CK_TWIN(matmul_tile)(6, depth, values, row_stride, k_stride, b, c, ldc, first); break;
  }
}

/* One block of rows times the packed columns. Columns that do not fill a panel pass through an array of full width. */
static void CK_TWIN(matmul_block)(size_t rows, size_t columns, size_t depth, const CK_TWIN(left) * a,
                                  const float *packed_b, float *c, size_t ldc, int first) {
  for (size_t column = 0; column < columns; column += CK_MATMUL_COLUMNS, packed_b += CK_MATMUL_COLUMNS * depth) {
    const size_t width = columns - column < CK_MATMUL_COLUMNS ? columns - column : CK_MATMUL_COLUMNS;
    const float *values = a->values;
    for (size_t row = 0; row < rows; row += CK_MATMUL_ROWS, values += a->panel_stride) {
      const size_t height = rows - row < CK_MATMUL_ROWS ? rows - row : CK_MATMUL_ROWS;
      float *to = c + row * ldc + column;
      if (width == CK_MATMUL_COLUMNS) {
        CK_TWIN(matmul_rows)(height, depth, a, values, packed_b, to, ldc, first);
        continue;
      }
      float edge[CK_MATMUL_ROWS * CK_MATMUL_COLUMNS] = {0};
      for (size_t r = 0; r < height && !first; r++)
        memcpy(edge + r * CK_MATMUL_COLUMNS, to + r * ldc, width * sizeof(float));
      CK_TWIN(matmul_rows)(height, depth, a, values, packed_b, edge, CK_MATMUL_COLUMNS, first);
      for (size_t r = 0; r < height; r++) memcpy(to + r * ldc, edge + r * CK_MATMUL_COLUMNS, width * sizeof(float));
    }
  }
}

CK_INLINE size_t CK_TWIN(least)(size_t a, size_t b) { return a < b ? a : b; }

void CK_TWIN(matmul_f32)(size_t m, size_t n, size_t k, const float *a, size_t lda, int transpose_a, const float *b,
                         size_t ldb, int transpose_b, float *c, size_t ldc, float *scratch) {
  const size_t row_stride = transpose_a ? 1 : lda, k_stride = transpose_a ? lda : 1;
  if (k == 0)
    for (size_t row = 0; row < m; row++) memset(c + row * ldc, 0, n * sizeof(float));
  const size_t most_rows = CK_TWIN(least)((m + 5) / 6 * 6, CK_MATMUL_M_BLOCK);
  float *packed_a = scratch, *packed_b = scratch + most_rows * CK_TWIN(least)(k, CK_MATMUL_K_BLOCK);
  for (size_t column = 0; column < n; column += CK_MATMUL_N_BLOCK) {
    const size_t columns = CK_TWIN(least)(n - column, CK_MATMUL_N_BLOCK);
    for (size_t at = 0; at < k; at += CK_MATMUL_K_BLOCK) {
      const size_t depth = CK_TWIN(least)(k - at, CK_MATMUL_K_BLOCK);
      CK_TWIN(pack_b)(b + (transpose_b ? column * ldb + at : at * ldb + column), ldb, transpose_b, depth, columns,
                      packed_b);
      for (size_t row = 0; row < m; row += CK_MATMUL_M_BLOCK) {
        const size_t rows = CK_TWIN(least)(m - row, CK_MATMUL_M_BLOCK);
        const float *from = a + row * row_stride + at * k_stride;
        CK_TWIN(left) left = {from, row_stride, k_stride, CK_MATMUL_ROWS * row_stride, 0};
        if (columns > 128) { /* below that, packing costs more than it gives */
          CK_TWIN(pack_a)(from, row_stride, k_stride, rows, depth, packed_a);
          left = (CK_TWIN(left)){packed_a, 1, CK_MATMUL_ROWS, CK_MATMUL_ROWS * depth, 1};
        }
        CK_TWIN(matmul_block)(rows, columns, depth, &left, packed_b, c + row * ldc + column, ldc, at == 0);
      }
    }
  }
}
