/* Sums over the rows of a matrix, of each column by itself. */
void CK_TWIN(sum_rows_f32)(size_t rows, size_t width, const float *x, float *out) {
  for (size_t at = 0; at < width; at += 8) {
    const size_t count = width - at < 8 ? width - at : 8;
    d8 sum = {0};
    for (size_t row = 0; row < rows; row++)
      sum += v8_double(count == 8 ? v8_load(x + row * width + at) : v8_load_first(x + row * width + at, count));
    v8_store_first(out + at, __builtin_convertvector(sum, v8), count);
  }
}

void CK_TWIN(add_rows_f32)(size_t rows, size_t width, const float *x, float *out) {
  memcpy(out, x, rows ? width * sizeof(float) : 0);
  for (size_t row = 1; row < rows; row++) CK_TWIN(add_f32)(width, x + row * width, out, out);
}

void CK_TWIN(dot_rows_f32)(size_t rows, size_t width, const float *a, const float *b, float *out) {
  memset(out, 0, width * sizeof(float));
  for (size_t row = 0; row < rows; row++, a += width, b += width) {
    size_t at = 0;
    for (; at + 8 <= width; at += 8) v8_store(out + at, v8_fma(v8_load(a + at), v8_load(b + at), v8_load(out + at)));
    if (at == width) continue;
    const size_t rest = width - at;
    v8 sum = v8_fma(v8_load_first(a + at, rest), v8_load_first(b + at, rest), v8_load_first(out + at, rest));
    v8_store_first(out + at, sum, rest);
  }
}

void CK_TWIN(scale_columns_f32)(size_t rows, size_t width, const float *x, const float *scale, float *out) {
  for (size_t row = 0; row < rows; row++) CK_TWIN(multiply_f32)(width, x + row * width, scale, out + row * width);
}

double CK_TWIN(squares_f32)(size_t count, float centre, const float *x) {
  const d8 middle = v8_double(v8_all(centre));
  d8 sum = {0};
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    d8 value = v8_double(v8_load(x + at)) - middle;
    sum += value * value;
  }
  if (at < count) {
    float lanes[8];
    for (size_t lane = 0; lane < 8; lane++) lanes[lane] = at + lane < count ? x[at + lane] : centre;
    d8 value = v8_double(v8_load(lanes)) - middle;
    sum += value * value;
  }
  return d8_sum(sum);
}

double CK_TWIN(square_error_f32)(size_t count, const float *x, const float *target, float scale, float *gradient) {
  const v8 factor = v8_all(scale);
  d8 sum = {0};
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    v8 error = v8_load(x + at) - v8_load(target + at);
    sum += v8_double(error) * v8_double(error);
    v8_store(gradient + at, error * factor);
  }
  if (at < count) {
    v8 error = v8_load_first(x + at, count - at) - v8_load_first(target + at, count - at);
    sum += v8_double(error) * v8_double(error);
    v8_store_first(gradient + at, error * factor, count - at);
  }
  return d8_sum(sum);
}
