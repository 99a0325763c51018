typedef struct {
  v8 keep, step, beta1, rest1, beta2, rest2, epsilon, root;
} CK_TWIN(adamw);

CK_INLINE v8 CK_TWIN(adamw_lanes)(v8 w, v8 g, v8 *m, v8 *v, const CK_TWIN(adamw) * by) {
  *m = v8_fma(by->beta1, *m, by->rest1 * g);
  *v = v8_fma(by->beta2, *v, by->rest2 * g * g);
  return w * by->keep - by->step * (*m / (v8_sqrt(*v) / by->root + by->epsilon));
}

void CK_TWIN(adamw_f32)(size_t count, float *weight, const float *gradient, float *moment1, float *moment2, float rate,
                        float beta1, float beta2, float epsilon, float decay, float correction1, float correction2) {
  const CK_TWIN(adamw) by = {v8_all(1 - rate * decay), v8_all(rate / correction1), v8_all(beta1), v8_all(1 - beta1),
                             v8_all(beta2), v8_all(1 - beta2), v8_all(epsilon), v8_sqrt(v8_all(correction2))};
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    v8 m = v8_load(moment1 + at), v = v8_load(moment2 + at);
    v8_store(weight + at, CK_TWIN(adamw_lanes)(v8_load(weight + at), v8_load(gradient + at), &m, &v, &by));
    v8_store(moment1 + at, m);
    v8_store(moment2 + at, v);
  }
  if (at == count) return;
  size_t rest = count - at;
  v8 m = v8_load_first(moment1 + at, rest), v = v8_load_first(moment2 + at, rest);
  v8 w = CK_TWIN(adamw_lanes)(v8_load_first(weight + at, rest), v8_load_first(gradient + at, rest), &m, &v, &by);
  v8_store_first(weight + at, w, rest);
  v8_store_first(moment1 + at, m, rest);
  v8_store_first(moment2 + at, v, rest);
}

CK_INLINE v8 CK_TWIN(sgd_lanes)(v8 w, v8 g, v8 *m, v8 rate, v8 momentum, v8 decay) {
  *m = v8_fma(momentum, *m, v8_fma(decay, w, g));
  return w - rate * *m;
}

void CK_TWIN(sgd_f32)(size_t count, float *weight, const float *gradient, float *moment, float rate, float momentum,
                      float decay) {
  const v8 by = v8_all(rate), keep = v8_all(momentum), pull = v8_all(decay);
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    v8 m = v8_load(moment + at);
    v8_store(weight + at, CK_TWIN(sgd_lanes)(v8_load(weight + at), v8_load(gradient + at), &m, by, keep, pull));
    v8_store(moment + at, m);
  }
  if (at == count) return;
  size_t rest = count - at;
  v8 m = v8_load_first(moment + at, rest);
  v8 w = CK_TWIN(sgd_lanes)(v8_load_first(weight + at, rest), v8_load_first(gradient + at, rest), &m, by, keep, pull);
  v8_store_first(weight + at, w, rest);
  v8_store_first(moment + at, m, rest);
}

void CK_TWIN(average_f32)(size_t count, float share, const float *x, float *average) {
  const v8 part = v8_all(share);
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    v8 old = v8_load(average + at);
    v8_store(average + at, v8_fma(part, v8_load(x + at) - old, old));
  }
  if (at == count) return;
  v8 old = v8_load_first(average + at, count - at);
  v8_store_first(average + at, v8_fma(part, v8_load_first(x + at, count - at) - old, old), count - at);
}
