/* Eight lanes of Float, written in the compiler's own vectors: the same source becomes AVX2+FMA where the file that
 * includes it allows that, and NEON or plain code where not. Both give the same bits, since nothing is contracted and
 * every fused multiply-add is asked for by name. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CK_INLINE static inline __attribute__((always_inline, unused))
#define CK_UNROLL _Pragma("clang loop unroll(full)")

typedef float v8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));
typedef int64_t l8 __attribute__((vector_size(64)));
typedef float v8_anywhere __attribute__((vector_size(32), aligned(4), may_alias));

/* The thread sanitizer does not see accesses as wide as these by itself. */
#if __has_feature(thread_sanitizer)
void __tsan_read_range(void *address, unsigned long size);
void __tsan_write_range(void *address, unsigned long size);
#define CK_READS(from) __tsan_read_range((void *)(from), 32)
#define CK_WRITES(to) __tsan_write_range(to, 32)
#else
#define CK_READS(from) (void)0
#define CK_WRITES(to) (void)0
#endif

CK_INLINE v8 v8_load(const float *from) {
  CK_READS(from);
  return *(const v8_anywhere *)from;
}
CK_INLINE void v8_store(float *to, v8 value) {
  CK_WRITES(to);
  *(v8_anywhere *)to = value;
}
/* Past the caches, for what is read much later; `to` is a multiple of 32 bytes, and CK_FENCE follows the last one, before
 * another thread may know. */
CK_INLINE void v8_stream(float *to, v8 value) {
  CK_WRITES(to);
  __builtin_nontemporal_store(value, (v8 *)to);
}
#if defined(__x86_64__)
#define CK_FENCE() __builtin_ia32_sfence()
#else
#define CK_FENCE() (void)0
#endif
CK_INLINE v8 v8_all(float x) { return (v8){x, x, x, x, x, x, x, x}; }
CK_INLINE i8 i8_all(int32_t x) { return (i8){x, x, x, x, x, x, x, x}; }
/* a * b + c, rounded once. */
#if defined(CK_HAS_FMA)
CK_INLINE v8 v8_fma(v8 a, v8 b, v8 c) { return __builtin_elementwise_fma(a, b, c); }
#else
/* In Double the product is exact. The sum is rounded to odd (Boldo and Melquiond, IEEE Transactions on Computers 57
 * (2008), 462-471), so that rounding it once more gives what one rounding would; infinities and NaN have no error. */
CK_INLINE v8 v8_fma(v8 a, v8 b, v8 c) {
  d8 product = __builtin_convertvector(a, d8) * __builtin_convertvector(b, d8), added = __builtin_convertvector(c, d8);
  d8 sum = product + added, part = sum - product, error = (product - (sum - part)) + (added - part);
  l8 bits = (l8)sum, inexact = (error > 0.0) | (error < 0.0), even = (bits & 1) - 1;
  l8 step = (((l8)sum ^ (l8)error) >> 63) | 1;
  return __builtin_convertvector((d8)(bits + (inexact & even & step)), v8);
}
#endif
CK_INLINE d8 v8_double(v8 a) { return __builtin_convertvector(a, d8); }
/* The lanes in order. */
CK_INLINE double d8_sum(d8 a) {
  double sum = a[0];
  CK_UNROLL for (int lane = 1; lane < 8; lane++) sum += a[lane];
  return sum;
}

/* The last lanes of an array, padded with zeros; they pass through the same arithmetic as the others. */
CK_INLINE v8 v8_load_first(const float *from, size_t count) {
  float lanes[8] = {0};
  memcpy(lanes, from, count * sizeof(float));
  return v8_load(lanes);
}
CK_INLINE void v8_store_first(float *to, v8 value, size_t count) {
  float lanes[8];
  v8_store(lanes, value);
  memcpy(to, lanes, count * sizeof(float));
}

/* Eight vectors of eight lanes, the other way round. */
CK_INLINE void v8_transpose(v8 rows[8]) {
  v8 pairs[8], fours[8];
  CK_UNROLL for (int n = 0; n < 8; n += 2) {
    pairs[n] = __builtin_shufflevector(rows[n], rows[n + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[n + 1] = __builtin_shufflevector(rows[n], rows[n + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  CK_UNROLL for (int n = 0; n < 8; n += 4) {
    CK_UNROLL for (int side = 0; side < 2; side++) {
      const v8 low = pairs[n + side], high = pairs[n + side + 2];
      fours[n + 2 * side] = __builtin_shufflevector(low, high, 0, 1, 8, 9, 4, 5, 12, 13);
      fours[n + 2 * side + 1] = __builtin_shufflevector(low, high, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  CK_UNROLL for (int n = 0; n < 4; n++) {
    rows[n] = __builtin_shufflevector(fours[n], fours[n + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    rows[n + 4] = __builtin_shufflevector(fours[n], fours[n + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
