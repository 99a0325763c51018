/* Depthwise convolution. Eight outputs along x stay in registers while the taps pass by in the order kz, ky, kx, the
 * same for every output, so that a voxel's bits do not depend on the tile or the volume it is computed in. Taps outside
 * the volume are skipped. */
enum { CK_TWIN(tile) = 8, CK_TWIN(chunk) = 32 };

typedef struct {
  size_t from, to; /* taps inside the volume */
} CK_TWIN(taps);

CK_INLINE CK_TWIN(taps) CK_TWIN(taps_at)(size_t at, size_t size, size_t kernel) {
  const size_t radius = kernel / 2;
  const size_t from = at < radius ? radius - at : 0, after = size - 1 - at;
  return (CK_TWIN(taps)){from, after < radius ? radius + 1 + after : kernel};
}

typedef struct {
  ck_extent size, kernel;
  const float *input, *weight, *bias;
  float *output, *scratch;
} CK_TWIN(depthwise);

/* The row of the volume that the taps kz, ky meet at z, y. */
CK_INLINE const float *CK_TWIN(row)(ck_extent size, ck_extent kernel, const float *volume, size_t z, size_t y, size_t kz,
                                    size_t ky) {
  return volume + ((z + kz - kernel.z / 2) * size.y + y + ky - kernel.y / 2) * size.x * 8;
}

/* Eight outputs from x on; of the inputs that they meet those from `low` to below `high` exist. */
CK_INLINE void CK_TWIN(depthwise_tile)(const CK_TWIN(depthwise) * of, const int taps, size_t z, size_t y, size_t x,
                                       int low, int high, v8 *sums) {
  const CK_TWIN(taps) in_z = CK_TWIN(taps_at)(z, of->size.z, of->kernel.z);
  const CK_TWIN(taps) in_y = CK_TWIN(taps_at)(y, of->size.y, of->kernel.y);
  v8 sum[8];
  CK_UNROLL for (int n = 0; n < 8; n++) sum[n] = sums[n];
  for (size_t kz = in_z.from; kz < in_z.to; kz++) {
    const float *row = CK_TWIN(row)(of->size, of->kernel, of->input, z, y, kz, in_y.from) + 8 * (ptrdiff_t)x - 8 * (taps / 2);
    const float *weight = of->weight + 8 * (kz * of->kernel.y + in_y.from) * (size_t)taps;
    for (size_t ky = in_y.from; ky < in_y.to; ky++, row += 8 * of->size.x, weight += 8 * taps) {
      v8 factor[7];
      CK_UNROLL for (int tap = 0; tap < taps; tap++) factor[tap] = v8_load(weight + 8 * tap);
      CK_UNROLL for (int n = 0; n < 7 + taps; n++) {
        if (n < low || n >= high) continue;
        const v8 value = v8_load(row + 8 * n);
        CK_UNROLL for (int tap = 0; tap < taps; tap++)
          if (n - tap >= 0 && n - tap < 8) sum[n - tap] = v8_fma(value, factor[tap], sum[n - tap]);
      }
    }
  }
  CK_UNROLL for (int n = 0; n < 8; n++) sums[n] = sum[n];
}

/* The same for any odd kernel size along x; at an edge from a copy of the row that zeros surround. */
CK_INLINE void CK_TWIN(depthwise_tile_of_any)(const CK_TWIN(depthwise) * of, size_t z, size_t y, size_t x, size_t low,
                                              size_t high, v8 *sums) {
  const CK_TWIN(taps) in_z = CK_TWIN(taps_at)(z, of->size.z, of->kernel.z);
  const CK_TWIN(taps) in_y = CK_TWIN(taps_at)(y, of->size.y, of->kernel.y);
  const size_t taps = of->kernel.x, width = 7 + taps;
  for (size_t kz = in_z.from; kz < in_z.to; kz++)
    for (size_t ky = in_y.from; ky < in_y.to; ky++) {
      const float *row = CK_TWIN(row)(of->size, of->kernel, of->input, z, y, kz, ky);
      const float *window = row + 8 * (ptrdiff_t)x - 8 * (ptrdiff_t)(taps / 2);
      if (low > 0 || high < width) {
        memset(of->scratch, 0, 8 * width * sizeof(float));
        memcpy(of->scratch + 8 * low, row + 8 * (x + low - taps / 2), 8 * (high - low) * sizeof(float));
        window = of->scratch;
      }
      const float *weight = of->weight + 8 * (kz * of->kernel.y + ky) * taps;
      for (size_t tap = 0; tap < taps; tap++) {
        const v8 factor = v8_load(weight + 8 * tap);
        CK_UNROLL for (size_t n = 0; n < 8; n++) sums[n] = v8_fma(v8_load(window + 8 * (tap + n)), factor, sums[n]);
      }
    }
}

/* One tile in the form that suits its place: inside, at the left or right edge, or in a narrow volume. */
CK_INLINE void CK_TWIN(depthwise_place)(const CK_TWIN(depthwise) * of, const int taps, size_t z, size_t y, size_t x,
                                        v8 *sums) {
  const size_t radius = of->kernel.x / 2, width = 7 + of->kernel.x;
  const size_t low = x < radius ? radius - x : 0, left = of->size.x + radius - x, high = left < width ? left : width;
  if (taps == 0)
    CK_TWIN(depthwise_tile_of_any)(of, z, y, x, low, high, sums);
  else if (low == 0 && high == width)
    CK_TWIN(depthwise_tile)(of, taps, z, y, x, 0, 7 + taps, sums);
  else if (low == radius && high == width)
    CK_TWIN(depthwise_tile)(of, taps, z, y, x, taps / 2, 7 + taps, sums);
  else if (low == 0 && high == width - radius)
    CK_TWIN(depthwise_tile)(of, taps, z, y, x, 0, 7 + taps - taps / 2, sums);
  else
    CK_TWIN(depthwise_tile)(of, taps, z, y, x, (int)low, (int)high, sums);
}

#if defined(CK_HAS_SIXTEEN)
/* Sixteen outputs from x on, in pairs of voxels; of the inputs that they meet those from `low` to below `high` exist. Where
 * one voxel of a pair does not, its lanes are left as they are. */
CK_INLINE void CK_TWIN(depthwise_wide)(const CK_TWIN(depthwise) * of, const int taps, size_t z, size_t y, size_t x,
                                       const int low, const int high, v16 *sums) {
  const CK_TWIN(taps) in_z = CK_TWIN(taps_at)(z, of->size.z, of->kernel.z);
  const CK_TWIN(taps) in_y = CK_TWIN(taps_at)(y, of->size.y, of->kernel.y);
  v16 sum[8];
  CK_UNROLL for (int n = 0; n < 8; n++) sum[n] = sums[n];
  for (size_t kz = in_z.from; kz < in_z.to; kz++) {
    const float *row = CK_TWIN(row)(of->size, of->kernel, of->input, z, y, kz, in_y.from) + 8 * (ptrdiff_t)x - 8 * (taps / 2);
    const float *weight = of->weight + 8 * (kz * of->kernel.y + in_y.from) * (size_t)taps;
    for (size_t ky = in_y.from; ky < in_y.to; ky++, row += 8 * of->size.x, weight += 8 * taps) {
      v16 factor[7];
      CK_UNROLL for (int tap = 0; tap < taps; tap++) factor[tap] = v16_of(v8_load(weight + 8 * tap), v8_load(weight + 8 * tap));
      CK_UNROLL for (int n = 0; n < 14 + taps; n++) {
        if (n + 1 < low || n >= high) continue;
        const int first = n >= low, second = n + 1 < high;
        const v16 value = first && second ? v16_load(row + 8 * n)
                          : first         ? v16_of(v8_load(row + 8 * n), v8_all(0))
                                          : v16_of(v8_all(0), v8_load(row + 8 * n + 8));
        CK_UNROLL for (int tap = 0; tap < taps; tap++) {
          const int pair = n - tap;
          if (pair < 0 || pair >= 16 || pair % 2 != 0) continue;
          sum[pair / 2] = v16_halves(first, second, v16_fma(value, factor[tap], sum[pair / 2]), sum[pair / 2]);
        }
      }
    }
  }
  CK_UNROLL for (int n = 0; n < 8; n++) sums[n] = sum[n];
}

/* Sixteen outputs in the form that suits their place, which is inside, at an edge or the whole row; 0 elsewhere. */
CK_INLINE int CK_TWIN(depthwise_sixteen)(const CK_TWIN(depthwise) * of, const int taps, size_t z, size_t y, size_t x,
                                         v8 start, float *output) {
  const size_t radius = (size_t)taps / 2, end = x + 16, size = of->size.x;
  const int whole = 15 + taps, inner = whole - taps / 2, at_left = x == 0, at_right = end == size;
  if ((!at_left && x < radius) || (!at_right && end + radius > size)) return 0;
  v16 sums[8];
  CK_UNROLL for (int n = 0; n < 8; n++) sums[n] = v16_of(start, start);
  if (at_left && at_right)
    CK_TWIN(depthwise_wide)(of, taps, z, y, x, taps / 2, inner, sums);
  else if (at_left)
    CK_TWIN(depthwise_wide)(of, taps, z, y, x, taps / 2, whole, sums);
  else if (at_right)
    CK_TWIN(depthwise_wide)(of, taps, z, y, x, 0, inner, sums);
  else
    CK_TWIN(depthwise_wide)(of, taps, z, y, x, 0, whole, sums);
  CK_UNROLL for (int n = 0; n < 8; n++) v16_store(output + 16 * n, sums[n]);
  return 1;
}
#endif

/* A row of outputs from `from` to below `to`. The last tile moves back to end with the row; what it computes twice comes
 * out the same. */
CK_INLINE void CK_TWIN(depthwise_row)(const CK_TWIN(depthwise) * of, const int taps, size_t z, size_t y, size_t from,
                                      size_t to, v8 start) {
  const size_t size = of->size.x;
  float *row = of->output + 8 * (z * of->size.y + y) * size;
  for (size_t at = from; at < to; at += CK_TWIN(tile)) {
#if defined(CK_HAS_SIXTEEN)
    if (taps > 0 && size >= 16 && at + 8 < size) {
      const size_t x = at + 16 <= size ? at : size - 16;
      if (CK_TWIN(depthwise_sixteen)(of, taps, z, y, x, start, row + 8 * x)) {
        at += CK_TWIN(tile);
        continue;
      }
    }
#endif
    const size_t x = at + 8 <= size ? at : size < 8 ? 0 : size - 8, count = size < 8 ? size : 8;
    v8 sums[8] = {start, start, start, start, start, start, start, start};
    CK_TWIN(depthwise_place)(of, taps, z, y, x, sums);
    CK_UNROLL for (size_t n = 0; n < 8; n++)
      if (n < count) v8_store(row + 8 * (x + n), sums[n]);
  }
}

/* Chunks along x keep the rows that neighbouring y share in the first cache. */
CK_INLINE void CK_TWIN(depthwise_planes)(const CK_TWIN(depthwise) * of, const int taps, size_t from, size_t to) {
  const ck_extent size = of->size;
  const v8 start = of->bias ? v8_load(of->bias) : v8_all(0);
  for (size_t z = from; z < to; z++)
    for (size_t x = 0; x < size.x; x += CK_TWIN(chunk))
      for (size_t y = 0; y < size.y; y++)
        CK_TWIN(depthwise_row)(of, taps, z, y, x, x + CK_TWIN(chunk) < size.x ? x + CK_TWIN(chunk) : size.x, start);
}

void CK_TWIN(depthwise_f32)(ck_extent size, ck_extent kernel, size_t from, size_t to, const float *input,
                            const float *weight, const float *bias, float *output, float *scratch) {
  const CK_TWIN(depthwise) of = {size, kernel, input, weight, bias, output, scratch};
  switch (kernel.x) {
    case 1: CK_TWIN(depthwise_planes)(&of, 1, from, to); break;
    case 3: CK_TWIN(depthwise_planes)(&of, 3, from, to); break;
    case 5: CK_TWIN(depthwise_planes)(&of, 5, from, to); break;
    case 7: CK_TWIN(depthwise_planes)(&of, 7, from, to); break;
    default: CK_TWIN(depthwise_planes)(&of, 0, from, to); break;
  }
}
