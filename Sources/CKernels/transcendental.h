/* Functions of our own, so that the bits do not depend on a system's library. The polynomials were fitted for this file
 * by reweighted least squares towards the least relative error, their coefficients rounded to Float one after another
 * and the rest refitted; the ratios of GELU towards the least absolute error. Largest errors measured are in ckernels.h. */

/* c[count - 1] x^(count - 1) + ... + c[0]. */
CK_INLINE v8 v8_polynomial(v8 x, const float *c, int count) {
  v8 sum = v8_all(c[count - 1]);
  CK_UNROLL for (int n = count - 2; n >= 0; n--) sum = v8_fma(sum, x, v8_all(c[n]));
  return sum;
}

CK_INLINE v8 v8_exp(v8 x) {
  static const float series[] = {0x1.fffffcp-2f, 0x1.555490p-3f, 0x1.5558acp-5f, 0x1.123b10p-7f, 0x1.6a5450p-10f};
  const v8 rounder = v8_all(0x1.8p23f);
  x = v8_max(v8_min(x, v8_all(90)), v8_all(-105)); /* beyond these: infinity and zero; NaN stays */
  v8 shifted = v8_fma(x, v8_all(0x1.715476p+0f), rounder), n = shifted - rounder;
  v8 r = v8_fma(n, v8_all(-0x1.62e4p-1f), x);
  r = v8_fma(n, v8_all(-0x1.7f7d1cp-20f), r);
  v8 p = v8_fma(r * r, v8_polynomial(r, series, 5), r) + v8_all(1);
  /* Two factors, since 2^n alone may be out of range; the last product rounds once into the denormal numbers. */
  i8 whole = v8_bits(shifted) - v8_bits(rounder), half = whole >> 1;
  v8 first = i8_float((half + i8_all(127)) << 23), second = i8_float((whole - half + i8_all(127)) << 23);
  return p * first * second;
}

CK_INLINE v8 v8_log(v8 x) {
  static const float series[] = {0x1.555548p-2f,  -0x1.000006p-2f, 0x1.99a478p-3f,  -0x1.555c4ap-3f, 0x1.233b68p-3f,
                                 -0x1.fc2740p-4f, 0x1.e6c298p-4f,  -0x1.de0e4ep-4f, 0x1.147cc4p-4f};
  const i8 root_half = i8_all(0x3f3504f3);
  i8 denormal = x < v8_all(0x1p-126f);
  i8 bits = v8_bits(v8_select(denormal, x * v8_all(0x1p24f), x)) - root_half;
  v8 exponent = i8_converted((bits >> 23) - (denormal & i8_all(24)));
  v8 f = i8_float((bits & i8_all(0x7fffff)) + root_half) - v8_all(1);
  v8 square = f * f;
  v8 tail = f * square * v8_polynomial(f, series, 9);
  tail = v8_fma(exponent, v8_all(0x1.7f7d1cp-20f), tail);
  tail = v8_fma(square, v8_all(-0.5f), tail);
  v8 y = v8_fma(exponent, v8_all(0x1.62e4p-1f), f + tail);
  y = v8_select(x < v8_all(__builtin_inff()), y, x); /* infinity and NaN */
  y = v8_select(x == v8_all(0), v8_all(-__builtin_inff()), y);
  return v8_select(x < v8_all(0), v8_all(__builtin_nanf("")), y);
}

/* erfc(t) exp(t^2) for 0 <= t <= 11, as a polynomial in (t - 2) / (t + 2) over t + 2; the variable is that of
 * Shepherd and Laframboise, Mathematics of Computation 36 (1981), 249-253. */
CK_INLINE v8 v8_scaled_erfc(v8 t) {
  static const float series[] = {0x1.058672p+0f,  -0x1.5fd386p-1f, 0x1.1e2d9ap-2f,   -0x1.2a890ap-5f,
                                 -0x1.6031b8p-6f, 0x1.a8b4bap-8f,  0x1.8d62a0p-9f,   -0x1.bda328p-11f,
                                 -0x1.25b49ap-11f, 0x1.225cfep-14f, 0x1.1c61f6p-14f};
  v8 inverse = v8_all(1) / (t + v8_all(2));
  return v8_polynomial((t - v8_all(2)) * inverse, series, 11) * inverse;
}

CK_INLINE v8 v8_erf(v8 x) {
  static const float series[] = {0x1.06eba8p-3f,  -0x1.812740p-2f,  0x1.ce2d74p-4f,  -0x1.b80450p-6f,
                                 0x1.54833ap-8f, -0x1.a99d78p-11f, 0x1.69d5c0p-14f, -0x1.2524d2p-19f};
  v8 t = v8_min(v8_abs(x), v8_all(5)), square = t * t;
  v8 small = v8_fma(t, v8_polynomial(square, series, 8), t);
  v8 decay = v8_exp(-square);
  v8 large = v8_fma(-decay, v8_scaled_erfc(t), v8_all(1));
  return v8_sign_from(v8_select(t > v8_all(1), large, small), x);
}

CK_INLINE v8 v8_tanh(v8 x) {
  static const float series[] = {-0x1.555554p-2f, 0x1.11107ap-3f,  -0x1.b9f188p-5f,
                                 0x1.63a550p-6f,  -0x1.0c5ed0p-7f, 0x1.1a2816p-9f};
  v8 t = v8_min(v8_abs(x), v8_all(12)), square = t * t;
  v8 small = v8_fma(t * square, v8_polynomial(square, series, 6), t);
  v8 large = v8_all(1) - v8_all(2) / (v8_exp(t + t) + v8_all(1));
  return v8_sign_from(v8_select(t > v8_all(0.625f), large, small), x);
}

CK_INLINE v8 v8_sigmoid(v8 x) {
  v8 decay = v8_exp(-v8_abs(x)), larger = v8_all(1) / (v8_all(1) + decay);
  return v8_select(x < v8_all(0), decay * larger, larger);
}

/* t p(t^2) / q(t^2). */
CK_INLINE v8 v8_odd_ratio(v8 t, const float *p, int p_count, const float *q, int q_count) {
  v8 square = t * t;
  return t * (v8_polynomial(square, p, p_count) / v8_polynomial(square, q, q_count));
}

/* The normal distribution up to x less a half is odd; close to 0 and 1 it is cut off. */
CK_INLINE v8 v8_gelu(v8 x) {
  static const float p[] = {0x1.988450p-2f,  0x1.15525ap-5f,  0x1.328784p-8f,
                            0x1.620e22p-13f, 0x1.aa48b8p-18f, 0x1.86d4b0p-26f};
  static const float q[] = {0x1.000000p+0f,  0x1.018f06p-2f,  0x1.d555bap-6f,
                            0x1.edff56p-10f, 0x1.34e6c4p-14f, 0x1.4173dcp-20f};
  const v8 end = v8_all(5.5f);
  v8 normal = v8_odd_ratio(v8_max(v8_min(x, end), -end), p, 6, q, 6) + v8_all(0.5f);
  normal = v8_select(x >= end, v8_all(1), v8_select(x <= -end, v8_all(0), v8_max(normal, v8_all(0))));
  return v8_max(x, v8_all(-0x1p100f)) * normal; /* not minus infinity times zero */
}

/* gelu' less a half is odd as well. */
CK_INLINE v8 v8_gelu_gradient(v8 x, v8 gradient) {
  static const float p[] = {0x1.988452p-1f,  -0x1.27880cp-6f, 0x1.bca10ap-7f,  0x1.2b153ep-12f,
                            0x1.0ca9d6p-15f, 0x1.2d2b60p-20f, 0x1.bec870p-27f, -0x1.fc1112p-36f};
  static const float q[] = {0x1.000000p+0f,  0x1.3e2ee8p-2f,  0x1.756a44p-5f, 0x1.0ffd50p-8f,
                            0x1.0f2b4ep-12f, 0x1.6accdcp-17f, 0x1.867432p-22f};
  const v8 end = v8_all(6);
  v8 slope = v8_odd_ratio(v8_max(v8_min(x, end), -end), p, 8, q, 7) + v8_all(0.5f);
  return gradient * v8_select(x >= end, v8_all(1), v8_select(x <= -end, v8_all(0), slope));
}
