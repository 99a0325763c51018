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

/* Chunks along x keep the rows that neighbouring y share in the first cache. The last tile moves back to end with the
 * row; what it computes twice comes out the same. */
CK_INLINE void CK_TWIN(depthwise_volume)(const CK_TWIN(depthwise) * of, const int taps) {
  const ck_extent size = of->size;
  const v8 start = of->bias ? v8_load(of->bias) : v8_all(0);
  for (size_t z = 0; z < size.z; z++)
    for (size_t chunk = 0; chunk < size.x; chunk += CK_TWIN(chunk))
      for (size_t y = 0; y < size.y; y++)
        for (size_t at = chunk; at < chunk + CK_TWIN(chunk) && at < size.x; at += CK_TWIN(tile)) {
          const size_t x = at + 8 <= size.x ? at : size.x < 8 ? 0 : size.x - 8, count = size.x < 8 ? size.x : 8;
          v8 sums[8] = {start, start, start, start, start, start, start, start};
          CK_TWIN(depthwise_place)(of, taps, z, y, x, sums);
          float *output = of->output + 8 * ((z * size.y + y) * size.x + x);
          CK_UNROLL for (size_t n = 0; n < 8; n++)
            if (n < count) v8_store(output + 8 * n, sums[n]);
        }
}

void CK_TWIN(depthwise_f32)(ck_extent size, ck_extent kernel, const float *input, const float *weight, const float *bias,
                            float *output, float *scratch) {
  const CK_TWIN(depthwise) of = {size, kernel, input, weight, bias, output, scratch};
  switch (kernel.x) {
    case 1: CK_TWIN(depthwise_volume)(&of, 1); break;
    case 3: CK_TWIN(depthwise_volume)(&of, 3); break;
    case 5: CK_TWIN(depthwise_volume)(&of, 5); break;
    case 7: CK_TWIN(depthwise_volume)(&of, 7); break;
    default: CK_TWIN(depthwise_volume)(&of, 0); break;
  }
}
