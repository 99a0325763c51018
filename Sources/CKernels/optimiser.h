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
