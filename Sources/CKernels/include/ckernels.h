#pragma once
#include <stddef.h>
#include <stdint.h>

/* The inner loops of the engine.
 *
 * Volumes of activations are blocked by eight channels, `[block][z][y][x][8]`; channels that pad the last block are
 * zero. Every function has three twins (portable; AVX2 and FMA; AVX-512 with 32 registers, and sixteen lanes where lanes
 * never meet), chosen once at run time, and all give the same bits: the arithmetic is that of eight-lane vectors with
 * fused multiply-add. No function allocates, fails or keeps a pointer.
 * Reductions run in a fixed order over what one call is given; callers cut them by size, never by thread count. Which
 * bits a NaN carries is left open. Arrays that start on a multiple of 32 bytes are faster, none have to. Outputs lie
 * apart from inputs, except where a section says otherwise.
 */

typedef struct {
  size_t z, y, x;
} ck_extent;

/* The twins of every function, the slowest first. */
typedef enum { CK_PORTABLE, CK_AVX2, CK_AVX512 } ck_twin;

/* The twin in use: the best that the processor has, unless ck_use_at_most said otherwise. */
ck_twin ck_twin_in_use(void);
/* Uses the best twin up to `most` that the processor has, in the whole process; for tests of the twins. */
void ck_use_at_most(ck_twin most);
/* Does rounds * 96 multiply-adds in registers, and returns a number (0.125 * 96 in the end) that depends on all of them;
 * its time gives the peak that other kernels are measured against. */
float ck_multiply_add_peak_f32(size_t rounds);

/* What a thread does between two looks at something that another thread will change. */
void ck_pause(void);

/* --- Depthwise 3D convolution of one block of one sample; stride 1, zero padding, odd kernel sizes. --- */
/* An output's taps are added in the order kz, ky, kx after the bias, those outside the volume left out: its bits do not
 * depend on the size of the volume, so a block with a halo gives what the whole gives.
 * Floats of scratch that the depthwise functions need: */
size_t ck_depthwise_scratch_f32(ck_extent size, ck_extent kernel);
/* weight [kz][ky][kx][8]; bias [8] or NULL; input and output [z][y][x][8], of which the planes z from ..< to are written. */
void ck_depthwise_f32(ck_extent size, ck_extent kernel, size_t from, size_t to, const float *input, const float *weight,
                      const float *bias, float *output, float *scratch);
/* weight_gradient [kz][ky][kx][8] and bias_gradient [8] are overwritten; sums run within a plane z, then over planes. */
void ck_depthwise_weight_gradient_f32(ck_extent size, ck_extent kernel, const float *input, const float *gradient,
                                      float *weight_gradient, float *bias_gradient, float *scratch);

/* --- Pointwise (1x1) convolution of a range of voxels of one sample. Strides are floats between blocks. --- */
/* weight [out_block][in_block * 8][8]; bias [out_block * 8] or NULL. Each sum starts from the bias and takes the input
 * channels in order. */
void ck_pointwise_f32(size_t voxels, size_t in_blocks, size_t out_blocks, const float *input, size_t input_stride,
                      const float *weight, const float *bias, float *output, size_t output_stride);
/* weight_gradient as weight above and bias_gradient [out_block * 8] are overwritten; sums run within 64 voxels, then over
 * those runs. */
void ck_pointwise_weight_gradient_f32(size_t voxels, size_t in_blocks, size_t out_blocks, const float *input,
                                      size_t input_stride, const float *gradient, size_t gradient_stride,
                                      float *weight_gradient, float *bias_gradient);

/* --- Matrix product: c [m][n] = op(a) [m][k] op(b) [k][n], row-major with leading dimensions; sums over k in order.
 * An element's bits depend on its row of a and its column of b alone, not on m, n or where rows or columns are split.
 * First b is packed into panels of ck_matmul_columns() columns, then any rows of c follow. --- */
typedef struct {
  const float *bias;    /* [n], added to the finished sum; NULL for none */
  const float *addend;  /* [m][n] like c, then added; NULL for none */
  const float *gelu_of; /* [m][n] like c: the sum becomes sum * gelu'(gelu_of); NULL for none */
  float *activated;     /* [m][n] like c: gets gelu of what c gets; NULL for none */
} ck_matmul_ends;

size_t ck_matmul_columns(void);
/* Floats of a packed b, and of the scratch of one call. */
size_t ck_matmul_packed_f32(size_t n, size_t k);
size_t ck_matmul_scratch_f32(size_t m, size_t k);
/* Packs the panels from ..< to of b; `packed` is where the whole begins. */
void ck_matmul_pack_f32(size_t n, size_t k, const float *b, size_t ldb, int transpose_b, size_t from, size_t to,
                        float *packed);
/* `ends` may be NULL; its arrays have c's leading dimension. */
void ck_matmul_f32(size_t m, size_t n, size_t k, const float *a, size_t lda, int transpose_a, const float *packed_b,
                   float *c, size_t ldc, const ck_matmul_ends *ends, float *scratch);

/* --- Layout. --- */
/* volume [size] of one channel -> [block][size / patch][8]; channel = place in the patch, z, y, x order. Along each axis
 * size is a multiple of patch. */
void ck_patches_to_blocks_f32(ck_extent size, ck_extent patch, const float *volume, float *blocks);
void ck_blocks_to_patches_f32(ck_extent size, ck_extent patch, const float *blocks, float *volume);
/* [voxels][channels] <-> [block][voxels][8]. */
void ck_channels_to_blocks_f32(size_t voxels, size_t channels, const float *channels_last, float *blocks);
void ck_blocks_to_channels_f32(size_t voxels, size_t channels, const float *blocks, float *channels_last);

/* --- Elementwise; `count` is any size, inputs and outputs may be the same array. The bits of an element do not depend on
 * its place or on count. Largest errors, measured on every 211th Float against long double, in units of the last place:
 * exp 0.99, log 0.76, erf 1.09, tanh 1.24, sigmoid 2.41, denormal results included; gelu 2.49 for x >= 0, and for x < 0
 * 1.4e-7 |x| absolute (1.4e-7 is the error of the normal distribution); gelu' 2.3e-7 absolute. Infinities give the
 * limits (gelu(-inf) is -0), NaN gives NaN. --- */
void ck_gelu_f32(size_t count, const float *x, float *y);                                    /* exact, by erf */
void ck_gelu_gradient_f32(size_t count, const float *x, const float *gradient, float *out);  /* gradient * gelu'(x) */
void ck_sigmoid_f32(size_t count, const float *x, float *y);
void ck_exp_f32(size_t count, const float *x, float *y);
void ck_log_f32(size_t count, const float *x, float *y);
void ck_erf_f32(size_t count, const float *x, float *y);
void ck_tanh_f32(size_t count, const float *x, float *y);
void ck_add_f32(size_t count, const float *a, const float *b, float *out);
void ck_multiply_f32(size_t count, const float *a, const float *b, float *out);
void ck_scale_f32(size_t count, float scale, const float *x, float *out);
void ck_axpy_f32(size_t count, float scale, const float *x, float *y); /* y += scale * x */
/* Sum in Double by eight lanes, then the lanes in order. */
double ck_sum_f32(size_t count, const float *x);
double ck_dot_f32(size_t count, const float *a, const float *b);

/* --- BatchNorm on one block of eight channels, [voxels][8]. --- */
/* sum[c] of x - shift[c], square[c] of (x - shift[c])^2, in Float within the call. */
void ck_moments_f32(size_t voxels, const float *x, const float *shift, float *sum, float *square);
/* y = x * scale[c] + shift[c] (+ residual, unless NULL); past the caches if `streams` (and y is a multiple of 64 bytes). */
void ck_affine_f32(size_t voxels, const float *x, const float *scale, const float *shift, const float *residual, float *y,
                   int streams);
/* sum[c] of g; product[c] of g * (x - mean[c]). */
void ck_gradient_moments_f32(size_t voxels, const float *g, const float *x, const float *mean, float *sum, float *product);
/* out = a[c] * g + b[c] * x + d[c] (, times gelu'(gelu_of), unless NULL). */
void ck_affine2_f32(size_t voxels, const float *g, const float *x, const float *a, const float *b, const float *d,
                    const float *gelu_of, float *out);

/* --- Losses: the sum over count is returned, the gradient of that sum times `scale` is written. --- */
/* Binary focal loss from logits, Lin et al. 2017 (arXiv:1708.02002): hard or soft targets in [0, 1];
 * p_t = p y + (1 - p)(1 - y), a_t = alpha y + (1 - alpha)(1 - y), a_t (1 - p_t)^gamma * cross entropy. */
double ck_focal_f32(size_t count, const float *logits, const float *targets, float alpha, float gamma, float scale,
                    float *gradient);

/* --- AdamW over a flat parameter buffer. correction1 = 1 - beta1^t, correction2 = 1 - beta2^t;
 * w -= rate * decay * w, then w -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon), as PyTorch's. --- */
void ck_adamw_f32(size_t count, float *weight, const float *gradient, float *moment1, float *moment2, float rate,
                  float beta1, float beta2, float epsilon, float decay, float correction1, float correction2);

/* SGD: weight and moment are changed: m = momentum m + (gradient + decay w), w -= rate m, as PyTorch's SGD. */
void ck_sgd_f32(size_t count, float *weight, const float *gradient, float *moment, float rate, float momentum, float decay);
/* average += share * (x - average). */
void ck_average_f32(size_t count, float share, const float *x, float *average);

/* --- LayerNorm of rows, Ba et al. 2016 (arXiv:1607.06450): y = (x - mean) * factor * weight + bias by row, the factor
 * 1 / sqrt(variance + epsilon); mean and factor [rows] are written. --- */
void ck_layer_norm_f32(size_t rows, size_t width, float epsilon, const float *x, const float *weight, const float *bias,
                       float *y, float *mean, float *factor);
/* out = gradient of x (+ earlier, unless NULL), unless out is NULL; weight_gradient and bias_gradient [width] are
 * overwritten with sums over the rows in order. */
void ck_layer_norm_gradient_f32(size_t rows, size_t width, const float *g, const float *x, const float *weight,
                                const float *mean, const float *factor, const float *earlier, float *out,
                                float *weight_gradient, float *bias_gradient);

/* --- Attention of one head, softmax(scale q kT) v: Vaswani et al. 2017 (arXiv:1706.03762), equation 1. Rows of q, k and v
 * and of their gradients lie `stride` floats apart, those of the outcome and its gradient `out_stride`. --- */
/* Floats of scratch that both functions need: */
size_t ck_attention_scratch_f32(size_t tokens, size_t width);
void ck_attention_f32(size_t tokens, size_t width, float scale, const float *q, const float *k, const float *v,
                      size_t stride, float *out, size_t out_stride, float *scratch);
/* Computes the softmax again, so nothing of it has to be kept. */
void ck_attention_gradient_f32(size_t tokens, size_t width, float scale, const float *q, const float *k, const float *v,
                               size_t stride, const float *g, size_t g_stride, float *q_gradient, float *k_gradient,
                               float *v_gradient, float *scratch);

/* --- Rows and columns of a matrix [rows][width]. --- */
/* out[c] = sum of x over rows, in order in Double. */
void ck_sum_rows_f32(size_t rows, size_t width, const float *x, float *out);
/* out[c] = sum of x over at least one row, in order in Float. */
void ck_add_rows_f32(size_t rows, size_t width, const float *x, float *out);
/* out[c] = sum of a * b over rows, in order in Float. */
void ck_dot_rows_f32(size_t rows, size_t width, const float *a, const float *b, float *out);
/* out = x * scale[c]; out may be x. */
void ck_scale_columns_f32(size_t rows, size_t width, const float *x, const float *scale, float *out);
/* Sum of (x - centre)^2 in Double. */
double ck_squares_f32(size_t count, float centre, const float *x);
/* Sum of (x - target)^2 in Double; gradient = scale * (x - target). */
double ck_square_error_f32(size_t count, const float *x, const float *target, float scale, float *gradient);

/* --- Tokens: rows of `width` floats. --- */
/* out[r] = rows[sources[r]], or filler where that is negative (zero if filler is NULL), + positions[places[r]] where that
 * is not negative; places may be NULL. */
void ck_assemble_rows_f32(size_t count, size_t width, const int32_t *sources, const float *rows, const float *filler,
                          const int32_t *places, const float *positions, float *out);
/* volume [size] <-> [token][voxel], both in z, y, x order. Along each axis size is a multiple of patch. */
void ck_patches_to_tokens_f32(ck_extent size, ck_extent patch, const float *volume, float *tokens);
void ck_tokens_to_patches_f32(ck_extent size, ck_extent patch, const float *tokens, float *volume);

/* --- The neighbourhoods of voxels, for dense convolutions; stride 1, zero padding, odd kernel sizes. --- */
/* volume [voxel][channel] -> columns [count][channel][kz][ky][kx] of the voxels that begin at `from`. */
void ck_unfold_f32(ck_extent size, ck_extent kernel, size_t channels, size_t from, size_t count, const float *volume,
                   float *columns);
/* The transposed of unfolding all voxels: each gets the sum of the columns it went to. */
void ck_fold_f32(ck_extent size, ck_extent kernel, size_t channels, const float *columns, float *volume);
