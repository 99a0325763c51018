/* The gradient of the depthwise weights. A row of the input and rows of taps (kz, ky) that meet it slide along a row of the
 * gradient: a few taps along x keep their sums and the gradient's values that they meet in registers, so that each number
 * is loaded once for all of them. Every sum runs over x, then y within a plane; the planes are added in order. */
enum { CK_TWIN(most_taps) = CK_REGISTERS < 32 ? 4 : 5, CK_TWIN(most_rows) = 12 };

/* For how many rows of taps the registers suffice beside so many taps along x. */
CK_INLINE int CK_TWIN(rows_beside)(size_t taps) {
  if (CK_REGISTERS < 32) return taps == 1 ? 8 : taps == 2 ? 4 : taps == 3 ? 3 : 2;
  return taps <= 3 ? 12 : taps == 4 ? 10 : 8;
}

/* Rows of the input with the sums of their taps, [kx][8], and the row of the gradient; of that the voxels from `from` to
 * below `to` count. */
typedef struct {
  const float *rows[CK_TWIN(most_rows)];
  float *sums[CK_TWIN(most_rows)];
  const float *gradient;
  size_t from, to, size;
} CK_TWIN(sliding);

/* `taps` steps along x (or the first `steps` of them) from input voxel n on; the first tap meets the gradient at n + shift,
 * of which `left` voxels are left. The value that tap t meets at step u stays in place (u - t) mod taps of the window. */
CK_INLINE void CK_TWIN(slide_on)(const CK_TWIN(sliding) * of, const int taps, const int rows, ptrdiff_t n, ptrdiff_t shift,
                                 ptrdiff_t steps, ptrdiff_t left, v8 *window, v8 sum[][CK_TWIN(most_taps)]) {
  CK_UNROLL for (int u = 0; u < taps; u++) {
    if (u >= steps) return;
    window[u] = u < left ? v8_load(of->gradient + 8 * (n + shift + u)) : v8_all(0);
    CK_UNROLL for (int row = 0; row < rows; row++) {
      const v8 value = v8_load(of->rows[row] + 8 * (n + u));
      CK_UNROLL for (int tap = 0; tap < taps; tap++)
        sum[row][tap] = v8_fma(value, window[(u - tap + taps) % taps], sum[row][tap]);
    }
  }
}

/* The taps from `first` on; `radius` is that of the whole row of taps. */
CK_INLINE void CK_TWIN(slide)(const CK_TWIN(sliding) * whole, const int taps, const int rows, size_t first, size_t radius) {
  const CK_TWIN(sliding) of = *whole;
  const ptrdiff_t shift = (ptrdiff_t)radius - (ptrdiff_t)first, from = (ptrdiff_t)of.from, to = (ptrdiff_t)of.to;
  /* The input voxels that any of the taps meets. */
  const ptrdiff_t begin = from - shift < 0 ? 0 : from - shift, last = to - shift + taps - 1;
  const ptrdiff_t end = last < (ptrdiff_t)of.size ? last : (ptrdiff_t)of.size;
  v8 sum[CK_TWIN(most_rows)][CK_TWIN(most_taps)], window[CK_TWIN(most_taps)];
  CK_UNROLL for (int row = 0; row < rows; row++)
    CK_UNROLL for (int tap = 0; tap < taps; tap++) sum[row][tap] = v8_load(of.sums[row] + 8 * (first + (size_t)tap));
  CK_UNROLL for (int tap = 1; tap < taps; tap++) {
    const ptrdiff_t at = begin + shift - tap;
    window[taps - tap] = at >= from && at < to ? v8_load(of.gradient + 8 * at) : v8_all(0);
  }
  ptrdiff_t n = begin;
  for (; n + taps <= end && n + shift + taps <= to; n += taps)
    CK_TWIN(slide_on)(&of, taps, rows, n, shift, taps, taps, window, sum);
  for (; n < end; n += taps) CK_TWIN(slide_on)(&of, taps, rows, n, shift, end - n, to - n - shift, window, sum);
  CK_UNROLL for (int row = 0; row < rows; row++)
    CK_UNROLL for (int tap = 0; tap < taps; tap++) v8_store(of.sums[row] + 8 * (first + (size_t)tap), sum[row][tap]);
}

#if defined(CK_HAS_SIXTEEN)
/* `slide_on` and `slide` with rows of taps in pairs: the lanes of the first row beside those of the second. */
CK_INLINE void CK_TWIN(slide_pairs_on)(const CK_TWIN(sliding) * of, const int taps, const int pairs, ptrdiff_t n,
                                       ptrdiff_t shift, ptrdiff_t steps, ptrdiff_t left, v16 *window,
                                       v16 sum[][CK_TWIN(most_taps)]) {
  CK_UNROLL for (int u = 0; u < taps; u++) {
    if (u >= steps) return;
    window[u] = u < left ? v16_twice(of->gradient + 8 * (n + shift + u)) : v16_all(0);
    CK_UNROLL for (int pair = 0; pair < pairs; pair++) {
      const v16 value = v16_of(v8_load(of->rows[2 * pair] + 8 * (n + u)), v8_load(of->rows[2 * pair + 1] + 8 * (n + u)));
      CK_UNROLL for (int tap = 0; tap < taps; tap++)
        sum[pair][tap] = v16_fma(value, window[(u - tap + taps) % taps], sum[pair][tap]);
    }
  }
}

CK_INLINE void CK_TWIN(slide_pairs)(const CK_TWIN(sliding) * whole, const int taps, const int pairs, size_t first,
                                    size_t radius) {
  const CK_TWIN(sliding) of = *whole;
  const ptrdiff_t shift = (ptrdiff_t)radius - (ptrdiff_t)first, from = (ptrdiff_t)of.from, to = (ptrdiff_t)of.to;
  const ptrdiff_t begin = from - shift < 0 ? 0 : from - shift, last = to - shift + taps - 1;
  const ptrdiff_t end = last < (ptrdiff_t)of.size ? last : (ptrdiff_t)of.size;
  v16 sum[CK_TWIN(most_rows) / 2][CK_TWIN(most_taps)], window[CK_TWIN(most_taps)];
  CK_UNROLL for (int pair = 0; pair < pairs; pair++)
    CK_UNROLL for (int tap = 0; tap < taps; tap++) {
      const size_t at = 8 * (first + (size_t)tap);
      sum[pair][tap] = v16_of(v8_load(of.sums[2 * pair] + at), v8_load(of.sums[2 * pair + 1] + at));
    }
  CK_UNROLL for (int tap = 1; tap < taps; tap++) {
    const ptrdiff_t at = begin + shift - tap;
    window[taps - tap] = at >= from && at < to ? v16_twice(of.gradient + 8 * at) : v16_all(0);
  }
  ptrdiff_t n = begin;
  for (; n + taps <= end && n + shift + taps <= to; n += taps)
    CK_TWIN(slide_pairs_on)(&of, taps, pairs, n, shift, taps, taps, window, sum);
  for (; n < end; n += taps) CK_TWIN(slide_pairs_on)(&of, taps, pairs, n, shift, end - n, to - n - shift, window, sum);
  CK_UNROLL for (int pair = 0; pair < pairs; pair++)
    CK_UNROLL for (int tap = 0; tap < taps; tap++) {
      const size_t at = 8 * (first + (size_t)tap);
      v8_store(of.sums[2 * pair] + at, v16_low(sum[pair][tap]));
      v8_store(of.sums[2 * pair + 1] + at, v16_high(sum[pair][tap]));
    }
}
#endif

static void CK_TWIN(slide_group)(const CK_TWIN(sliding) * of, size_t taps, int rows, size_t first, size_t radius) {
#define CK_ROWS(taps, rows) \
  case 16 * taps + rows: CK_TWIN(slide)(of, taps, rows, first, radius); break;
#if defined(CK_HAS_SIXTEEN)
#define CK_PAIRS(taps, pairs) \
  case 16 * taps + 2 * pairs: CK_TWIN(slide_pairs)(of, taps, pairs, first, radius); break;
  switch (16 * (int)taps + rows) {
    CK_ROWS(1, 1) CK_PAIRS(1, 1) CK_PAIRS(1, 2) CK_PAIRS(1, 3) CK_PAIRS(1, 4) CK_PAIRS(1, 5) CK_PAIRS(1, 6)
    CK_ROWS(2, 1) CK_PAIRS(2, 1) CK_PAIRS(2, 2) CK_PAIRS(2, 3) CK_PAIRS(2, 4) CK_PAIRS(2, 5) CK_PAIRS(2, 6)
    CK_ROWS(3, 1) CK_PAIRS(3, 1) CK_PAIRS(3, 2) CK_PAIRS(3, 3) CK_PAIRS(3, 4) CK_PAIRS(3, 5) CK_PAIRS(3, 6)
    CK_ROWS(4, 1) CK_PAIRS(4, 1) CK_PAIRS(4, 2) CK_PAIRS(4, 3) CK_PAIRS(4, 4) CK_PAIRS(4, 5)
    CK_ROWS(5, 1) CK_PAIRS(5, 1) CK_PAIRS(5, 2) CK_PAIRS(5, 3) CK_PAIRS(5, 4)
  }
#undef CK_PAIRS
#else
  switch (16 * (int)taps + rows) {
    CK_ROWS(1, 1) CK_ROWS(1, 2) CK_ROWS(1, 3) CK_ROWS(1, 4) CK_ROWS(1, 5) CK_ROWS(1, 6) CK_ROWS(1, 7) CK_ROWS(1, 8)
    CK_ROWS(2, 1) CK_ROWS(2, 2) CK_ROWS(2, 3) CK_ROWS(2, 4)
    CK_ROWS(3, 1) CK_ROWS(3, 2) CK_ROWS(3, 3)
    CK_ROWS(4, 1) CK_ROWS(4, 2)
  }
#endif
#undef CK_ROWS
}

/* The rows that were left over: pairs have none for an odd one, which goes alone. */
static void CK_TWIN(slide_rest)(CK_TWIN(sliding) * of, size_t taps, int rows, size_t first, size_t radius) {
#if defined(CK_HAS_SIXTEEN)
  if (rows % 2 == 1) {
    CK_TWIN(slide_group)(of, taps, 1, first, radius);
    rows--;
    memmove(of->rows, of->rows + 1, (size_t)rows * sizeof(*of->rows));
    memmove(of->sums, of->sums + 1, (size_t)rows * sizeof(*of->sums));
  }
#endif
  if (rows > 0) CK_TWIN(slide_group)(of, taps, rows, first, radius);
}

/* Adds what the voxels from `from` to below `to` of every row of a plane give to all taps: a few rows of taps by a few taps
 * along x at a time. */
static void CK_TWIN(sum_plane)(ck_extent size, ck_extent kernel, const float *input, const float *gradient, float *sums,
                               size_t z, size_t from, size_t to) {
  const CK_TWIN(taps) in_z = CK_TWIN(taps_at)(z, size.z, kernel.z);
  const size_t groups = (kernel.x + CK_TWIN(most_taps) - 1) / CK_TWIN(most_taps);
  for (size_t group = 0; group < groups; group++) {
    const size_t first = kernel.x * group / groups, taps = kernel.x * (group + 1) / groups - first;
    const int most = CK_TWIN(rows_beside)(taps);
    for (size_t y = 0; y < size.y; y++) {
      const CK_TWIN(taps) in_y = CK_TWIN(taps_at)(y, size.y, kernel.y);
      CK_TWIN(sliding) of = {.gradient = gradient + 8 * (z * size.y + y) * size.x, .from = from, .to = to, .size = size.x};
      int count = 0;
      for (size_t kz = in_z.from; kz < in_z.to; kz++)
        for (size_t ky = in_y.from; ky < in_y.to; ky++) {
          of.rows[count] = CK_TWIN(row)(size, kernel, input, z, y, kz, ky);
          of.sums[count] = sums + 8 * (kz * kernel.y + ky) * kernel.x;
          if (++count < most) continue;
          CK_TWIN(slide_group)(&of, taps, count, first, kernel.x / 2);
          count = 0;
        }
      CK_TWIN(slide_rest)(&of, taps, count, first, kernel.x / 2);
    }
  }
}

void CK_TWIN(depthwise_weight_gradient_f32)(ck_extent size, ck_extent kernel, const float *input, const float *gradient,
                                            float *weight_gradient, float *bias_gradient, float *scratch) {
  const size_t count = 8 * kernel.z * kernel.y * kernel.x;
  memset(weight_gradient, 0, count * sizeof(float));
  /* Wide rows are cut, so that those in use fit into the first cache. */
  const size_t chunk = size.x <= 64 ? 64 : 32;
  v8 bias = v8_all(0);
  for (size_t z = 0; z < size.z; z++) {
    memset(scratch, 0, count * sizeof(float));
    for (size_t from = 0; from < size.x; from += chunk) {
      const size_t to = from + chunk < size.x ? from + chunk : size.x;
      CK_TWIN(sum_plane)(size, kernel, input, gradient, scratch, z, from, to);
    }
    for (size_t at = 0; at < count; at += 8)
      v8_store(weight_gradient + at, v8_load(weight_gradient + at) + v8_load(scratch + at));
    v8 plane = v8_all(0);
    for (size_t voxel = 0; voxel < size.y * size.x; voxel++)
      plane += v8_load(gradient + 8 * (z * size.y * size.x + voxel));
    bias += plane;
  }
  v8_store(bias_gradient, bias);
}
