/* What is the same in every lane, for eight of them and, through sixteen.h, for sixteen. */

CK_INLINE v8 v8_sqrt(v8 a) { return __builtin_elementwise_sqrt(a); }
CK_INLINE i8 v8_bits(v8 a) { return (i8)a; }
CK_INLINE v8 i8_float(i8 a) { return (v8)a; }
CK_INLINE v8 i8_converted(i8 a) { return __builtin_convertvector(a, v8); }
/* Where the mask is -1 the first, where 0 the second. */
CK_INLINE v8 v8_select(i8 mask, v8 yes, v8 no) { return (v8)((mask & (i8)yes) | (~mask & (i8)no)); }
/* The smaller; x where x is NaN. */
CK_INLINE v8 v8_min(v8 x, v8 bound) { return v8_select(x > bound, bound, x); }
CK_INLINE v8 v8_max(v8 x, v8 bound) { return v8_select(x < bound, bound, x); }
CK_INLINE v8 v8_abs(v8 x) { return (v8)((i8)x & i8_all(0x7fffffff)); }
CK_INLINE v8 v8_sign_from(v8 magnitude, v8 sign) {
  return (v8)((i8)magnitude | ((i8)sign & i8_all((int32_t)0x80000000u)));
}
CK_INLINE v8 v8_add(v8 a, v8 b) { return a + b; }
CK_INLINE v8 v8_multiply(v8 a, v8 b) { return a * b; }
