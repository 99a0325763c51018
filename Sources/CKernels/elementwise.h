/* Some places from `at` on by sixteen lanes, where there are any. */
#if defined(CK_HAS_SIXTEEN)
#define CK_WIDE_UNARY(function) \
  for (; at + 16 <= count; at += 16) v16_store(y + at, v16_##function(v16_load(x + at)));
#define CK_WIDE_BINARY(function) \
  for (; at + 16 <= count; at += 16) v16_store(out + at, v16_##function(v16_load(a + at), v16_load(b + at)));
#else
#define CK_WIDE_UNARY(function)
#define CK_WIDE_BINARY(function)
#endif

/* One array in, one out. */
#define CK_UNARY(function)                                                                  \
  void CK_TWIN(function##_f32)(size_t count, const float *x, float *y) {                    \
    size_t at = 0;                                                                          \
    CK_WIDE_UNARY(function)                                                                 \
    for (; at + 8 <= count; at += 8) v8_store(y + at, v8_##function(v8_load(x + at)));      \
    if (at == count) return;                                                                \
    v8_store_first(y + at, v8_##function(v8_load_first(x + at, count - at)), count - at);   \
  }

/* Two arrays in, one out. */
#define CK_BINARY(function)                                                                             \
  void CK_TWIN(function##_f32)(size_t count, const float *a, const float *b, float *out) {              \
    size_t at = 0;                                                                                      \
    CK_WIDE_BINARY(function)                                                                            \
    for (; at + 8 <= count; at += 8) v8_store(out + at, v8_##function(v8_load(a + at), v8_load(b + at))); \
    if (at == count) return;                                                                            \
    v8 result = v8_##function(v8_load_first(a + at, count - at), v8_load_first(b + at, count - at));    \
    v8_store_first(out + at, result, count - at);                                                       \
  }

CK_UNARY(gelu)
CK_UNARY(sigmoid)
CK_UNARY(exp)
CK_UNARY(log)
CK_UNARY(erf)
CK_UNARY(tanh)
CK_BINARY(gelu_gradient)
CK_BINARY(add)
CK_BINARY(multiply)

void CK_TWIN(scale_f32)(size_t count, float scale, const float *x, float *out) {
  const v8 factor = v8_all(scale);
  size_t at = 0;
  for (; at + 8 <= count; at += 8) v8_store(out + at, v8_load(x + at) * factor);
  if (at < count) v8_store_first(out + at, v8_load_first(x + at, count - at) * factor, count - at);
}

void CK_TWIN(axpy_f32)(size_t count, float scale, const float *x, float *y) {
  const v8 factor = v8_all(scale);
  size_t at = 0;
  for (; at + 8 <= count; at += 8) v8_store(y + at, v8_fma(factor, v8_load(x + at), v8_load(y + at)));
  if (at == count) return;
  v8 last = v8_fma(factor, v8_load_first(x + at, count - at), v8_load_first(y + at, count - at));
  v8_store_first(y + at, last, count - at);
}

double CK_TWIN(sum_f32)(size_t count, const float *x) {
  d8 sum = {0};
  size_t at = 0;
  for (; at + 8 <= count; at += 8) sum += v8_double(v8_load(x + at));
  if (at < count) sum += v8_double(v8_load_first(x + at, count - at));
  return d8_sum(sum);
}

/* The product of two Floats is exact in Double. */
double CK_TWIN(dot_f32)(size_t count, const float *a, const float *b) {
  d8 sum = {0};
  size_t at = 0;
  for (; at + 8 <= count; at += 8) sum += v8_double(v8_load(a + at)) * v8_double(v8_load(b + at));
  if (at < count) sum += v8_double(v8_load_first(a + at, count - at)) * v8_double(v8_load_first(b + at, count - at));
  return d8_sum(sum);
}
