#include <stdatomic.h>

#include "kernels.h"

typedef struct {
#define CK_POINTER(result, name, parameters, arguments) result(*name) parameters;
  CK_KERNELS(CK_POINTER)
#undef CK_POINTER
} ck_table;

#define CK_PORTABLE(result, name, parameters, arguments) .name = ck_portable_##name,
static const ck_table portable = {CK_KERNELS(CK_PORTABLE)};

#if defined(__x86_64__)
#define CK_AVX2(result, name, parameters, arguments) .name = ck_avx2_##name,
static const ck_table avx2 = {CK_KERNELS(CK_AVX2)};

static const ck_table *by_processor(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2 : &portable;
}
#else
static const ck_table *by_processor(void) { return &portable; }
#endif

/* Threads that meet here first all store the same value. */
static _Atomic(const ck_table *) chosen;

static inline const ck_table *table(void) {
  const ck_table *known = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (known) return known;
  known = by_processor();
  atomic_store_explicit(&chosen, known, memory_order_relaxed);
  return known;
}

int ck_uses_avx2(void) { return table() != &portable; }

void ck_force_portable(int force) {
  atomic_store_explicit(&chosen, force ? &portable : by_processor(), memory_order_relaxed);
}

#define CK_PUBLIC(result, name, parameters, arguments) \
  result ck_##name parameters { return table()->name arguments; }
CK_KERNELS(CK_PUBLIC)

size_t ck_depthwise_scratch_f32(ck_extent size, ck_extent kernel) {
  size_t window = 8 * (8 + kernel.x), taps = 8 * (kernel.z * kernel.y * kernel.x + 1);
  (void)size;
  return window > taps ? window : taps;
}

static size_t rounded(size_t count, size_t multiple) { return (count + multiple - 1) / multiple * multiple; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t ck_matmul_scratch_f32(size_t m, size_t n, size_t k) {
  size_t depth = least(k, CK_MATMUL_K_BLOCK);
  size_t rows = least(rounded(m, CK_MATMUL_ROWS), CK_MATMUL_M_BLOCK);
  size_t columns = least(rounded(n, CK_MATMUL_COLUMNS), CK_MATMUL_N_BLOCK);
  return depth * (rows + columns);
}

size_t ck_attention_scratch_f32(size_t tokens, size_t width) {
  size_t wide = rounded(width, 8), padded = rounded(tokens, 8);
  return 4 * tokens * wide + wide * padded + 2 * tokens * padded;
}
