/* As many multiply-adds as the processor can do: sums that do not wait for each other, all in registers, nothing read
 * or written, in the widest vectors that the kernels of this twin use; a round is 96 of them. Each tends to 1/8, so that
 * no number becomes denormal. */
enum { CK_TWIN(peak_sums) = 12 };

float CK_TWIN(multiply_add_peak_f32)(size_t rounds) {
#if defined(CK_HAS_SIXTEEN)
  v16 sums[CK_TWIN(peak_sums)];
  CK_UNROLL for (int n = 0; n < CK_TWIN(peak_sums); n++) sums[n] = v16_all(0.01f * (float)n);
  const v16 factor = v16_all(0.875f), term = v16_all(0.015625f);
  for (size_t round = 0; round < rounds / 2; round++)
    CK_UNROLL for (int n = 0; n < CK_TWIN(peak_sums); n++) sums[n] = v16_fma(sums[n], factor, term);
  v16 total = sums[0];
  CK_UNROLL for (int n = 1; n < CK_TWIN(peak_sums); n++) total += sums[n];
  return (float)d8_sum(v8_double(v16_low(total) + v16_high(total)));
#else
  v8 sums[CK_TWIN(peak_sums)];
  CK_UNROLL for (int n = 0; n < CK_TWIN(peak_sums); n++) sums[n] = v8_all(0.01f * (float)n);
  const v8 factor = v8_all(0.875f), term = v8_all(0.015625f);
  for (size_t round = 0; round < rounds; round++)
    CK_UNROLL for (int n = 0; n < CK_TWIN(peak_sums); n++) sums[n] = v8_fma(sums[n], factor, term);
  v8 total = sums[0];
  CK_UNROLL for (int n = 1; n < CK_TWIN(peak_sums); n++) total += sums[n];
  return (float)d8_sum(v8_double(total));
#endif
}
