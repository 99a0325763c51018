typedef struct {
  v8 alpha, gamma, scale;
  int square, plain; /* gamma is 2, gamma is 0 */
} CK_TWIN(focal);

/* m^gamma for 0 <= m <= 1. */
CK_INLINE v8 CK_TWIN(focal_power)(v8 m, const CK_TWIN(focal) * by) {
  if (by->square) return m * m;
  if (by->plain) return v8_all(1);
  return v8_exp(by->gamma * v8_log(m));
}

/* The loss of eight logits. With p = sigmoid(z) and m = 1 - p_t = p (1 - y) + (1 - p) y, the derivative of
 * a_t m^gamma C by z is a_t m^gamma ((p - y) + gamma p (1 - p) / m (1 - 2 y) C); p (1 - p) / m is at most 1. */
CK_INLINE v8 CK_TWIN(focal_lanes)(v8 z, v8 y, const CK_TWIN(focal) * by, v8 *gradient) {
  const v8 one = v8_all(1), zero = v8_all(0);
  v8 decay = v8_exp(-v8_abs(z)), sum = one + decay, larger = one / sum, smaller = decay * larger;
  i8 negative = z < zero;
  v8 p = v8_select(negative, smaller, larger), q = v8_select(negative, larger, smaller);
  /* log(1 + e), with what the sum lost put back. */
  v8 logarithm = v8_log(sum) + (decay - (sum - one)) * larger;
  v8 entropy = v8_select(negative, zero, z * (one - y)) - v8_select(negative, z * y, zero) + logarithm;
  v8 missing = v8_fma(q, y, p * (one - y));
  v8 weight = v8_fma(by->alpha, y, (one - by->alpha) * (one - y)) * CK_TWIN(focal_power)(missing, by);
  v8 ratio = v8_select(missing > zero, p * q / missing, zero);
  v8 slope = v8_fma(by->gamma * ratio * (one - (y + y)), entropy, v8_fma(p, one - y, -(q * y)));
  *gradient = weight * slope * by->scale;
  return weight * entropy;
}

double CK_TWIN(focal_f32)(size_t count, const float *logits, const float *targets, float alpha, float gamma, float scale,
                          float *gradient) {
  const CK_TWIN(focal) by = {v8_all(alpha), v8_all(gamma), v8_all(scale), gamma == 2, gamma == 0};
  d8 sum = {0};
  v8 slope;
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    sum += v8_double(CK_TWIN(focal_lanes)(v8_load(logits + at), v8_load(targets + at), &by, &slope));
    v8_store(gradient + at, slope);
  }
  if (at < count) {
    float lanes[8];
    v8 z = v8_load_first(logits + at, count - at), y = v8_load_first(targets + at, count - at);
    v8_store(lanes, CK_TWIN(focal_lanes)(z, y, &by, &slope));
    sum += v8_double(v8_load_first(lanes, count - at)); /* the padding has a loss of its own, which is dropped */
    v8_store_first(gradient + at, slope, count - at);
  }
  return d8_sum(sum);
}
