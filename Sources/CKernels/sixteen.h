/* Sixteen lanes: two vectors of eight side by side, for kernels whose lanes never meet, so that the bits stay the same. */
#pragma once
#define CK_HAS_SIXTEEN

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef float v16_anywhere __attribute__((vector_size(64), aligned(4), may_alias));

CK_INLINE v16 v16_load(const float *from) {
  CK_READS(from);
  CK_READS(from + 8);
  return *(const v16_anywhere *)from;
}
CK_INLINE void v16_store(float *to, v16 value) {
  CK_WRITES(to);
  CK_WRITES(to + 8);
  *(v16_anywhere *)to = value;
}
CK_INLINE void v16_stream(float *to, v16 value) {
  CK_WRITES(to);
  CK_WRITES(to + 8);
  __builtin_nontemporal_store(value, (v16 *)to);
}
CK_INLINE v16 v16_of(v8 low, v8 high) {
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
CK_INLINE v8 v16_low(v16 a) { return __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7); }
CK_INLINE v8 v16_high(v16 a) { return __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15); }
CK_INLINE v16 v16_twice(const float *from) { return v16_of(v8_load(from), v8_load(from)); }
CK_INLINE v16 v16_all(float x) { return v16_of(v8_all(x), v8_all(x)); }
CK_INLINE i16 i16_all(int32_t x) { return (i16){0} + x; }
/* Of each half the first where the flag is set, else the second. */
CK_INLINE v16 v16_halves(int low, int high, v16 yes, v16 no) {
  if (low && high) return yes;
  return low ? __builtin_shufflevector(yes, no, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31)
             : __builtin_shufflevector(no, yes, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31);
}
CK_INLINE v16 v16_fma(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }

/* Everything that is the same in every lane once more, under names with a 16. */
#define v8 v16
#define i8 i16
#define v8_all v16_all
#define i8_all i16_all
#define v8_fma v16_fma
#define v8_sqrt v16_sqrt
#define v8_bits v16_bits
#define i8_float i16_float
#define i8_converted i16_converted
#define v8_select v16_select
#define v8_min v16_min
#define v8_max v16_max
#define v8_abs v16_abs
#define v8_sign_from v16_sign_from
#define v8_add v16_add
#define v8_multiply v16_multiply
#define v8_polynomial v16_polynomial
#define v8_exp v16_exp
#define v8_log v16_log
#define v8_scaled_erfc v16_scaled_erfc
#define v8_erf v16_erf
#define v8_tanh v16_tanh
#define v8_sigmoid v16_sigmoid
#define v8_odd_ratio v16_odd_ratio
#define v8_gelu v16_gelu
#define v8_gelu_gradient v16_gelu_gradient
#include "lanes.h"
#include "transcendental.h"
#undef v8
#undef i8
#undef v8_all
#undef i8_all
#undef v8_fma
#undef v8_sqrt
#undef v8_bits
#undef i8_float
#undef i8_converted
#undef v8_select
#undef v8_min
#undef v8_max
#undef v8_abs
#undef v8_sign_from
#undef v8_add
#undef v8_multiply
#undef v8_polynomial
#undef v8_exp
#undef v8_log
#undef v8_scaled_erfc
#undef v8_erf
#undef v8_tanh
#undef v8_sigmoid
#undef v8_odd_ratio
#undef v8_gelu
#undef v8_gelu_gradient
