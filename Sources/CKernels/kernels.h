#pragma once
#include "ckernels.h"

/* Every kernel that has twins: X(result, name, (parameters), (arguments)). The prototypes of the twins, the table of
 * pointers and the public functions are all made from this one list. */
#define CK_KERNELS(X)                                                                                                  \
  X(float, multiply_add_peak_f32, (size_t rounds), (rounds))                                                           \
  X(void, depthwise_f32,                                                                                               \
    (ck_extent size, ck_extent kernel, size_t from, size_t to, const float *input, const float *weight, const float    \
     *bias, float *output, float *scratch),                                                                            \
    (size, kernel, from, to, input, weight, bias, output, scratch))                                                    \
  X(void, depthwise_weight_gradient_f32,                                                                               \
    (ck_extent size, ck_extent kernel, const float *input, const float *gradient, float *weight_gradient,              \
     float *bias_gradient, float *scratch),                                                                            \
    (size, kernel, input, gradient, weight_gradient, bias_gradient, scratch))                                          \
  X(void, pointwise_f32,                                                                                               \
    (size_t voxels, size_t in_blocks, size_t out_blocks, const float *input, size_t input_stride, const float *weight, \
     const float *bias, float *output, size_t output_stride),                                                          \
    (voxels, in_blocks, out_blocks, input, input_stride, weight, bias, output, output_stride))                         \
  X(void, pointwise_weight_gradient_f32,                                                                               \
    (size_t voxels, size_t in_blocks, size_t out_blocks, const float *input, size_t input_stride,                      \
     const float *gradient, size_t gradient_stride, float *weight_gradient, float *bias_gradient),                     \
    (voxels, in_blocks, out_blocks, input, input_stride, gradient, gradient_stride, weight_gradient, bias_gradient))   \
  X(void, matmul_pack_f32,                                                                                             \
    (size_t n, size_t k, const float *b, size_t ldb, int transpose_b, size_t from, size_t to, float *packed),          \
    (n, k, b, ldb, transpose_b, from, to, packed))                                                                     \
  X(void, matmul_f32,                                                                                                  \
    (size_t m, size_t n, size_t k, const float *a, size_t lda, int transpose_a, const float *packed_b, float *c,       \
     size_t ldc, const ck_matmul_ends *ends, float *scratch),                                                          \
    (m, n, k, a, lda, transpose_a, packed_b, c, ldc, ends, scratch))                                                   \
  X(void, patches_to_blocks_f32, (ck_extent size, ck_extent patch, const float *volume, float *blocks),                \
    (size, patch, volume, blocks))                                                                                     \
  X(void, blocks_to_patches_f32, (ck_extent size, ck_extent patch, const float *blocks, float *volume),                \
    (size, patch, blocks, volume))                                                                                     \
  X(void, channels_to_blocks_f32, (size_t voxels, size_t channels, const float *channels_last, float *blocks),         \
    (voxels, channels, channels_last, blocks))                                                                         \
  X(void, blocks_to_channels_f32, (size_t voxels, size_t channels, const float *blocks, float *channels_last),         \
    (voxels, channels, blocks, channels_last))                                                                         \
  X(void, gelu_f32, (size_t count, const float *x, float *y), (count, x, y))                                           \
  X(void, gelu_gradient_f32, (size_t count, const float *x, const float *gradient, float *out),                        \
    (count, x, gradient, out))                                                                                         \
  X(void, sigmoid_f32, (size_t count, const float *x, float *y), (count, x, y))                                        \
  X(void, exp_f32, (size_t count, const float *x, float *y), (count, x, y))                                            \
  X(void, log_f32, (size_t count, const float *x, float *y), (count, x, y))                                            \
  X(void, erf_f32, (size_t count, const float *x, float *y), (count, x, y))                                            \
  X(void, tanh_f32, (size_t count, const float *x, float *y), (count, x, y))                                           \
  X(void, add_f32, (size_t count, const float *a, const float *b, float *out), (count, a, b, out))                     \
  X(void, multiply_f32, (size_t count, const float *a, const float *b, float *out), (count, a, b, out))                \
  X(void, scale_f32, (size_t count, float scale, const float *x, float *out), (count, scale, x, out))                  \
  X(void, axpy_f32, (size_t count, float scale, const float *x, float *y), (count, scale, x, y))                       \
  X(double, sum_f32, (size_t count, const float *x), (count, x))                                                       \
  X(double, dot_f32, (size_t count, const float *a, const float *b), (count, a, b))                                    \
  X(void, moments_f32, (size_t voxels, const float *x, const float *shift, float *sum, float *square),                 \
    (voxels, x, shift, sum, square))                                                                                   \
  X(void, affine_f32,                                                                                                  \
    (size_t voxels, const float *x, const float *scale, const float *shift, const float *residual, float *y,           \
     int streams),                                                                                                     \
    (voxels, x, scale, shift, residual, y, streams))                                                                   \
  X(void, gradient_moments_f32,                                                                                        \
    (size_t voxels, const float *g, const float *x, const float *mean, float *sum, float *product),                    \
    (voxels, g, x, mean, sum, product))                                                                                \
  X(void, affine2_f32,                                                                                                 \
    (size_t voxels, const float *g, const float *x, const float *a, const float *b, const float *d, const float        \
     *gelu_of, float *out),                                                                                            \
    (voxels, g, x, a, b, d, gelu_of, out))                                                                             \
  X(double, focal_f32,                                                                                                 \
    (size_t count, const float *logits, const float *targets, float alpha, float gamma, float scale, float *gradient), \
    (count, logits, targets, alpha, gamma, scale, gradient))                                                           \
  X(void, adamw_f32,                                                                                                   \
    (size_t count, float *weight, const float *gradient, float *moment1, float *moment2, float rate, float beta1,      \
     float beta2, float epsilon, float decay, float correction1, float correction2),                                   \
    (count, weight, gradient, moment1, moment2, rate, beta1, beta2, epsilon, decay, correction1, correction2))         \
  X(void, sgd_f32,                                                                                                     \
    (size_t count, float *weight, const float *gradient, float *moment, float rate, float momentum, float decay),      \
    (count, weight, gradient, moment, rate, momentum, decay))                                                          \
  X(void, average_f32,                                                                                                 \
    (size_t count, float share, const float *x, float *average),                                                       \
    (count, share, x, average))                                                                                        \
  X(void, layer_norm_f32,                                                                                              \
    (size_t rows, size_t width, float epsilon, const float *x, const float *weight, const float *bias, float *y,       \
     float *mean, float *factor),                                                                                      \
    (rows, width, epsilon, x, weight, bias, y, mean, factor))                                                          \
  X(void, layer_norm_gradient_f32,                                                                                     \
    (size_t rows, size_t width, const float *g, const float *x, const float *weight, const float *mean, const float    \
     *factor, const float *earlier, float *out, float *weight_gradient, float *bias_gradient),                         \
    (rows, width, g, x, weight, mean, factor, earlier, out, weight_gradient, bias_gradient))                           \
  X(void, attention_f32,                                                                                               \
    (size_t tokens, size_t width, float scale, const float *q, const float *k, const float *v, size_t stride, float    \
     *out, size_t out_stride, float *scratch),                                                                         \
    (tokens, width, scale, q, k, v, stride, out, out_stride, scratch))                                                 \
  X(void, attention_gradient_f32,                                                                                      \
    (size_t tokens, size_t width, float scale, const float *q, const float *k, const float *v, size_t stride, const    \
     float *g, size_t g_stride, float *q_gradient, float *k_gradient, float *v_gradient, float *scratch),              \
    (tokens, width, scale, q, k, v, stride, g, g_stride, q_gradient, k_gradient, v_gradient, scratch))                 \
  X(void, sum_rows_f32,                                                                                                \
    (size_t rows, size_t width, const float *x, float *out),                                                           \
    (rows, width, x, out))                                                                                             \
  X(void, add_rows_f32, (size_t rows, size_t width, const float *x, float *out), (rows, width, x, out))                \
  X(void, dot_rows_f32,                                                                                                \
    (size_t rows, size_t width, const float *a, const float *b, float *out),                                           \
    (rows, width, a, b, out))                                                                                          \
  X(void, scale_columns_f32,                                                                                           \
    (size_t rows, size_t width, const float *x, const float *scale, float *out),                                       \
    (rows, width, x, scale, out))                                                                                      \
  X(double, squares_f32,                                                                                               \
    (size_t count, float centre, const float *x),                                                                      \
    (count, centre, x))                                                                                                \
  X(double, square_error_f32,                                                                                          \
    (size_t count, const float *x, const float *target, float scale, float *gradient),                                 \
    (count, x, target, scale, gradient))                                                                               \
  X(void, assemble_rows_f32,                                                                                           \
    (size_t count, size_t width, const int32_t *sources, const float *rows, const float *filler, const int32_t         \
     *places, const float *positions, float *out),                                                                     \
    (count, width, sources, rows, filler, places, positions, out))                                                     \
  X(void, patches_to_tokens_f32,                                                                                       \
    (ck_extent size, ck_extent patch, const float *volume, float *tokens),                                             \
    (size, patch, volume, tokens))                                                                                     \
  X(void, tokens_to_patches_f32,                                                                                       \
    (ck_extent size, ck_extent patch, const float *tokens, float *volume),                                             \
    (size, patch, tokens, volume))                                                                                     \
  X(void, unfold_f32,                                                                                                  \
    (ck_extent size, ck_extent kernel, size_t channels, size_t from, size_t count, const float *volume, float          \
     *columns),                                                                                                        \
    (size, kernel, channels, from, count, volume, columns))                                                            \
  X(void, fold_f32,                                                                                                    \
    (ck_extent size, ck_extent kernel, size_t channels, const float *columns, float *volume),                          \
    (size, kernel, channels, columns, volume))

#define CK_DECLARE_TWINS(result, name, parameters, arguments) \
  result ck_avx512_##name parameters;                         \
  result ck_avx2_##name parameters;                           \
  result ck_portable_##name parameters;
CK_KERNELS(CK_DECLARE_TWINS)
#undef CK_DECLARE_TWINS

/* Sizes of the blocks of the matrix product, shared with the function that says how much scratch it needs. */
enum {
  CK_MATMUL_ROWS = 6,
  CK_MATMUL_COLUMNS = 16,
  CK_MATMUL_M_BLOCK = 96,
  CK_MATMUL_K_BLOCK = 384,
  CK_MATMUL_NARROW = 128, /* up to so many columns, packing a costs more than it gives */
};
