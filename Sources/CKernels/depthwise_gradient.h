/* The gradient of the depthwise weights: for one tap along x, the sums of several rows of taps (kz, ky) stay in registers
 * while a row of the gradient passes by. Every sum runs over x, then y within a plane; the planes are added in order. */
enum { CK_TWIN(most_rows) = 10 };

typedef struct {
  const float *rows[CK_TWIN(most_rows)];
  float *sums[CK_TWIN(most_rows)];
} CK_TWIN(tap_rows);

CK_INLINE void CK_TWIN(sum_rows)(const CK_TWIN(tap_rows) * of, const int count, size_t tap, ptrdiff_t shift,
                                 const float *gradient, size_t from, size_t to) {
  v8 sum[CK_TWIN(most_rows)];
  const float *row[CK_TWIN(most_rows)];
  CK_UNROLL for (int n = 0; n < count; n++) {
    sum[n] = v8_load(of->sums[n] + 8 * tap);
    row[n] = of->rows[n] + 8 * shift;
  }
  for (size_t x = 8 * from; x < 8 * to; x += 8) {
    const v8 factor = v8_load(gradient + x);
    CK_UNROLL for (int n = 0; n < count; n++) sum[n] = v8_fma(v8_load(row[n] + x), factor, sum[n]);
  }
  CK_UNROLL for (int n = 0; n < count; n++) v8_store(of->sums[n] + 8 * tap, sum[n]);
}

/* Every tap along x of `count` rows of taps; the gradient's voxels from `from` to below `to` whose input exists. */
CK_INLINE void CK_TWIN(sum_taps)(const CK_TWIN(tap_rows) * of, const int count, size_t taps, size_t size,
                                 const float *gradient, size_t from, size_t to) {
  const ptrdiff_t radius = (ptrdiff_t)taps / 2;
  for (size_t tap = 0; tap < taps; tap++) {
    const ptrdiff_t shift = (ptrdiff_t)tap - radius, end = (ptrdiff_t)size - shift;
    const ptrdiff_t begin = (ptrdiff_t)from > -shift ? (ptrdiff_t)from : -shift;
    const ptrdiff_t stop = (ptrdiff_t)to < end ? (ptrdiff_t)to : end;
    if (begin < stop) CK_TWIN(sum_rows)(of, count, tap, shift, gradient, (size_t)begin, (size_t)stop);
  }
}

static void CK_TWIN(sum_tap_rows)(const CK_TWIN(tap_rows) * of, size_t count, size_t taps, size_t size,
                                  const float *gradient, size_t from, size_t to) {
  switch (count) {
#define CK_CASE(n) \
  case n: CK_TWIN(sum_taps)(of, n, taps, size, gradient, from, to); break;
    CK_CASE(1) CK_CASE(2) CK_CASE(3) CK_CASE(4) CK_CASE(5) CK_CASE(6) CK_CASE(7) CK_CASE(8) CK_CASE(9) CK_CASE(10)
#undef CK_CASE
  }
}

/* Adds what one chunk of a plane gives to the rows of taps from `first` to below `last`, counted over kz and ky. */
static void CK_TWIN(sum_plane)(ck_extent size, ck_extent kernel, const float *input, const float *gradient, float *sums,
                               size_t z, size_t from, size_t to, size_t first, size_t last) {
  for (size_t y = 0; y < size.y; y++) {
    const CK_TWIN(taps) in_y = CK_TWIN(taps_at)(y, size.y, kernel.y);
    CK_TWIN(tap_rows) of;
    size_t count = 0;
    for (size_t row = first; row < last; row++) {
      const size_t ky = row % kernel.y;
      if (ky < in_y.from || ky >= in_y.to) continue;
      of.rows[count] = CK_TWIN(row)(size, kernel, input, z, y, row / kernel.y, ky);
      of.sums[count++] = sums + 8 * row * kernel.x;
    }
    CK_TWIN(sum_tap_rows)(&of, count, kernel.x, size.x, gradient + 8 * (z * size.y + y) * size.x, from, to);
  }
}

/* The rows of taps that meet the plane, in groups of nearly the same size, so that few rows of the input are in use at a
 * time. */
static void CK_TWIN(sum_chunk)(ck_extent size, ck_extent kernel, const float *input, const float *gradient, float *sums,
                               size_t z, size_t from, size_t to) {
  const CK_TWIN(taps) in_z = CK_TWIN(taps_at)(z, size.z, kernel.z);
  const size_t start = in_z.from * kernel.y, total = in_z.to * kernel.y - start;
  const size_t groups = (total + CK_TWIN(most_rows) - 1) / CK_TWIN(most_rows);
  for (size_t group = 0; group < groups; group++)
    CK_TWIN(sum_plane)(size, kernel, input, gradient, sums, z, from, to, start + total * group / groups,
                       start + total * (group + 1) / groups);
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
      CK_TWIN(sum_chunk)(size, kernel, input, gradient, scratch, z, from, to);
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
