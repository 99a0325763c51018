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
#define CK_AVX2_ENTRY(result, name, parameters, arguments) .name = ck_avx2_##name,
static const ck_table avx2 = {CK_KERNELS(CK_AVX2_ENTRY)};
#define CK_AVX512_ENTRY(result, name, parameters, arguments) .name = ck_avx512_##name,
static const ck_table avx512 = {CK_KERNELS(CK_AVX512_ENTRY)};

static const ck_table *best(ck_twin most) {
  __builtin_cpu_init();
  const int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (most >= CK_AVX512 && has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    return &avx512;
  return most >= CK_AVX2 && has_avx2 ? &avx2 : &portable;
}

static ck_twin twin_of(const ck_table *table) {
  return table == &avx512 ? CK_AVX512 : table == &avx2 ? CK_AVX2 : CK_PORTABLE;
}
#else
static const ck_table *best(ck_twin most) { return &portable; }
static ck_twin twin_of(const ck_table *table) { return CK_PORTABLE; }
#endif

/* Threads that meet here first all store the same value. */
static _Atomic(const ck_table *) chosen;

static inline const ck_table *table(void) {
  const ck_table *known = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (known) return known;
  known = best(CK_AVX512);
  atomic_store_explicit(&chosen, known, memory_order_relaxed);
  return known;
}

ck_twin ck_twin_in_use(void) { return twin_of(table()); }

void ck_use_at_most(ck_twin most) { atomic_store_explicit(&chosen, best(most), memory_order_relaxed); }

void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
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

size_t ck_matmul_columns(void) { return CK_MATMUL_COLUMNS; }

size_t ck_matmul_packed_f32(size_t n, size_t k) { return rounded(n, CK_MATMUL_COLUMNS) * k; }

size_t ck_matmul_scratch_f32(size_t m, size_t k) {
  return least(rounded(m, CK_MATMUL_ROWS), CK_MATMUL_M_BLOCK) * least(rounded(k, 8), CK_MATMUL_K_BLOCK);
}

size_t ck_attention_scratch_f32(size_t tokens, size_t width) {
  size_t wide = rounded(width, 8), padded = rounded(tokens, 8);
  return 4 * tokens * wide + wide * padded + 2 * tokens * padded;
}
