/* One array in, one out. */
#define CK_UNARY(name, function)                                                       \
  void CK_TWIN(name)(size_t count, const float *x, float *y) {                         \
    size_t at = 0;                                                                     \
    for (; at + 8 <= count; at += 8) v8_store(y + at, function(v8_load(x + at)));      \
    if (at == count) return;                                                           \
    v8_store_first(y + at, function(v8_load_first(x + at, count - at)), count - at);   \
  }

/* Two arrays in, one out. */
#define CK_BINARY(name, function)                                                                          \
  void CK_TWIN(name)(size_t count, const float *a, const float *b, float *out) {                           \
    size_t at = 0;                                                                                         \
    for (; at + 8 <= count; at += 8) v8_store(out + at, function(v8_load(a + at), v8_load(b + at)));       \
    if (at == count) return;                                                                               \
    v8 result = function(v8_load_first(a + at, count - at), v8_load_first(b + at, count - at));            \
    v8_store_first(out + at, result, count - at);                                                          \
  }

CK_INLINE v8 v8_add(v8 a, v8 b) { return a + b; }
CK_INLINE v8 v8_multiply(v8 a, v8 b) { return a * b; }

CK_UNARY(gelu_f32, v8_gelu)
CK_UNARY(sigmoid_f32, v8_sigmoid)
CK_UNARY(exp_f32, v8_exp)
CK_UNARY(log_f32, v8_log)
CK_UNARY(erf_f32, v8_erf)
CK_UNARY(tanh_f32, v8_tanh)
CK_BINARY(gelu_gradient_f32, v8_gelu_gradient)
CK_BINARY(add_f32, v8_add)
CK_BINARY(multiply_f32, v8_multiply)

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
